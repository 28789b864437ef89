/** Seeds shared out among processes: a run of one seed uses one core, and runs know nothing of each other. */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Coverage } from "./coverage.ts";
import { addTotals, type Share, simulate, type Total } from "./simulate.ts";
import { storeFixtureOf } from "./store-fixtures.ts";

/** What a worker says: how many seeds are done, and at the end what they came to. */
export type Word =
  | { readonly done: number }
  | { readonly total: Omit<Total, "coverage">; readonly pairs: readonly (readonly [string, number])[] };

export function sharesOf({ from, count, ...where }: Share, jobs: number): Share[] {
  const ends = Array.from({ length: jobs + 1 }, (_, job) => from + Math.floor((count * job) / jobs));
  return ends
    .slice(1)
    .map((end, job) => ({ from: ends[job] ?? from, count: end - (ends[job] ?? from), ...where }))
    .filter((share) => share.count > 0);
}

/** As `simulate`, by that many processes at once; a failing seed is listed as if there were one. */
export async function simulateInJobs(share: Share, jobs: number, onSeed: (done: number) => void): Promise<Total> {
  if (jobs <= 1) {
    await using storeFixture = await storeFixtureOf(share);
    return await simulate(share, onSeed, storeFixture);
  }
  const shares = sharesOf(share, jobs);
  const done = shares.map(() => 0);
  const onWord = (job: number) => (count: number) => {
    done[job] = count;
    onSeed(done.reduce((sum, one) => sum + one, 0));
  };
  const totals = await Promise.all(shares.map((one, job) => inProcess(one, onWord(job))));
  return totals.reduce(addTotals);
}

function inProcess(share: Share, onSeed: (done: number) => void): Promise<Total> {
  const { from, count } = share;
  const { promise, resolve, reject } = Promise.withResolvers<Total>();
  const worker = fork(fileURLToPath(new URL("jobs-worker.ts", import.meta.url)), [JSON.stringify(share)]);
  worker.on("message", (word: Word) => {
    if ("done" in word) return onSeed(word.done);
    const coverage = new Coverage();
    for (const [pair, times] of word.pairs) coverage.pairs.set(pair, times);
    resolve({ ...word.total, coverage });
  });
  worker.on("error", reject);
  // After its last word this changes nothing. Not at its `exit`: that may be seen before its last word is.
  worker.on("close", (code, signal) =>
    reject(new Error(`the process of seeds ${from} to ${from + count - 1} ended: ${code ?? signal}`)),
  );
  return promise;
}
