/** What the console's pages cost with thousands of conversations, and with a conversation of thousands of turns. */
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { inPage } from "../../test/console/support/in-page.ts";
import { fill } from "../growth/history.ts";
import { progress, type Section } from "../support/section.ts";
import { spread } from "../support/statistics.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type Chromium, startChromium, startGateway } from "./chromium.ts";
import { forget, keyP95, longTasks, told, WATCH } from "./watch.ts";

const CONVERSATIONS = Number(process.env.BENCH_CONVERSATIONS ?? 5_000);
const TURNS = Number(process.env.BENCH_TURNS ?? 2_000);
const VISITS = 5;

/** What is measured, what was found, and what is wanted. */
type Row = readonly [what: string, found: string, goal: string];

export async function scale(): Promise<Section> {
  await using folder = await temporaryFolder();
  const file = folder.file("bench.db");
  progress(`scale: storing ${CONVERSATIONS} conversations`);
  // A day, so that nothing is old enough to be deleted.
  await fill(file, CONVERSATIONS + TURNS - 1, { days: 1, people: CONVERSATIONS, isRestOfOne: true });
  await using program = await startGateway(file);
  await using chromium = await startChromium(program);
  const rows = [await firstRow(chromium), ...(await longList(chromium)), ...(await longTranscript(chromium))];
  return {
    title: "The console's pages with a long history",
    how: `${CONVERSATIONS} conversations, one of them with ${TURNS} turns, SQLite; Chromium, 1440 × 900, on the machine of the gateway. ${VISITS} visits by a browser that has kept nothing (median, smallest–largest). Keys: until what they change is painted, of all that were pressed. Tasks: of the page, over 50 ms.`,
    head: ["", "measured", "goal"],
    rows,
  };
}

async function firstRow(chromium: Chromium): Promise<Row> {
  const times: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const page = await chromium.open("/conversations", WATCH);
    await page.locator("[data-row]").first().waitFor();
    const { firstRowMs } = await told(page);
    times.push(firstRowMs ?? Number.NaN);
    await page.context().close();
  }
  progress(`scale: first row after ${spread(times)} ms`);
  return ["first conversation on screen, ms", spread(times), "under 1500"];
}

async function longList(chromium: Chromium): Promise<readonly Row[]> {
  const page = await chromium.open("/conversations", WATCH);
  await page.locator("[data-row]").first().waitFor();
  await forget(page);
  const loaded = await loadAll(page);
  const loading = await told(page);
  progress(`scale: ${loaded} conversations loaded`);
  await forget(page);
  const typed = await typeNames(page);
  const typing = await told(page);
  await forget(page);
  const walked = await walkRows(page);
  const walking = await told(page);
  await forget(page);
  await scrollThrough(page);
  const scrolling = await told(page);
  progress("scale: the list was typed into, walked and scrolled");
  await page.context().close();
  return [
    ["conversations loaded", String(loaded), String(CONVERSATIONS)],
    ["long tasks while they are loaded", longTasks(loading), ""],
    [`${typed} keys in the filter, p95 ms`, keyP95(typing, typed), "under 100"],
    [`${walked} times j and k, p95 ms`, keyP95(walking, walked), "under 100"],
    ["long tasks while all are scrolled through", longTasks(scrolling), "none"],
    ["rows drawn at most", String(scrolling.rowsMax), "60"],
  ];
}

/** A page at a time, until there are no more. Resolves to the number of rows. */
async function loadAll(page: Page): Promise<number> {
  await pressUntilGone(page, "Load more");
  return await inPage<number>(page, "Number(document.querySelector('[data-row]').ariaSetSize)");
}

/** A button that is gone for so many frames doesn't come again. */
const GONE_FRAMES = 60;

/** As fast as it lets itself be pressed. Where it is in what scrolls, that is scrolled up to its beginning. */
async function pressUntilGone(page: Page, name: string): Promise<void> {
  await inPage(
    page,
    `new Promise((resolve) => {
      let gone = 0;
      const press = () => {
        const button = [...document.querySelectorAll("main button")].find(({ textContent }) => textContent === ${JSON.stringify(name)});
        const box = document.querySelector("main section[aria-label=Transcript]");
        if (box !== null) box.scrollTop = 0;
        gone = button === undefined ? gone + 1 : 0;
        if (button !== undefined && button.ariaDisabled !== "true") button.click();
        if (gone === ${GONE_FRAMES}) resolve();
        else requestAnimationFrame(press);
      };
      press();
    })`,
  );
}

const KEY_EVERY_MS = 120;
/** After it the list is asked for: longer than the field waits for another key. */
const WORD_MS = 700;
const WORDS = ["0012", "3400", "nobody", "U000", "0042", "4999", "x", "00", "0777", "U0"];

/** Resolves to the number of keys. */
async function typeNames(page: Page): Promise<number> {
  await page.getByLabel("Name or id").focus();
  for (const word of WORDS) {
    await page.keyboard.type(word, { delay: KEY_EVERY_MS });
    await pause(WORD_MS);
    for (const _ of word) {
      await page.keyboard.press("Backspace");
      await pause(KEY_EVERY_MS);
    }
    await pause(WORD_MS);
  }
  return 2 * WORDS.join("").length;
}

const STEPS = 60;

/** Down the list by key and up again. Resolves to the number of keys. */
async function walkRows(page: Page): Promise<number> {
  await page.locator("#main").focus();
  for (const key of ["j", "k"]) {
    for (let step = 0; step < STEPS; step++) {
      await page.keyboard.press(key);
      await pause(KEY_EVERY_MS / 2);
    }
  }
  return 2 * STEPS;
}

const WHEEL_PX = 1_200;
const WHEELS = 10;

/** By the wheel, from where it is to the end. */
async function scrollThrough(page: Page): Promise<void> {
  await page.locator("main [data-scrolls]").hover();
  const rest = () =>
    inPage<number>(
      page,
      `(({ scrollHeight, scrollTop, clientHeight }) => scrollHeight - scrollTop - clientHeight)(document.querySelector("main [data-scrolls]"))`,
    );
  for (let last = Number.POSITIVE_INFINITY, now = await rest(); now > 1; last = now, now = await rest()) {
    if (now >= last) throw new Error(`the wheel doesn't move the list: ${now} px are left`);
    for (let wheel = 0; wheel < WHEELS; wheel++) await page.mouse.wheel(0, WHEEL_PX);
  }
}

async function longTranscript(chromium: Chromium): Promise<readonly Row[]> {
  const page = await chromium.open("/conversations", WATCH);
  // Whose turns were the last ones is on top.
  const id = await page.locator("[data-row]").first().getAttribute("data-row");
  await page.goto(`/c/${id}`);
  await page.getByRole("button", { name: "Older", exact: true }).waitFor();
  let pages = 0;
  page.on("requestfinished", (request) => {
    if (request.url().includes("/timeline?") && request.url().includes("before=")) pages += 1;
  });
  await forget(page);
  const startedAt = performance.now();
  await pressUntilGone(page, "Older");
  const seconds = (performance.now() - startedAt) / 1_000;
  const reading = await told(page);
  await page.context().close();
  return [
    [`long tasks while ${pages} older pages are loaded (${seconds.toFixed(0)} s)`, longTasks(reading), ""],
    ["groups of the transcript drawn at most", String(reading.groupsMax), "60"],
  ];
}
