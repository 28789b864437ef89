/**
 * Goal: whoever reads a turn, a delivery or a conversation acts there on what needs them, and who may only read doesn't.
 * Method: an agent and a platform that refuse; the pages in Chromium, and what people see of it.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { until } from "../e2e/support/eventually.ts";
import type { Somebody } from "../e2e/support/world.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage, seriousIn } from "./support/in-page.ts";

const READ_TOKEN = "a-token-that-may-only-read";
const ACTS = /^(Replay|Discard|Resend|It is there|Pause the bot|Select)/;

const can = (page: Page) => page.getByRole("region", { name: "What can be done" });

describe.skipIf(hasNoBrowser)(named("the actions of an item"), () => {
  const setting = useConsole({
    TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN,
    TURNPIKE_ADMIN_TOKENS: JSON.stringify([{ name: "rita", right: "read", token: READ_TOKEN }]),
  });

  const conversationOf = ({ id }: Somebody) =>
    String(setting.world.gateway.value("SELECT conversation_id FROM conversation WHERE peer_id = ?", id));

  /** Somebody whose answer LINE refused for good, and would take now. */
  async function withDeadDelivery(): Promise<{ readonly person: Somebody; readonly deliveryId: string }> {
    const { world } = setting;
    const person = world.somebody();
    world.line.faults.next("reply", { at: "before-accept", how: 400, message: "May not be empty" });
    await person.says("hello");
    const deliveryId = await until("the delivery is dead", () =>
      world.gateway.value(
        "SELECT delivery_id FROM delivery JOIN conversation USING (conversation_id) WHERE peer_id = ? AND state = 'dead'",
        person.id,
      ),
    );
    return { person, deliveryId: String(deliveryId) };
  }

  test("stand on the page of a dead turn, say what they do, and are gone when it is done", async () => {
    const [dead] = await deadTurns(setting.world, 1);
    const page = await (await setting.visit()).open(`/t/${dead?.turnId}`);
    await can(page)
      .getByText(
        "Hands the turn to the agent again, with the same events. The answer goes by a free route where one is open, and otherwise by a paid one.",
      )
      .waitFor();
    expect(await seriousIn(page)).toEqual([]);
    const rail = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Conversations" });
    expect(await rail.getAttribute("aria-current")).toBe("page");
    await can(page).getByRole("button", { name: "Replay" }).click();
    await dead?.person.hasSeen(1);
    await can(page).waitFor({ state: "detached" });
    expect(await inPage(page, "document.activeElement === document.body")).toBe(false);
  });

  test("of a dead delivery stand on the page of its turn, where its own address leads", async () => {
    const { person, deliveryId } = await withDeadDelivery();
    const page = await (await setting.visit()).open(`/d/${deliveryId}`);
    await can(page).getByText(deliveryId).waitFor();
    await can(page).getByText("Sends it now, in its place.").waitFor();
    await can(page).getByRole("button", { name: "Replay" }).click();
    await person.hasSeen(1);
    await can(page).waitFor({ state: "detached" });
  });

  test("stand in the conversation beside what they are about, and fit a phone", async () => {
    const { person, deliveryId } = await withDeadDelivery();
    const [dead] = await deadTurns(setting.world, 1);
    const { open } = await setting.visit({ viewport: { width: 390, height: 844 } });
    const page = await open(`/c/${conversationOf(person)}`);
    await page.getByText("Sends it now, in its place.").waitFor();
    expect(await seriousIn(page)).toEqual([]);
    await page.getByRole("button", { name: "Replay" }).click();
    await person.hasSeen(1);
    await page.getByRole("button", { name: "Replay" }).waitFor({ state: "detached" });
    // The person has it before the outcome is written.
    await expect
      .poll(() => setting.world.gateway.value("SELECT state FROM delivery WHERE delivery_id = ?", deliveryId))
      .toBe("sent");
    if (dead === undefined) throw new Error("nobody's turn is dead");
    const other = await open(`/c/${conversationOf(dead.person)}`);
    await other.getByRole("button", { name: "Discard" }).click();
    await other.getByRole("button", { name: "Undo" }).click();
    await other.getByRole("button", { name: "Replay" }).click();
    await dead.person.hasSeen(1);
  });

  test("aren't shown to whoever may only read, nor anything that selects or pauses", async () => {
    const [dead] = await deadTurns(setting.world, 1);
    if (dead === undefined) throw new Error("nobody's turn is dead");
    const { open } = await setting.visit({ isSignedIn: false, expected: [401] });
    const page = await open("/needs-you");
    await page.getByLabel("Admin token").fill(READ_TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.locator("main li[data-row]").first().waitFor();
    const paths = { [`/t/${dead.turnId}`]: "ol button", [`/c/${conversationOf(dead.person)}`]: "[data-side=in]" };
    for (const [path, ready] of [["/needs-you", "main li[data-row]"], ...Object.entries(paths)] as const) {
      await page.goto(path);
      await page.locator(ready).first().waitFor();
      expect(await page.getByRole("button", { name: ACTS }).count(), path).toBe(0);
      expect(await page.getByRole("checkbox", { name: ACTS }).count(), path).toBe(0);
    }
  });
});
