/**
 * Goal: thousands of conversations, turns and lines of the log are all reached, few of them are drawn at a time, and
 * nothing that comes moves what somebody reads.
 * Method: a gateway with a past, and people who write meanwhile; its pages in Chromium, where after each change is counted
 * what is drawn. How fast that is, `bench/` measures.
 */
import type { Page } from "playwright-core";
import { beforeAll, describe, expect, test } from "vitest";
import { LINES_MAX } from "../../console/src/live/feed-state.ts";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { inPage } from "./support/in-page.ts";
import { conversationOf, type Said, writePast } from "./support/past.ts";

/** By default so many that most aren't drawn: loading thousands takes a minute. */
const IS_WHOLE = process.env.TURNPIKE_TEST_SCALE === "all";
const PEOPLE = IS_WHOLE ? 5_000 : 400;
const TURNS = IS_WHOLE ? 2_000 : 200;
/** More than the page keeps. */
const LINES = LINES_MAX + 200;
const DRAWN_MAX = 60;

const peerOf = (index: number) => `U${"5ca1e".padEnd(26, "0")}${String(index).padStart(6, "0")}`;
/** Nobody's newest message is older. */
const OLDEST = peerOf(0);
/** Writes all the time. */
const TALKER = peerOf(PEOPLE - 1);
const nth = (number: number) => `number ${number} of ${TURNS}`;

/** Everybody else says hello, one after the other, and the talker talks all the while. */
function past(): readonly Said[] {
  const said: Said[] = [];
  let talked = 0;
  for (let index = 0; index < PEOPLE - 1; index += 1) {
    said.push({ peerId: peerOf(index), text: "hello" });
    while (talked * (PEOPLE - 1) < TURNS * (index + 1)) {
      talked += 1;
      said.push({ peerId: TALKER, text: nth(talked) });
    }
  }
  return said;
}

/** From now on: how many of them were there at most at one time, and how many different ones. */
async function countDrawn(page: Page, selector: string) {
  await inPage(
    page,
    `(() => {
      const [keys, counts] = [new Set(), { most: 0, different: 0 }];
      const look = () => {
        const drawn = document.querySelectorAll(${JSON.stringify(selector)});
        for (const { dataset } of drawn) keys.add(dataset.row ?? dataset.group);
        counts.most = Math.max(counts.most, drawn.length);
        counts.different = keys.size;
      };
      new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
      look();
      window.counts = counts;
    })()`,
  );
  return () => inPage<{ readonly most: number; readonly different: number }>(page, "counts");
}

/** From the top to the end by leaps, as with the scroll bar, each when a row stands where the last one led. */
const SCROLL_THROUGH = `(async () => {
  const box = document.querySelector("main [data-scrolls]");
  const { left, top, width, height } = box.getBoundingClientRect();
  const inTheMiddle = () => document.elementFromPoint(left + width / 2, top + height / 2)?.closest("[data-row]");
  box.scrollTop = 0;
  for (;;) {
    do await new Promise(requestAnimationFrame);
    while (inTheMiddle() == null);
    if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) return;
    box.scrollTop += 10 * box.clientHeight;
  }
})()`;

/** Where the log stands, and the first line of which nothing is hidden. */
const PLACE_IN_LOG = `(() => {
  const box = document.querySelector("[role=log]");
  const { top } = box.getBoundingClientRect();
  const first = [...box.querySelectorAll("[data-row]")].find((row) => row.getBoundingClientRect().top >= top);
  return { scrollTop: box.scrollTop, first: first.dataset.row };
})()`;
type PlaceInLog = { readonly scrollTop: number; readonly first: string };

/** Of a line of the log: the process counts them. */
const numberOf = (id: string | null) => Number((id ?? "").replace(/^.*\./, ""));

describe.skipIf(hasNoBrowser)(named("where there are many"), () => {
  const setting = useConsole();

  beforeAll(async () => {
    const { world } = setting;
    expect(await world.gateway.term()).toEqual({ code: 0, signal: null });
    writePast(world.gateway.file, past());
    await world.restart();
  });

  test("conversations, all are loaded by the button and the last is reached, and the row that is open keeps the focus", async () => {
    const { world, visit } = setting;
    const all = String(world.gateway.value("SELECT count(*) FROM conversation"));
    const page = await (await visit()).open("/conversations");
    const rows = page.locator("main li[data-row]");
    await rows.first().waitFor();
    const drawn = await countDrawn(page, "main li[data-row]");
    expect(await rows.first().getAttribute("aria-setsize")).toBe("-1");
    await page.getByRole("button", { name: "Load more" }).focus();
    // A press while more is on its way does nothing.
    while ((await page.locator(`main li[aria-setsize="${all}"]`).count()) === 0) await page.keyboard.press("Enter");
    await inPage(page, SCROLL_THROUGH);
    const last = rows.last();
    await expect.poll(() => last.getAttribute("aria-posinset")).toBe(all);
    expect(await last.getAttribute("aria-setsize")).toBe(all);
    expect(await last.getAttribute("data-row")).toBe(conversationOf(OLDEST));

    await last.getByRole("link").click();
    await page.getByText("re: hello", { exact: true }).waitFor();
    await inPage(page, "window.opened = document.activeElement; undefined");
    await world.line.person(OLDEST).says("still here");
    await page.getByText("re: still here", { exact: true }).waitFor();
    await page.getByRole("button", { name: "1 change", exact: true }).waitFor();
    expect(await inPage(page, "opened.isConnected && document.activeElement === opened")).toBe(true);
    expect(await inPage(page, "opened.closest('[data-row]').dataset.row")).toBe(conversationOf(OLDEST));
    expect((await drawn()).most).toBeLessThanOrEqual(DRAWN_MAX);
  });

  test("turns in a conversation, each is drawn on the way to the first message, and the newest is found again", async () => {
    const page = await (await setting.visit()).open(`/c/${conversationOf(TALKER)}`);
    const said = () => page.locator("[data-side=in] bdi.whitespace-pre-wrap").allTextContents();
    await expect.poll(async () => (await said()).at(-1)).toBe(nth(TURNS));
    const drawn = await countDrawn(page, "ol > li[data-group]");
    const older = page.getByRole("button", { name: "Older", exact: true });
    await older.click();
    await older.focus();
    while ((await older.count()) > 0) await page.keyboard.press("Enter");
    const sixty = Array.from({ length: DRAWN_MAX }, (_, index) => nth(index + 1));
    expect(await said()).toEqual(sixty);
    expect(await drawn()).toEqual({ most: DRAWN_MAX, different: TURNS });

    await page.getByRole("button", { name: "Newer", exact: true }).click();
    await expect.poll(async () => (await said())[0]).not.toBe(nth(1));
    await page.getByRole("button", { name: "To the newest", exact: true }).click();
    await expect.poll(async () => (await said()).at(-1)).toBe(nth(TURNS));
    expect((await drawn()).most).toBe(DRAWN_MAX);
  });

  test("turns in a conversation, the address of one opens it there, marked, and it stays there when somebody writes", async () => {
    const { world, visit } = setting;
    const turn = world.gateway.value(
      `SELECT turn_id FROM event WHERE conversation_id = '${conversationOf(TALKER)}' ORDER BY sent_at LIMIT 1 OFFSET 9`,
    );
    const page = await (await visit({ expected: [404] })).open(`/c/${conversationOf(TALKER)}?turn=${turn}`);
    const group = page.locator("li[data-group][aria-current]");
    await group.getByText(nth(10), { exact: true }).waitFor();
    const place = () => group.evaluate((element) => Math.round(element.getBoundingClientRect().top));
    const before = await place();
    expect(before).toBeGreaterThan(0);
    expect(before).toBeLessThan(400);
    await world.line.person(TALKER).says("one more");
    await expect
      .poll(() => world.gateway.value("SELECT count(*) FROM delivery WHERE state <> 'sent'"), { timeout: 10_000 })
      .toBe(0);
    await page.getByRole("button", { name: "To the newest", exact: true }).waitFor();
    expect(await place()).toBe(before);
    await page.getByLabel("View", { exact: true }).selectOption("raw");
    expect(new URL(page.url()).searchParams.get("turn")).toBe(turn);
    await page.goto(page.url().replace(String(turn), "turn_nowhere"));
    await page.getByText("one more").first().waitFor();
  });

  test("lines in the log, what somebody reads stands still while they are counted, and the newest is found again", async () => {
    const { world, visit } = setting;
    const crowd = Array.from({ length: 50 }, () => world.somebody());
    let times = 0;
    const everybodySpeaks = async () => {
      times += 1;
      await Promise.all(crowd.map((person) => person.says(`for the ${times}th time`)));
      await Promise.all(crowd.map((person) => person.hasSeen(times)));
    };
    const written = () => world.gateway.logs.filter(({ level }) => level !== "debug").length;
    await everybodySpeaks();
    const page = await (await visit()).open("/log");
    const rows = page.locator("[role=log] li[data-row]");
    const kept = async () => Number(await rows.first().getAttribute("aria-setsize"));
    await expect.poll(kept).toBeGreaterThan(150);
    const drawn = await countDrawn(page, "[role=log] li[data-row]");
    const follow = page.getByRole("button", { name: "Follow" });
    const scrollUp = async () => {
      await inPage(page, "document.querySelector('[role=log]').scrollTop = 1600");
      return await follow.isVisible();
    };
    // A line that comes in the same moment leads to the end once more, as it would any reader.
    await expect.poll(scrollUp).toBe(true);
    const place = await inPage<PlaceInLog>(page, PLACE_IN_LOG);

    const pill = page.getByRole("button", { name: /new lines?$/ });
    const counted = async () => Number((await pill.textContent())?.replace(/\D/g, ""));
    const before = written();
    for (let last = 0; written() < before + LINES; last = await counted()) {
      await everybodySpeaks();
      // It can't count what is no longer kept.
      await expect.poll(counted).toBeGreaterThanOrEqual(Math.min(last + 1, LINES_MAX));
      expect(await inPage(page, PLACE_IN_LOG)).toEqual(place);
    }
    await expect.poll(counted).toBe(LINES_MAX);
    expect(await inPage(page, PLACE_IN_LOG)).toEqual(place);

    await pill.click();
    await pill.waitFor({ state: "detached" });
    await expect.poll(kept).toBe(LINES_MAX);
    await expect.poll(() => rows.last().getAttribute("aria-posinset")).toBe(String(LINES_MAX));
    const newest = await rows.last().getAttribute("data-row");
    expect(numberOf(newest)).toBeGreaterThan(numberOf(place.first) + LINES);
    expect(await rows.last().isVisible()).toBe(true);
    await everybodySpeaks();
    await expect
      .poll(async () => numberOf(await rows.last().getAttribute("data-row")))
      .toBeGreaterThan(numberOf(newest));
    expect(await kept()).toBe(LINES_MAX);
    expect((await drawn()).most).toBeLessThanOrEqual(DRAWN_MAX);
  });
});
