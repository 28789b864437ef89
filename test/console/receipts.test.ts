/**
 * Goal: of a message is told what its platform told and nothing else, and what nobody knows is left to a person, with what each
 * choice may come to. Method: Messenger and WhatsApp, simulated, and the pages in Chromium; an echo that is lost.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { until } from "../e2e/support/eventually.ts";
import { type MessengerWorld, startMessengerWorld } from "../e2e/support/messenger.ts";
import { startWhatsAppWorld, type WhatsAppWorld } from "../e2e/support/whatsapp-world.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useWorld, type WithGateway } from "./support/browser.ts";

const ENV = { TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN };

/** A person's conversation and their newest turn. */
function idsOf({ gateway }: WithGateway, peerId: string): { readonly conversation: string; readonly turn: string } {
  const [row] = gateway.rows<{ conversation: string; turn: string }>(
    `SELECT conversation_id AS conversation, turn_id AS turn FROM turn JOIN conversation USING (conversation_id)
     WHERE peer_id = ? ORDER BY turn.seq DESC`,
    peerId,
  );
  return row ?? { conversation: "", turn: "" };
}

/** What both pages say came of a conversation's only answer. */
async function expectReceipts(page: Page, { conversation, turn }: ReturnType<typeof idsOf>, came: readonly string[]) {
  await page.goto(`/c/${conversation}`);
  const inTranscript = () => page.locator("dt", { hasText: "Receipt: " }).allTextContents();
  await expect.poll(async () => new Set(await inTranscript())).toEqual(new Set(came.map((one) => `Receipt: ${one}`)));
  await page.goto(`/t/${turn}`);
  const rows = page.getByRole("list", { name: "What happened, in order" }).getByRole("button");
  await rows.first().waitFor();
  const texts = await rows.filter({ hasText: /^Receipt/ }).allTextContents();
  const ofTurn = texts.map((text) => /(\w+) ×1/.exec(text)?.[1] ?? text);
  expect(new Set(ofTurn)).toEqual(new Set(came));
}

describe.skipIf(hasNoBrowser)(named("an answer on Messenger"), () => {
  const setting = useWorld<MessengerWorld>(() => startMessengerWorld({ ...ENV, TURNPIKE_UNKNOWN_WAIT_MS: "600000" }));

  test("has the receipts that Messenger told, and read only once it was read", async () => {
    const { world, visit } = setting;
    await world.says("person-1", "hi");
    const told = () => world.gateway.rows("SELECT DISTINCT status FROM receipt").map(({ status }) => String(status));
    // Its echo and its delivery receipt.
    await until("both receipts", () => told().length === 2);
    const ids = idsOf(world, "person-1");
    const page = await (await visit()).open("/overview");
    expect(told()).not.toContain("read");
    await expectReceipts(page, ids, told());
    await world.ask("reads", { peerId: "person-1" });
    await world.gateway.hasLogged("receipt", { status: "read" });
    expect(told()).toContain("read");
    await expectReceipts(page, ids, told());
  });

  test("of which nobody knows isn't repeated while its echo may come: a person is told why, and that it isn't a failure", async () => {
    const { world, visit } = setting;
    await withLostAnswer("person-2");
    const { context, open } = await visit({ expected: [409] });
    // As the list was read, when nothing was waited for any more.
    await context.route("**/api/waiting?*", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { items: { advice: { can: object[] } }[] };
      for (const { advice } of body.items) advice.can.push({ action: "resend", effect: "", needsForce: false });
      await route.fulfill({ response: answer, json: body });
    });
    const page = await open("/needs-you");
    await page.getByText("The gateway is still finding out by itself.").waitFor();
    expect(await page.getByRole("button", { name: "It is there" }).isVisible()).toBe(true);
    await page.getByRole("button", { name: "Resend…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Resend" }).click();
    await page
      .getByRole("status")
      .getByText("Nothing was done: the gateway is still finding out by itself. Wait,")
      .waitFor();
    expect(await page.getByRole("alert").count()).toBe(0);
    expect(await world.seen("person-2")).toEqual(["re: person-2"]);
    await context.unrouteAll({ behavior: "wait" });
    await page.reload();
    await page.getByRole("button", { name: "It is there" }).waitFor();
    expect(await page.getByRole("button", { name: "Resend…" }).count()).toBe(0);
  });

  test("that is held is marked as sent or sent once more by a person, who is told what each may come to", async () => {
    const { world, visit } = setting;
    await withLostAnswer("person-3");
    await world.gateway.kill();
    // The wait is over.
    world.gateway.tamper("UPDATE delivery SET due_at = 0 WHERE state = 'unknown'");
    await world.gateway.start({ TURNPIKE_UNKNOWN_WAIT_MS: "1" });
    await world.ask("webhook-url", { url: `${world.gateway.url}/webhook/messenger` });
    await world.gateway.hasLogged("delivery held", {}, 2);
    const page = await (await visit()).open("/needs-you?state=unknown");
    const itemOf = (peerId: string) => page.locator("main li[data-row]", { hasText: peerId });
    await itemOf("person-3").getByText("Check the chat: does the person have it?").waitFor();
    await itemOf("person-3").getByText("The person has it: marks it as sent.").waitFor();
    await itemOf("person-3")
      .getByText("Sends it once more: if the first copy arrived, the person reads it twice.")
      .waitFor();
    await itemOf("person-3").getByRole("button", { name: "Resend…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("the person reads it twice.").waitFor();
    await dialog.getByRole("button", { name: "Resend" }).click();
    await itemOf("person-3").waitFor({ state: "detached" });
    await itemOf("person-2").getByRole("button", { name: "It is there" }).click();
    await page.getByRole("status").getByText("Marking as sent").waitFor();
    expect(await world.seen("person-3")).toEqual(["re: person-3", "re: person-3"]);
    expect(await world.seen("person-2")).toEqual(["re: person-2"]);
  });

  /** Somebody who has an answer of which the gateway knows nothing: its call was cut off, and its echo is lost. */
  async function withLostAnswer(peerId: string): Promise<void> {
    const { world } = setting;
    await world.ask("lose-echoes", { count: 1 });
    await world.ask("faults", { at: "after-accept", how: "disconnect" });
    await world.says(peerId, peerId);
    await until("an unknown delivery", () =>
      world.gateway.value(
        "SELECT delivery_id FROM delivery JOIN conversation USING (conversation_id) WHERE peer_id = ? AND delivery.state = 'unknown'",
        peerId,
      ),
    );
  }
});

describe.skipIf(hasNoBrowser)(named("an answer on WhatsApp"), () => {
  const setting = useWorld<WhatsAppWorld>(() => startWhatsAppWorld({ env: ENV }));

  test("has the receipts that WhatsApp told, and read only once it was read", async () => {
    const { world, visit } = setting;
    const page = await (await visit()).open("/overview");
    for (const [number, last, readAfterMs] of [
      ["15550001111", "delivered", null],
      ["15550002222", "read", 20],
    ] as const) {
      Object.assign(world.whatsapp.statuses, { delayMs: 20, readAfterMs });
      await world.person(number).says("hi");
      const told = () =>
        world.gateway.rows<{ status: string; peer: string }>(
          "SELECT status, peer_id AS peer FROM receipt JOIN delivery USING (delivery_id) JOIN conversation USING (conversation_id)",
        );
      const { userId } = world.person(number);
      const came = () => told().flatMap(({ status, peer }) => (peer === userId ? [status] : []));
      await until(`the status ${last}`, () => came().includes(last));
      expect(came().includes("read")).toBe(last === "read");
      await expectReceipts(page, idsOf(world, userId), came());
    }
  });
});
