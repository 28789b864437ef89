/**
 * Goal: a person finds what waits for them, is told what each button does, and nothing is done that they took back.
 * Method: an agent that refuses, a platform that refuses; buttons pressed in Chromium, their effect on the person's screen.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { answers, inTurn } from "../e2e/support/agent.ts";
import { until } from "../e2e/support/eventually.ts";
import type { Somebody } from "../e2e/support/world.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { seriousIn } from "./support/in-page.ts";
import { stoppedAccount } from "./support/stopped-account.ts";

const READ_TOKEN = "a-token-that-may-only-read";
const REFUSED = { status: 400, body: { message: "no" } };

const itemOf = (page: Page, who: Somebody) => page.locator("main ol > li", { hasText: who.id });

describe.skipIf(hasNoBrowser)(named("what needs a person"), () => {
  const setting = useConsole({
    TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN,
    TURNPIKE_ADMIN_TOKENS: JSON.stringify([{ name: "rita", right: "read", token: READ_TOKEN }]),
  });

  /** Somebody whose turn is dead, and whom the agent would answer now. */
  async function withDeadTurn(): Promise<Somebody> {
    const { world } = setting;
    const somebody = world.somebody();
    somebody.isAnsweredBy(inTurn(REFUSED, answers("here I am")));
    await somebody.says("hello");
    await until("the turn is dead", () => stateOf(somebody) === "dead");
    return somebody;
  }

  const stateOf = ({ id }: Somebody) =>
    setting.world.gateway.value(
      `SELECT CASE WHEN t.discarded_at IS NULL THEN t.state ELSE 'discarded' END
       FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE c.peer_id = :id`,
      { id },
    );

  test("a dead turn is replayed by its button, and the person has the answer", async () => {
    const ann = await withDeadTurn();
    const { open } = await setting.visit();
    const page = await open("/overview");
    await page.getByRole("link", { name: "Needs you 1" }).click();
    const item = itemOf(page, ann);
    await item.getByText("The agent didn’t answer it.").waitFor();
    await item
      .getByText(
        "Hands the turn to the agent again, with the same events. The answer goes by a free route where one is open, and otherwise by a paid one.",
      )
      .waitFor();
    expect(await seriousIn(page)).toEqual([]);
    await item.getByRole("button", { name: "Replay" }).click();
    await ann.hasSeen(1);
    expect(ann.texts()).toEqual(["here I am"]);
    await page.getByText("Nothing is in these states: dead, unknown.").waitFor();
    await page.getByRole("link", { name: "Audit" }).click();
    const row = page.getByRole("row", { name: "replay" });
    await row.waitFor();
    expect(await row.getByRole("cell").allTextContents()).toEqual(
      expect.arrayContaining(["TURNPIKE_ADMIN_TOKEN", "replay", "dead → ready"]),
    );
  });

  test("a discard that is undone, or whose tab is closed, is never asked of the gateway", async () => {
    const [ann, bob, cid] = [await withDeadTurn(), await withDeadTurn(), await withDeadTurn()];
    const { open, context } = await setting.visit();
    const asked: (string | null)[] = [];
    context.on("request", (request) => {
      if (request.method() === "POST") asked.push(request.postData());
    });
    const closed = await open("/needs-you");
    await itemOf(closed, ann).getByRole("button", { name: "Discard" }).click();
    await closed.getByRole("status").getByText("Discarding").waitFor();
    await closed.close();
    const page = await open("/needs-you");
    await itemOf(page, bob).getByRole("button", { name: "Discard" }).click();
    expect(await seriousIn(page)).toEqual([]);
    await page.getByRole("button", { name: "Undo" }).click();
    // It is kept for as long as the others would have been, which were before it.
    await itemOf(page, cid).getByRole("button", { name: "Discard" }).click();
    await page.getByRole("status").getByText("Discarded").waitFor();
    await itemOf(page, cid).waitFor({ state: "detached" });
    expect([ann, bob, cid].map(stateOf)).toEqual(["dead", "dead", "discarded"]);
    expect(asked).toHaveLength(1);
  });

  test("an item that has moved on is told in words, and is read again", async () => {
    const ann = await withDeadTurn();
    const { open } = await setting.visit({ expected: [409] });
    const [page, other] = [await open("/needs-you"), await open("/needs-you")];
    await itemOf(other, ann).waitFor();
    await itemOf(page, ann).getByRole("button", { name: "Replay" }).click();
    await ann.hasSeen(1);
    await itemOf(other, ann).getByRole("button", { name: "Replay" }).click();
    await other.getByRole("status").getByText("Nothing was done: it has moved on meanwhile").waitFor();
    await itemOf(other, ann).waitFor({ state: "detached" });
    expect(await other.getByRole("alert").count()).toBe(0);
  });

  test("whoever may only read sees what waits and no button, and a request is refused", async () => {
    const ann = await withDeadTurn();
    const { open } = await setting.visit({ isSignedIn: false, expected: [401] });
    const page = await open("/needs-you?group=reason");
    await page.getByLabel("Admin token").fill(READ_TOKEN);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("link", { name: "Show this platform’s" }).first().waitFor();
    expect(await seriousIn(page)).toEqual([]);
    await page.getByRole("link", { name: "Show this platform’s" }).first().click();
    await itemOf(page, ann).waitFor();
    expect(new URL(page.url()).search).toBe("?kind=turn&channel=line");
    expect(await page.locator("main").getByRole("button").count()).toBe(0);
    await page.goBack();
    expect(await page.getByRole("checkbox", { name: "Group by reason" }).isChecked()).toBe(true);
    const answer = await fetch(`${setting.world.gateway.adminUrl}/api/actions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${READ_TOKEN}` },
      body: JSON.stringify({ actionId: "1", action: "replay", id: "turn_0" }),
    });
    expect(answer.status).toBe(403);
  });

  test("a search by the first digits of an id lists what was found by kind, and says what can't be found", async () => {
    const ann = setting.world.somebody();
    await ann.says("hi");
    await ann.hasSeen(1);
    const id = String(
      setting.world.gateway.value(
        "SELECT turn_id FROM turn JOIN conversation USING (conversation_id) WHERE peer_id = :id",
        { id: ann.id },
      ),
    );
    const page = await (await setting.visit()).open("/overview");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(id.slice("turn_".length, "turn_".length + 8));
    await page.keyboard.press("Enter");
    await page
      .locator("section", { hasText: /\d turns?/ })
      .getByText(id)
      .waitFor();
    await page.getByText("messages aren’t searched").waitFor();
    await page.getByRole("searchbox", { name: "Search" }).fill("nothing-has-this-id");
    await page.keyboard.press("Enter");
    await page.getByText("Nothing of that id was found.").waitFor();
  });

  test("a stopped account is started again by its button, and what waited for it goes out", async () => {
    const { world, visit } = setting;
    const ann = await stoppedAccount(world);
    const page = await (await visit()).open("/overview");
    await page.getByRole("row", { name: "line/default" }).getByText("stopped").waitFor();
    await page.getByRole("row", { name: "line/default" }).getByRole("link", { name: "1", exact: true }).click();
    await itemOf(page, ann).getByText("its account is stopped", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Open the accounts" }).click();
    await page.getByRole("button", { name: "Start again…" }).waitFor();
    expect(await seriousIn(page)).toEqual([]);
    await page.getByRole("button", { name: "Start again…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Start again" }).click();
    await ann.hasSeen(1);
    world.line.faults.clear();
    expect(ann.texts()).toEqual(["re: hi"]);
    await page.getByText("working", { exact: true }).waitFor();
  });
});
