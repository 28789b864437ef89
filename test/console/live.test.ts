/**
 * Goal: the live stream is one for all tabs of a browser, passes on when its tab goes, and never moves what somebody reads.
 * Method: eight tabs of one browser, whose requests are counted; a log that is read while lines come.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";

const FEED = "/api/event-feed";

describe.skipIf(hasNoBrowser)(named("the live stream"), () => {
  const setting = useConsole();

  test("eight tabs share one stream, and when its tab is closed another takes it over", async () => {
    const { open, context } = await setting.visit();
    const readers: Page[] = [];
    context.on("request", (request) => {
      if (request.url().includes(FEED)) readers.push(request.frame().page());
    });
    const pages = await Promise.all(Array.from({ length: 8 }, () => open("/log")));
    for (const page of pages) await page.locator("[data-feed=live]").waitFor();
    expect(readers).toHaveLength(1);
    await setting.world.somebody().says("to all tabs");
    for (const page of pages) await page.getByText("turn sealed").first().waitFor();

    const reader = readers[0];
    const next = context.waitForEvent("request", {
      predicate: (request) => request.url().includes(FEED),
      timeout: 2_000,
    });
    await reader?.close();
    await next;
    expect(readers).toHaveLength(2);
    await setting.world.somebody().says("to those that are left");
    for (const page of pages.filter((one) => one !== reader)) {
      await expect.poll(() => page.getByText("turn sealed").count()).toBeGreaterThanOrEqual(2);
    }
  });

  test("a log that is read stands still, counts what comes, and follows again when it is asked to", async () => {
    const { world, visit } = setting;
    const { open } = await visit();
    const page = await open("/log");
    await page.locator("[role=log] li").first().waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    const before = await page.locator("[role=log]").textContent();
    await world.somebody().says("while it is read");
    const pill = page.getByRole("button", { name: /new lines?$/ });
    await pill.waitFor();
    expect(await page.locator("[role=log]").textContent()).toBe(before);
    await pill.click();
    await pill.waitFor({ state: "detached" });
    await expect.poll(() => page.locator("[role=log]").textContent()).not.toBe(before);
  });

  test("without words the stream is asked for without them", async () => {
    const { open, context } = await setting.visit({ preferences: { words: false } });
    const asked = context.waitForEvent("request", (request) => request.url().includes(FEED));
    await open("/log");
    expect((await asked).url()).toContain("words=0");
  });
});
