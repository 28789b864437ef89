/** What a page tells of itself: the policy of the console refuses `eval`, so all of it is a script before the page's own. */
import type { Page } from "playwright-core";
import { inPage } from "../../test/console/support/in-page.ts";
import { quantile } from "../support/statistics.ts";

export interface Told {
  /** From the navigation until the first row was on screen; `null`: none was. */
  readonly firstRowMs: number | null;
  /** At most, at any time since the page was opened. */
  readonly rowsMax: number;
  readonly groupsMax: number;
  /** Since the last `forget`, each. */
  readonly longTasksMs: readonly number[];
  readonly keys: readonly { readonly id: number; readonly ms: number }[];
}

/** The browser tells of no shorter ones. */
const KEY_MS = 16;

/** Groups of a transcript are marked, or are what its list holds. */
export const WATCH = `{
  const told = { firstRowMs: null, rowsMax: 0, groupsMax: 0, longTasksMs: [], keys: [] };
  globalThis.turnpikeTold = told;
  const watch = (type, take) =>
    new PerformanceObserver((list) => list.getEntries().forEach(take))
      .observe({ type, buffered: true, durationThreshold: ${KEY_MS} });
  watch("longtask", ({ duration }) => told.longTasksMs.push(duration));
  watch("event", ({ interactionId, duration }) => {
    if (interactionId > 0) told.keys.push({ id: interactionId, ms: duration });
  });
  const count = (selector) => document.querySelectorAll(selector).length;
  let hasRow = false;
  new MutationObserver(() => {
    const rows = count("[data-row]");
    told.rowsMax = Math.max(told.rowsMax, rows);
    told.groupsMax = Math.max(told.groupsMax, count("li[data-group]") || count("main section > ol > li"));
    if (rows === 0 || hasRow) return;
    hasRow = true;
    // The frame that draws it is over when the next task runs.
    requestAnimationFrame(() => setTimeout(() => { told.firstRowMs = performance.now(); }));
  }).observe(document, { childList: true, subtree: true });
}`;

/** After what the browser has yet to tell. */
export function told(page: Page): Promise<Told> {
  return inPage<Told>(page, "new Promise((resolve) => setTimeout(() => resolve(turnpikeTold), 500))");
}

export async function forget(page: Page): Promise<void> {
  await told(page);
  await inPage(page, "Object.assign(turnpikeTold, { longTasksMs: [], keys: [] }); undefined");
}

/** From a key until what it changed was painted: 95 of 100 keys were as fast. Of each key the slowest of its events counts. */
export function keyP95({ keys }: Told, pressed: number): string {
  const slowest = new Map<number, number>();
  for (const { id, ms } of keys) slowest.set(id, Math.max(slowest.get(id) ?? 0, ms));
  const known = [...slowest.values()];
  const fast = Array.from({ length: Math.max(0, pressed - known.length) }, () => KEY_MS);
  const p95 = quantile([...known, ...fast], 0.95);
  return `${p95 <= KEY_MS ? `≤ ${KEY_MS}` : p95} (slowest ${Math.max(KEY_MS, ...known)})`;
}

export function longTasks({ longTasksMs }: Told): string {
  if (longTasksMs.length === 0) return "none";
  return `${longTasksMs.length} (longest ${Math.max(...longTasksMs)} ms)`;
}
