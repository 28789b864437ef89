/**
 * Goal: many are acted on at once, none of them twice, none that wasn't meant; what came of each is told.
 * Method: an agent that refuses many people; rows selected in Chromium, what the browser sends, the gateway's audit log.
 */
import { readFile } from "node:fs/promises";
import type { BrowserContext, Page, Route } from "playwright-core";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../e2e/support/eventually.ts";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { type Dead, deadTurns, type Ordered, order } from "./support/dead-turns.ts";
import { seriousIn } from "./support/in-page.ts";

const ACTIONS = "**/api/actions*";

const rows = (page: Page) => page.locator("main li[data-row]");
const selection = (page: Page) => page.getByRole("region", { name: "Selection" });
const run = (page: Page) => page.getByRole("region", { name: "Acting on many" });
const act = (page: Page, name: string) => selection(page).getByRole("button", { name, exact: true }).click();
const confirm = (page: Page, name: string) =>
  page.getByRole("dialog").getByRole("button", { name, exact: true }).click();

/** What the browser orders from now on. */
function ordersOf(context: BrowserContext): readonly Ordered[] {
  const orders: Ordered[] = [];
  context.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/api/actions"))
      orders.push(request.postDataJSON() as Ordered);
  });
  return orders;
}

/** What became of them, as the run says it. */
async function outcomes(page: Page): Promise<Readonly<Record<string, string>>> {
  const [names, counts] = await Promise.all([
    run(page).getByRole("term").allTextContents(),
    run(page).getByRole("definition").allTextContents(),
  ]);
  return Object.fromEntries(names.map((name, index) => [name, counts[index] ?? ""]));
}

describe.skipIf(hasNoBrowser)(named("acting on many"), () => {
  const setting = useConsole();

  const audited = (action: string) =>
    setting.world.gateway.value("SELECT count(*) FROM operator_action WHERE action = ?", action);
  const count = (state: string) =>
    setting.world.gateway.value("SELECT count(*) FROM turn WHERE state = ? AND discarded_at IS NULL", state);

  // The next test has none but its own.
  afterEach(() => {
    setting.world.gateway.tamper(
      "UPDATE turn SET discarded_at = ended_at WHERE state = 'dead'; DELETE FROM operator_action;",
    );
  });

  test("of 200 that match, of which 20 have changed meanwhile, 180 are replayed and 20 refused with the reason", async () => {
    const { world, visit } = setting;
    const dead = await deadTurns(world, 200);
    const { open, context } = await visit({ expected: [409], acceptDownloads: true });
    const page = await open("/needs-you");
    await selection(page).getByRole("button", { name: "Select all that match" }).click();
    await selection(page)
      .getByText(/^All 200 that matched at .* selected$/)
      .waitFor();
    await act(page, "Replay…");
    const dialog = page.getByRole("dialog");
    expect(await dialog.getByRole("row", { name: "Turn dead line" }).getByRole("cell").last().textContent()).toBe(
      "200",
    );
    await dialog
      .getByText(
        "Hands the turn to the agent again, with the same events. The answer goes by a free route where one is open, and otherwise by a paid one.",
      )
      .waitFor();
    expect(await seriousIn(page)).toEqual([]);
    for (const [index, { turnId }] of dead.slice(0, 20).entries())
      expect(await order(world, { actionId: `meanwhile-${index}`, action: "discard", id: turnId })).toMatchObject({
        status: 200,
      });
    const orders = ordersOf(context);
    await confirm(page, "Replay 200");
    await run(page).getByText("The run has ended: 180 of 200 done").waitFor();
    expect(await outcomes(page)).toEqual({ Done: "180", Refused: "20" });
    await until("180 people have their answer", () => dead.slice(20).every(({ person }) => person.seen().length === 1));

    expect(orders.map(({ id }) => id).toSorted()).toEqual(dead.map(({ turnId }) => turnId).toSorted());
    expect(new Set(orders.map(({ actionId }) => actionId)).size).toBe(200);
    const since = new Map(dead.map((one) => [one.turnId, one.since]));
    const times = orders.map(({ id }) => since.get(id) ?? 0);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(audited("replay")).toBe(180);

    await run(page).getByRole("button", { name: "Show each" }).click();
    await dialog.getByText("Nothing was done: it was discarded meanwhile, and that is final.").waitFor();
    expect(await dialog.getByRole("region", { name: "Refused" }).getByRole("listitem").allTextContents()).toEqual(
      expect.arrayContaining([dead[0]?.turnId]),
    );
    expect(await seriousIn(page)).toEqual([]);
    await page.keyboard.press("Escape");
    const saved = page.waitForEvent("download");
    await run(page).getByRole("button", { name: "Export as JSON" }).click();
    const report = JSON.parse(await readFile(await (await saved).path(), "utf8"));
    expect(report.action).toBe("replay");
    expect(report.items).toHaveLength(200);
    expect(report.items[0]).toEqual({ ...byOrder(orders[0]), outcome: "refused", why: "discarded" });
    expect(report.items.at(-1)).toEqual({ ...byOrder(orders.at(-1)), outcome: "done" });

    // The same action ids again: what was done says so, and nothing is done twice.
    const again = await Promise.all(orders.map((one) => order(world, one)));
    expect(again.filter(({ status, body }) => status === 200 && body.isRepeated === true)).toHaveLength(180);
    expect(again.filter(({ status }) => status === 409)).toHaveLength(20);
    await world.settled();
    expect(audited("replay")).toBe(180);
    expect(dead.slice(20).every(({ person }) => person.seen().length === 1)).toBe(true);
  });

  const byOrder = (ordered: Ordered | undefined) => ({ id: ordered?.id, actionId: ordered?.actionId });

  test("Stop lets those end that are on the way, and the others go on later under their own ids", async () => {
    const { world, visit } = setting;
    await deadTurns(world, 12);
    const { open, context } = await visit();
    const page = await open("/needs-you");
    const orders = ordersOf(context);
    const held: Route[] = [];
    await page.route(ACTIONS, (route) => void held.push(route));
    await selection(page).getByLabel("All that is shown").check();
    await act(page, "Replay…");
    await confirm(page, "Replay 12");
    await until("four on the way", () => held.length === 4);
    // What isn't sent when the tab is closed never is: the browser asks first.
    const asked = page.waitForEvent("dialog");
    await page.close({ runBeforeUnload: true });
    expect((await asked).type()).toBe("beforeunload");
    await (await asked).dismiss();
    await run(page).getByRole("button", { name: "Stop" }).click();
    await run(page).getByText("Stopping: 4 more on the way").waitFor();
    for (const route of held) await route.continue();
    await run(page).getByText("The run has ended: 4 of 12 done").waitFor();
    expect(await outcomes(page)).toEqual({ Done: "4", "Not sent": "8" });
    expect([orders.length, audited("replay")]).toEqual([4, 4]);
    await page.unroute(ACTIONS);
    await run(page).getByRole("button", { name: "Go on with the other 8" }).click();
    await run(page).getByText("The run has ended: 12 of 12 done").waitFor();
    expect([orders.length, audited("replay")]).toEqual([12, 12]);
  });

  test("an answer that was lost ends the run, and is repeated under the same id without doing it twice", async () => {
    const { world, visit } = setting;
    const dead = await deadTurns(world, 6);
    const { open, context } = await visit({ expected: [502] });
    const page = await open("/needs-you");
    const orders = ordersOf(context);
    await page.route(ACTIONS, async (route) => {
      await route.fetch();
      await route.fulfill({ status: 502, body: "the proxy lost it" });
    });
    await selection(page).getByLabel("All that is shown").check();
    await act(page, "Replay…");
    await confirm(page, "Replay 6");
    await run(page).getByText("The run has ended: 0 of 6 done").waitFor();
    expect(await outcomes(page)).toEqual({ Failed: "4", "Not sent": "2" });
    expect(audited("replay")).toBe(4);
    await page.unroute(ACTIONS);
    await run(page).getByRole("button", { name: "Go on with the other 6" }).click();
    await run(page).getByText("The run has ended: 6 of 6 done").waitFor();
    expect(await outcomes(page)).toEqual({ Done: "2", "Done before, and the answer was lost": "4" });
    expect(new Set(orders.slice(0, 4).map(({ actionId }) => actionId))).toEqual(
      new Set(orders.slice(4, 8).map(({ actionId }) => actionId)),
    );
    await world.settled();
    expect(dead.map(({ person }) => person.seen().length)).toEqual([1, 1, 1, 1, 1, 1]);
    expect(audited("replay")).toBe(6);
  });

  test("what is final can be undone for 8 s, and is never sent by a tab that was closed before", async () => {
    const { world, visit } = setting;
    await deadTurns(world, 2);
    const { open, context } = await visit();
    const orders = ordersOf(context);
    const discardsBoth = async () => {
      const one = await open("/needs-you");
      await selection(one).getByLabel("All that is shown").check();
      await act(one, "Discard…");
      await confirm(one, "Discard 2");
      await run(one).getByText("Discarding 2").waitFor();
      return one;
    };
    const undone = await discardsBoth();
    await run(undone).getByRole("button", { name: "Undo" }).click();
    await run(undone).waitFor({ state: "detached" });
    const closed = await discardsBoth();
    // Three of the eight seconds are over.
    await run(closed)
      .getByRole("button", { name: "Undo" })
      .getByText(/^[1-5]$/)
      .waitFor();
    await closed.close();
    expect(orders).toEqual([]);
    const page = await discardsBoth();
    // Theirs would have been sent before these.
    await run(page).getByText("The run has ended: 2 of 2 done").waitFor();
    expect([orders.length, audited("discard")]).toEqual([2, 2]);
  });

  test("more than ten are discarded only after their number was typed", async () => {
    const { world, visit } = setting;
    await deadTurns(world, 11);
    const page = await (await visit()).open("/needs-you");
    await selection(page).getByLabel("All that is shown").check();
    await act(page, "Discard…");
    const dialog = page.getByRole("dialog");
    const button = dialog.getByRole("button", { name: "Discard 11" });
    expect(await button.isDisabled()).toBe(true);
    const field = dialog.getByLabel("Type 11 to confirm it");
    await field.fill("10");
    expect(await button.isDisabled()).toBe(true);
    await field.fill("11");
    await page.keyboard.press("Enter");
    await run(page).getByText("Discarding 11").waitFor();
    await run(page).getByRole("button", { name: "Undo" }).click();
    expect(count("dead")).toBe(11);
  });

  test("what needs force is listed apart and left out unless it is chosen", async () => {
    const { world, visit } = setting;
    const dead = await deadTurns(world, 3);
    const partly = dead[0]?.turnId;
    const { open, context } = await visit();
    // As the gateway says of a turn of which a part was answered.
    await context.route("**/api/waiting?*", async (route) => {
      const answer = await route.fetch();
      const body = (await answer.json()) as { items: { id: string; advice: { can: { needsForce: boolean }[] } }[] };
      for (const { id, advice } of body.items) if (id === partly) for (const one of advice.can) one.needsForce = true;
      await route.fulfill({ response: answer, json: body });
    });
    const orders = ordersOf(context);
    const page = await open("/needs-you");
    await selection(page).getByLabel("All that is shown").check();
    await act(page, "Replay…");
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Replay 2" }).waitFor();
    await dialog.getByText("Their ids").click();
    await dialog.getByRole("link", { name: partly ?? "" }).waitFor();
    await dialog.getByLabel("Also the one of which a part may be read twice").check();
    await confirm(page, "Replay 3");
    await run(page).getByText("The run has ended: 3 of 3 done").waitFor();
    expect(orders.filter(({ force }) => force).map(({ id }) => id)).toEqual([partly]);
    await context.unrouteAll({ behavior: "wait" });
  });

  test("filters survive Back, reload and a copied link, and the ids of an open dialog survive all of them", async () => {
    const { world, visit } = setting;
    const dead = await deadTurns(world, 3);
    const { open, context } = await visit();
    const page = await open("/needs-you");
    const all = idsOf(dead);
    await expectRows(page, all);
    await page.getByLabel("Kind").selectOption("delivery");
    await page.getByText("With these filters nothing is in these states: dead, unknown.").waitFor();
    await page.getByLabel("Kind").selectOption("turn");
    await expectRows(page, all);
    await page.reload();
    await expectRows(page, all);
    expect(await page.getByLabel("Kind").inputValue()).toBe("turn");
    const other = await (await visit()).open(page.url());
    await expectRows(other, all);

    const orders = ordersOf(context);
    await selection(page).getByLabel("All that is shown").check();
    await act(page, "Replay…");
    const [late] = await deadTurns(world, 1);
    await page.goBack();
    await page.waitForURL("**/needs-you?kind=delivery");
    await confirm(page, "Replay 3");
    await run(page).getByText("The run has ended: 3 of 3 done").waitFor();
    expect(orders.map(({ id }) => id).toSorted()).toEqual(all);
    await page.goBack();
    await expectRows(page, [late?.turnId ?? ""]);
  });

  const idsOf = (dead: readonly Dead[]) => dead.map(({ turnId }) => turnId).toSorted();

  async function expectRows(page: Page, ids: readonly string[]): Promise<void> {
    for (const id of ids) await page.locator(`main li[data-row="${id}"]`).waitFor();
    expect(await rows(page).count()).toBe(ids.length);
  }
});
