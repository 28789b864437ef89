/**
 * Goal: whoever has only a keyboard walks rows, opens, selects and closes them, and an update never takes the focus away.
 * Method: keys pressed in Chromium, and what has the focus after each.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns, order } from "./support/dead-turns.ts";
import { inPage, seriousIn } from "./support/in-page.ts";

/** The row that has the focus; `null`: none has. */
const here = (page: Page) =>
  inPage<string | null>(page, "document.activeElement.closest('[data-row]')?.dataset.row ?? null");
const path = (page: Page) => new URL(page.url()).pathname;

async function press(page: Page, ...keys: readonly string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

describe.skipIf(hasNoBrowser)(named("rows"), () => {
  const setting = useConsole();

  test("of what needs a person are walked, selected, opened and come back to by keys alone", async () => {
    await deadTurns(setting.world, 3);
    const page = await (await setting.visit()).open("/needs-you");
    const rows = page.locator("main li[data-row]");
    await expect.poll(() => rows.count()).toBe(3);
    const ids = await Promise.all([0, 1, 2].map((index) => rows.nth(index).getAttribute("data-row")));
    await press(page, "j");
    expect(await here(page)).toBe(ids[0]);
    await press(page, "j", "j", "j");
    expect(await here(page)).toBe(ids[2]);
    await press(page, "k", "x");
    expect(await here(page)).toBe(ids[1]);
    expect(await rows.nth(1).getByRole("checkbox").isChecked()).toBe(true);
    await page.getByRole("region", { name: "Selection" }).getByText("1 selected").waitFor();
    expect(await seriousIn(page)).toEqual([]);
    await press(page, "x");
    await page.getByText("None selected").waitFor();
    await press(page, "Enter");
    await page.getByRole("heading", { level: 1, name: "Turn" }).waitFor();
    expect(path(page)).toBe(`/t/${ids[1]}`);
    const waterfall = page.getByRole("list", { name: "What happened, in order" });
    await waterfall.waitFor();
    await press(page, "e");
    await page.locator("pre").waitFor();
    await press(page, "e");
    await waterfall.waitFor();
    await press(page, "j", "Enter");
    const panel = page.getByRole("region", { name: "Details: Event" });
    await panel.waitFor();
    await press(page, "Escape");
    await panel.waitFor({ state: "detached" });
    expect(await inPage(page, "document.activeElement.hasAttribute('data-opens')")).toBe(true);
    await page.goBack();
    await rows.first().waitFor();
    await press(page, "j");
    expect(await here(page)).toBe(ids[2]);
  });

  test("keep the focus when an update takes the one away that had it", async () => {
    const { world, visit } = setting;
    await deadTurns(world, 3);
    const page = await (await visit()).open("/needs-you?since=1h");
    const rows = page.locator("main li[data-row]");
    await expect.poll(() => rows.count()).toBeGreaterThanOrEqual(3);
    const before = await rows.count();
    await press(page, "j", "j");
    const [gone, next] = await Promise.all([1, 2].map((index) => rows.nth(index).getAttribute("data-row")));
    expect(await here(page)).toBe(gone);
    // By the button of its own row: what has the focus then is taken away with the row.
    await rows.nth(1).getByRole("button", { name: "Replay" }).focus();
    await press(page, "Enter");
    await expect.poll(() => rows.count()).toBe(before - 1);
    expect(await here(page)).toBe(next);
    // By somebody else, while the list is read anew.
    await order(world, { actionId: "by another", action: "discard", id: next ?? "" });
    await rows.first().getByRole("button", { name: "Replay" }).click();
    await rows.nth(1).getByRole("link").last().focus();
    await expect.poll(() => rows.count()).toBeLessThan(before - 1);
    expect(await inPage(page, "document.activeElement === document.body")).toBe(false);
  });

  test("of the conversations and of the log are one step for Tab, and the arrows and j walk them", async () => {
    const { world, visit } = setting;
    for (const person of [world.somebody(), world.somebody(), world.somebody()]) {
      await person.says("hi");
      await person.hasSeen(1);
    }
    const { open } = await visit();
    const page = await open("/conversations");
    const links = page.locator("main li[data-row] a");
    await expect.poll(() => links.count()).toBeGreaterThanOrEqual(3);
    expect(await page.locator("main li[data-row] a[tabindex='0']").count()).toBe(1);
    await press(page, "j", "ArrowDown", "j", "ArrowUp");
    expect(await here(page)).toBe(await page.locator("main li[data-row]").nth(1).getAttribute("data-row"));
    const opened = await here(page);
    await press(page, "Enter");
    await page.waitForURL(`**/c/${opened}`);
    await page.locator("[data-side=in]").first().waitFor();
    await press(page, "e");
    await page.locator("pre").first().waitFor();

    const log = await open("/log");
    const lines = log.locator("[role=log] li[data-row]");
    await lines.first().waitFor();
    await press(log, "k", "Enter");
    const line = log.getByRole("region", { name: "The line" });
    await line.waitFor();
    const held = await here(log);
    await press(log, "Escape");
    await line.waitFor({ state: "detached" });
    expect(await here(log)).toBe(held);
    await press(log, "k");
    expect(await here(log)).not.toBe(held);
  });

  test("of the audit log and of a search are opened by keys, and none is walked once keys are off", async () => {
    const { world, visit } = setting;
    const turns = await deadTurns(world, 3);
    const [dead] = turns;
    await order(world, { actionId: "to be seen", action: "discard", id: dead?.turnId ?? "" });
    const { open } = await visit();
    const audit = await open("/audit");
    await audit.locator("tr[data-row]").first().waitFor();
    await press(audit, "j", "Enter");
    await audit.waitForURL(`**/t/${dead?.turnId}`);
    // The first eight digits are those of a minute, and of three turns at once two are of the same one.
    const begins = turns.map(({ turnId }) => turnId.slice(0, "turn_".length + 8));
    const shared = begins.find((begin, index) => begins.indexOf(begin) !== index);
    const search = await open(`/search?q=${shared}`);
    await search.locator("main li[data-row]").first().waitFor();
    await press(search, "j");
    expect(await here(search)).not.toBeNull();

    const off = await (await visit({ preferences: { singleKeys: false } })).open("/audit");
    await off.locator("tr[data-row]").first().waitFor();
    await press(off, "j", "x", "e");
    expect(await here(off)).toBeNull();
  });
});
