import { describe, expect, test } from "vitest";
import type { Store } from "../../../src/store/store.ts";
import { separateTransactions } from "../separate-transactions.ts";
import { type Disk, sqliteDisk } from "./disk.ts";
import { pointsOf, run as runOn } from "./run.ts";
import { SCENARIOS } from "./scenarios.ts";
import { SCENARIOS_BESIDE } from "./scenarios-beside.ts";
import type { Fault } from "./tap.ts";

/** 1: every call. More: every so many, from another place in each scenario; `npm run check` has a minute for everything. */
const STEP = Number(process.env.TURNPIKE_TEST_FAULT_STEP ?? 29);

/**
 * Steps of a message that follow at once share a transaction where there is room; both ways have their points. With every
 * call the separate one has every third: most are those of the shared one.
 */
const WAYS = [
  ["in shared transactions", (store: Store) => store, STEP],
  ["in separate transactions", separateTransactions, STEP === 1 ? 3 : STEP],
] as const;

function diskOf(wrapStore: (store: Store) => Store): Disk {
  const disk = sqliteDisk();
  return { ...disk, open: async (parts) => wrapStore(await disk.open(parts)) };
}

/** Each scenario once without a fault, to count its calls; then once per call and fault. */
export function faultPoints(faults: readonly Fault[]): void {
  const numbered = [...SCENARIOS, ...SCENARIOS_BESIDE].flatMap((scenario, place) =>
    WAYS.filter((_, way) => STEP === 1 || way === place % WAYS.length).map(
      ([name, wrapStore, step]) => [`${scenario.name}, ${name}`, scenario, place, wrapStore, step] as const,
    ),
  );
  describe.each(numbered)("%s", (_, scenario, place, wrapStore, step) => {
    const run = (...[of, plan]: Parameters<typeof runOn>) => runOn(of, plan, diskOf(wrapStore));
    test("without a fault", async () => {
      expect((await run(scenario, null)).broken).toEqual([]);
    });

    test.each(faults)(
      `and at ${step === 1 ? "every call" : `every ${step}th call`}: %s`,
      { timeout: 120_000 },
      async (fault) => {
        const { calls } = await run(scenario, null);
        const all = pointsOf(calls);
        const points = all.filter((_, index) => index % step === place % Math.min(step, all.length));
        const broken: string[] = [];
        for (const { at, call } of points) {
          const found = await run(scenario, { at, fault });
          broken.push(...found.broken.map((sentence) => `at call ${at}, ${call}: ${sentence}`));
        }
        expect(all.length).toBeGreaterThanOrEqual(4);
        expect(points.length).toBeGreaterThanOrEqual(1);
        expect(broken).toEqual([]);
      },
    );
  });
}
