/**
 * Goal: one clock for all that a person reads: list, axis, tooltip, and what is copied.
 * Method: a browser far from UTC, whose clock is switched; the same moments before and after.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns, order } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";

/** Without summer time, and no whole number of hours from UTC: minutes tell the two clocks apart, too. */
const FAR = "Asia/Kathmandu";
const HOUR = /\d{2}:\d{2}(:\d{2})?/;

describe.skipIf(hasNoBrowser)(named("the clock"), () => {
  const setting = useConsole();

  /** The first time that stands there, by either clock. */
  async function read(page: Page, text: () => Promise<string | null>): Promise<readonly [string, string]> {
    const first = async (clock: RegExp) => {
      await page.getByRole("button", { name: clock }).waitFor();
      await expect.poll(text).toMatch(HOUR);
      return HOUR.exec((await text()) ?? "")?.[0] ?? "";
    };
    const local = await first(/^Local time:/);
    await page.getByRole("button", { name: /^Local time:/ }).click();
    const utc = await first(/^UTC:/);
    await page.getByRole("button", { name: /^UTC:/ }).click();
    return [local, utc];
  }

  const minutes = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5));
  /** Kathmandu is 5 h 45 min ahead. */
  function expectApart([local, utc]: readonly [string, string], where: string): void {
    expect((minutes(local) - minutes(utc) + 1_440) % 1_440, where).toBe(345);
  }

  test("switches lists, the axis, tooltips and what is copied together", async () => {
    const { world, visit } = setting;
    const [dead] = await deadTurns(world, 2);
    if (dead === undefined) throw new Error("nobody's turn is dead");
    await order(world, { actionId: "1", action: "discard", id: dead.turnId });
    const { open, context } = await visit({ timezoneId: FAR });
    await context.grantPermissions(["clipboard-read", "clipboard-write"]);

    const overview = await open("/overview");
    const axis = overview.locator("figure svg[role=img] text", { hasText: HOUR }).first();
    expectApart(await read(overview, () => axis.textContent()), "the axis");

    const needsYou = await open("/needs-you");
    const age = needsYou.locator("main li[data-row] time").first();
    expectApart(await read(needsYou, () => age.getAttribute("title")), "the tooltip");

    const audit = await open("/audit");
    const when = audit.getByRole("row", { name: "discard" }).getByRole("cell").first();
    expectApart(await read(audit, () => when.textContent()), "the list");
    const copied = async () => {
      await audit.locator("h1").click();
      await audit.keyboard.press("ControlOrMeta+a");
      await audit.keyboard.press("ControlOrMeta+c");
      const text = await inPage<string>(audit, "navigator.clipboard.readText()");
      return text.split("\n").find((line) => line.includes(dead.turnId)) ?? null;
    };
    expectApart(await read(audit, copied), "what is copied");

    const turn = await open(`/t/${dead.turnId}?view=table`);
    const began = turn.getByRole("row").nth(1).getByRole("cell").last();
    expectApart(await read(turn, () => began.textContent()), "the table of a turn");
    const conversation = await open("/conversations");
    expectApart(
      await read(conversation, () => conversation.locator("main li[data-row]").first().textContent()),
      "rows",
    );
  });
});
