/**
 * Goal: the page of a turn says at a glance what came of it, why by this route, and where the time went.
 * Method: people on a simulated LINE with its faults, a bot, and the page in Chromium.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { answers, thinksFor } from "../e2e/support/agent.ts";
import { AGENT_TOKEN, type Somebody } from "../e2e/support/world.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, type Setting, useConsole } from "./support/browser.ts";

const rows = (page: Page) => page.getByRole("list", { name: "What happened, in order" }).getByRole("button");
const outcome = (page: Page) => page.getByRole("region", { name: "What came of it" });

/** The page of the turn that the person's words became. */
async function openTurn({ visit }: Setting, person: Somebody): Promise<Page> {
  await person.hasSeen(1);
  await person.settled();
  const [handed] = await person.hasTurns(1);
  const { open } = await visit({ preferences: { clock: "utc" } });
  const page = await open(`/t/${handed?.turn.turnId}`);
  await rows(page).first().waitFor();
  return page;
}

describe.skipIf(hasNoBrowser)(named("a turn"), () => {
  const setting = useConsole();

  test("that was answered by the free reply token says so, and the arrows and Enter open a row", async () => {
    const ann = setting.world.somebody();
    await ann.says("hi");
    const page = await openTurn(setting, ann);
    await outcome(page).getByText("free by a reply token").waitFor();
    await outcome(page).getByText("free, by a token of its own turn").waitFor();
    const names = await rows(page).locator(".font-medium").allTextContents();
    expect(names).toEqual(["Event", "Reply token", "Quiet time", "Wait for the agent", "Agent", "Delivery", "Call"]);

    await rows(page).first().focus();
    for (const _ of names.slice(1)) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    const panel = page.getByRole("region", { name: "Details: Call" });
    await panel.getByText(setting.world.replies.at(-1)?.requestId ?? "no request").waitFor();
    expect(new URL(page.url()).searchParams.get("span")).toMatch(/^dlv_.*~1$/);
    await page.getByRole("button", { name: "Table" }).click();
    expect(await page.getByRole("row").count()).toBe(names.length + 1);
    await page.getByRole("button", { name: "Raw" }).click();
    await page.locator("pre", { hasText: '"kind": "turn"' }).waitFor();
  });

  test("whose reply got 500 and then 400 shows both calls, and that the second proved the first", async () => {
    const { world } = setting;
    world.line.faults.next("reply", { at: "after-accept", how: 500 });
    const ann = world.somebody();
    await ann.says("hi");
    const page = await openTurn(setting, ann);
    await outcome(page).getByText("found its reply token used, so the person has it once").waitFor();
    const calls = rows(page).filter({ hasText: /^Call/ });
    expect(await calls.allTextContents()).toEqual([
      expect.stringMatching(/1 · free reply · 500 · .* · \? may have arrived/),
      expect.stringMatching(/2 · free reply · 400 · .* · ✓ proves that the call before arrived.*Invalid reply token/),
    ]);
    expect(ann.seen()).toHaveLength(1);
  });

  test("is where the address of its delivery leads, with the delivery opened", async () => {
    const { world, visit } = setting;
    const ann = world.somebody();
    await ann.says("hi");
    await ann.hasSeen(1);
    const [handed] = await ann.hasTurns(1);
    const turnId = handed?.turn.turnId;
    const id = String(world.gateway.value("SELECT delivery_id FROM delivery WHERE turn_id = :turnId", { turnId }));
    const page = await (await visit()).open(`/d/${id}`);
    await page.getByRole("region", { name: "Details: Delivery" }).waitFor();
    expect(new URL(page.url()).pathname).toBe(`/t/${turnId}`);
  });

  test("isn't needed for a proactive message, which is told at its own address", async () => {
    const { world, visit } = setting;
    const ann = world.somebody();
    await ann.says("hi");
    await ann.hasSeen(1);
    const answer = await fetch(`${world.gateway.url}/v1/messages`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${AGENT_TOKEN}` },
      body: JSON.stringify({ channel: "line", peerId: ann.id, replies: ["news"] }),
    });
    const [id] = ((await answer.json()) as { deliveryIds: string[] }).deliveryIds;
    await ann.hasSeen(2);
    await ann.settled();
    const page = await (await visit()).open(`/d/${id}`);
    await outcome(page).getByText("by a paid push").waitFor();
    expect(await rows(page).locator(".font-medium").allTextContents()).toEqual(["Delivery", "Call"]);
    expect(new URL(page.url()).pathname).toBe(`/d/${id}`);
  });
});

describe.skipIf(hasNoBrowser)(named("a turn whose event came three times"), () => {
  const setting = useConsole();

  test("says so at the event, and after a restart says from when on copies are known", async () => {
    const { world, visit } = setting;
    const ann = world.somebody();
    const { eventId } = await ann.says("hi");
    await world.line.redeliver(eventId);
    await world.line.redeliver(eventId, { isRedelivery: false });
    const page = await openTurn(setting, ann);
    const facts = await factsOfEvent(page);
    expect(await rows(page).first().textContent()).toMatch(/^Event message ×3, lag/);
    expect(facts.filter(([name]) => name.startsWith("Copy"))).toHaveLength(2);
    const { "Copies are known since": knownBefore = "", "Came in": cameIn = "" } = Object.fromEntries(facts);
    expect(Date.parse(knownBefore)).toBeLessThan(Date.parse(cameIn));
    const conversation = await page.getByRole("link", { name: ann.id }).getAttribute("href");
    await page.goto(conversation ?? "");
    await page.getByText("2 duplicates came").waitFor();
    const path = new URL(page.url()).pathname;
    await page.close();

    await world.gateway.term();
    await world.restart();
    const after = await (await visit({ preferences: { clock: "utc" } })).open(path);
    await after.getByText("hi", { exact: true }).waitFor();
    expect(await after.getByText("duplicates came").count()).toBe(0);
    await after.getByRole("link", { name: "Turn", exact: true }).click();
    await rows(after).first().waitFor();
    expect(await rows(after).first().textContent()).toMatch(/^Event message, lag/);
    const { "Copies are known since": knownAfter = "" } = Object.fromEntries(await factsOfEvent(after));
    expect(Date.parse(knownAfter)).toBeGreaterThan(Date.parse(cameIn));
  });

  /** What stands beside the row, name by name. */
  async function factsOfEvent(page: Page): Promise<readonly (readonly [string, string])[]> {
    await rows(page).first().click();
    const panel = page.getByRole("region", { name: "Details: Event" });
    await panel.waitFor();
    const [names, values] = await Promise.all([
      panel.getByRole("term").allTextContents(),
      panel.getByRole("definition").allTextContents(),
    ]);
    return names.map((name, index) => [name, values[index] ?? ""] as const);
  }
});

describe.skipIf(hasNoBrowser)(named("a turn that was answered late"), () => {
  const setting = useConsole({ TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN, LINE_REPLY_TOKEN_TTL_MS: "1000" });

  test("was pushed, says why, and that the agent took the longest", async () => {
    const ann = setting.world.somebody();
    ann.isAnsweredBy(() => thinksFor(1_100, answers("late")));
    await ann.says("hi");
    const page = await openTurn(setting, ann);
    await outcome(page).getByText("by a paid push").waitFor();
    await outcome(page).getByText("no reply token of its conversation is alive and unused").waitFor();
    await outcome(page)
      .getByText(/^Agent: 1\.\d/)
      .waitFor();
    expect(
      await rows(page)
        .filter({ hasText: /^Reply token/ })
        .textContent(),
    ).toMatch(/free for 1 sec/);
    expect(await rows(page).filter({ hasText: /^Call/ }).textContent()).toMatch(/1 · paid push · 200/);
  });
});
