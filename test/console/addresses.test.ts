/**
 * Goal: what somebody looks at is in the address: Back, a reload and a copied link in another browser show the same, selected
 * the same. Method: choices made in Chromium, and the same address in a browser of somebody else. What needs a person: bulk.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";

/** The rows, which of them and of the views is chosen, and the filters. */
const SHOWN = `JSON.stringify({
  rows: [...document.querySelectorAll("main [data-row]")].map(({ dataset }) => dataset.row),
  chosen: [...document.querySelectorAll("main [aria-pressed=true], main [aria-current]")]
    .map((one) => one.closest("[data-row]")?.dataset.row ?? one.textContent),
  filters: [...document.querySelectorAll("main select, main input:not([type=checkbox])")].map(({ value }) => value),
})`;

const shown = (page: Page) => inPage<string>(page, SHOWN);
const search = (page: Page) => new URL(page.url()).search;

describe.skipIf(hasNoBrowser)(named("the address"), () => {
  const setting = useConsole();

  /** Shows it again after a reload, and in another browser. */
  async function expectSame(page: Page): Promise<void> {
    const before = await shown(page);
    await page.reload();
    await expect.poll(() => shown(page)).toBe(before);
    const other = await (await setting.visit()).open(page.url());
    await expect.poll(() => shown(other)).toBe(before);
  }

  test("has the log's level, so that the same lines are there", async () => {
    await deadTurns(setting.world, 2);
    const page = await (await setting.visit()).open("/log");
    const marks = () => page.locator("[role=log] li").filter({ hasText: /info/ }).count();
    await expect.poll(marks).toBeGreaterThan(0);
    await page.getByLabel("Level").selectOption({ label: "Warnings and errors" });
    await expect.poll(marks).toBe(0);
    expect(await page.locator("[role=log] li").count()).toBeGreaterThan(0);
    expect(search(page)).toBe("?level=warn");
    await expectSame(page);
    await page.goBack();
    await expect.poll(marks).toBeGreaterThan(0);
    expect(await page.getByLabel("Level").inputValue()).toBe("info");
    await page.goForward();
    await expect.poll(marks).toBe(0);
  });

  test("has the conversations' filters, the one that is open and its view", async () => {
    const { world, visit } = setting;
    for (const person of [world.somebody(), world.somebody()]) {
      await person.says("hi");
      await person.hasSeen(1);
    }
    const page = await (await visit()).open("/conversations");
    const rows = page.locator("main li[data-row]");
    await page.getByLabel("State of the newest turn").selectOption("done");
    await page.waitForURL("**/conversations?state=done");
    await expect.poll(() => rows.count()).toBe(2);
    await rows.nth(1).click();
    await page.locator("[data-side=out]").waitFor();
    await page.getByLabel("View").selectOption("raw");
    await page.locator("main pre").first().waitFor();
    expect(search(page)).toBe("?state=done&view=raw");
    await expectSame(page);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Conversations" }).waitFor();
    expect(search(page)).toBe("?state=done");
    await expect.poll(() => rows.count()).toBe(2);
  });

  test("has the view of a turn and the row that is open, and none of them is a step back", async () => {
    const { world, visit } = setting;
    const person = world.somebody();
    await person.says("hi");
    await person.hasSeen(1);
    await person.settled();
    const [handed] = await person.hasTurns(1);
    const page = await (await visit()).open("/overview");
    await page.getByRole("heading", { level: 1 }).waitFor();
    await page.goto(`/t/${handed?.turn.turnId}`);
    await page.getByRole("button", { name: "Table" }).click();
    await page.locator("main table").waitFor();
    expect(search(page)).toBe("?view=table");
    await expectSame(page);
    await page.getByRole("button", { name: "Waterfall" }).click();
    await page.locator("main ol button").last().click();
    await page.getByRole("region", { name: /^Details: / }).waitFor();
    await expectSame(page);
    await page.goBack();
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  });

  test("has the overview's time span", async () => {
    const page = await (await setting.visit()).open("/overview");
    const span = page.getByLabel("Time span");
    await span.selectOption({ label: "Last hour" });
    await page.waitForURL("**/overview?window=1h");
    await page.reload();
    await expect.poll(() => span.inputValue()).toBe("1h");
    await page.goBack();
    await expect.poll(() => span.inputValue()).toBe("15m");
  });
});
