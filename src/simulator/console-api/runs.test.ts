/** Goal: one run at a time, each step told with the whole run, and the newest are kept. */
import { expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import type { Verdict } from "../../channels/simulation/scenario-run.ts";
import { Runs } from "./runs.ts";
import type { RunWire } from "./wire.ts";

const WHAT = { channel: "line", scenario: "two-lines", titleKey: "scenario.twoLines" };
const VERDICT: Verdict = { scenario: "two-lines", peerId: "Uann", isMet: true, findings: [] };

function start() {
  const told: RunWire[] = [];
  const runs = new Runs({ clock: manualClock(), random: seededRandom(1), onChange: (run) => told.push(run) });
  return { runs, told };
}

test("its steps are told as they happen, and its verdict when another may begin", async () => {
  const { runs, told } = start();
  const ends = Promise.withResolvers<{ verdict: Verdict }>();
  const begun = runs.start(WHAT, async (report) => {
    report({ kind: "begins", scenario: "two-lines", peerId: "Uann" });
    report({ kind: "verdict", verdict: VERDICT });
    return await ends.promise;
  });
  expect(begun).toMatchObject({ ...WHAT, peerId: null, progress: [], verdict: null, failure: null });
  expect(runs.start(WHAT, async () => ({ verdict: VERDICT }))).toBeNull();
  expect(runs.newest).toMatchObject({ runId: begun?.runId, peerId: "Uann", verdict: null });
  ends.resolve({ verdict: VERDICT });
  await expect.poll(() => runs.newest?.verdict).toEqual(VERDICT);
  expect(told.map(({ progress }) => progress.length)).toEqual([0, 1, 2, 2]);
  expect(runs.start(WHAT, async () => ({ verdict: VERDICT }))).not.toBeNull();
});

test("one that fails says why, and the next may begin", async () => {
  const { runs } = start();
  runs.start(WHAT, () => Promise.reject(new Error("the platform is closed")));
  await expect.poll(() => runs.newest?.failure).toBe("the platform is closed");
  expect(runs.newest?.verdict).toBeNull();
  expect(runs.start(WHAT, async () => ({ verdict: VERDICT }))).not.toBeNull();
});

test("the newest twenty are kept", async () => {
  const { runs } = start();
  const ids: string[] = [];
  for (let run = 0; run < 21; run += 1) {
    ids.push(runs.start(WHAT, async () => ({ verdict: VERDICT }))?.runId ?? "none");
    await expect.poll(() => runs.newest?.verdict).not.toBeNull();
  }
  expect(new Set(ids).size).toBe(21);
  expect(ids.map((id) => runs.get(id) !== null)).toEqual([false, ...Array.from({ length: 20 }, () => true)]);
});
