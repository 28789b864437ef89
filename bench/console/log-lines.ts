/** A held log while many lines come: what is read stands still, what comes is counted, and memory doesn't grow. */
import { setTimeout as pause } from "node:timers/promises";
import type { Page } from "playwright-core";
import { inPage } from "../../test/console/support/in-page.ts";
import { loadAt } from "../support/load.ts";
import { progress, type Section } from "../support/section.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { signedRequests } from "../support/webhooks.ts";
import { startChromium, startGateway } from "./chromium.ts";
import { followFeed, type Reader } from "./reader.ts";

const MINUTES = Number(process.env.BENCH_MINUTES ?? 2);
const LINES_PER_SECOND = 200;
/** Each person writes once, and each message has two lines: it was accepted, and its turn was sealed. */
const PER_SECOND = LINES_PER_SECOND / 2;
const CONNECTIONS = 16;
/** Before the log is held there is something to hold. */
const LEAD_MS = 12_000;
const READ_EVERY_MS = 5_000;
/** What scrolls the lines, in the page. */
const BOX = `document.querySelector("main [role=log]")`;

interface Held {
  readonly linesPerSecond: number;
  /** Each that differs from the one before. */
  readonly places: readonly string[];
  /** What the pill says, a few seconds after it was held and at the end. */
  readonly pills: readonly [first: string, last: string];
  /** After the first minute, or half of the time if it is shorter, and at the end. */
  readonly heapMb: readonly [first: number, last: number];
}

export async function logLines(): Promise<Section> {
  await using folder = await temporaryFolder();
  await using program = await startGateway(folder.file("bench.db"));
  await using reader = await followFeed(program);
  await using chromium = await startChromium(program);
  const page = await chromium.open("/log");
  const count = Math.ceil(PER_SECOND * (MINUTES * 60 + (LEAD_MS + 3 * READ_EVERY_MS) / 1_000));
  const requests = signedRequests(count, "l", program.port, count);
  const [held] = await Promise.all([
    hold(page, reader),
    loadAt(program.port, requests, { perSecond: PER_SECOND, connections: CONNECTIONS }),
  ]);
  return sectionOf(held);
}

async function hold(page: Page, reader: Reader): Promise<Held> {
  await pause(LEAD_MS);
  await page.getByRole("button", { name: "Pause" }).click();
  await inPage(page, `((box) => { box.scrollTop = box.scrollHeight / 2; })(${BOX})`);
  const places = [await place(page)];
  await pause(READ_EVERY_MS);
  const [startedAt, before] = [performance.now(), reader.newest()];
  const sinceMs = () => performance.now() - startedAt;
  const pill = async () => (await page.getByRole("button", { name: /new lines?$/ }).textContent()) ?? "";
  const firstPill = await pill();
  const firstHeapAtMs = 60_000 * Math.min(1, MINUTES / 2);
  let firstHeapMb: number | null = null;
  while (sinceMs() < MINUTES * 60_000) {
    await pause(READ_EVERY_MS);
    const now = await place(page);
    if (now !== places.at(-1)) places.push(now);
    if (firstHeapMb === null && sinceMs() >= firstHeapAtMs) {
      firstHeapMb = await heapMb(page);
      progress(`log lines: ${firstHeapMb.toFixed(1)} MB after ${(sinceMs() / 1_000).toFixed(0)} s`);
    }
  }
  const linesPerSecond = (reader.newest() - before) / (sinceMs() / 1_000);
  const last = await heapMb(page);
  return { linesPerSecond, places, pills: [firstPill, await pill()], heapMb: [firstHeapMb ?? last, last] };
}

/** How far it is scrolled, and the line that is on top. */
function place(page: Page): Promise<string> {
  return inPage<string>(
    page,
    `((box) => {
      const { top } = box.getBoundingClientRect();
      const row = [...box.querySelectorAll("[data-row]")].find((one) => one.getBoundingClientRect().bottom > top);
      return Math.round(box.scrollTop) + " px: " + row?.textContent;
    })(${BOX})`,
  );
}

/** In use by the page's scripts, after a collection. */
async function heapMb(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  try {
    await session.send("Performance.enable");
    await session.send("HeapProfiler.collectGarbage");
    const { metrics } = await session.send("Performance.getMetrics");
    return (metrics.find(({ name }) => name === "JSHeapUsedSize")?.value ?? Number.NaN) / 1_048_576;
  } finally {
    await session.detach();
  }
}

function sectionOf({ linesPerSecond, places, pills, heapMb: [first, last] }: Held): Section {
  const moved = places.length - 1;
  return {
    title: "A held log while lines come",
    how: `${LINES_PER_SECOND} log lines a second for ${MINUTES} minutes, after the log was held by Pause and scrolled to its middle; Chromium, 1440 × 900, on the machine of the gateway. Memory is what the page's scripts use after a collection.`,
    head: ["", "measured", "goal"],
    rows: [
      ["log lines a second", linesPerSecond.toFixed(0), String(LINES_PER_SECOND)],
      ["the place that is read", moved === 0 ? "stood still" : `moved ${moved} times`, "stands still"],
      [
        `the pill after ${READ_EVERY_MS / 1_000} s and at the end`,
        pills.join("; "),
        "counts, up to the 2 000 that are kept",
      ],
      ["JS heap after the first minute, MB", first.toFixed(1), "under 80"],
      [
        "at the end",
        `${last.toFixed(1)} (${last >= first ? "+" : ""}${(last - first).toFixed(1)})`,
        "under 80, and flat",
      ],
    ],
  };
}
