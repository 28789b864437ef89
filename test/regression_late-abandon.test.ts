/**
 * Goal: a process that couldn't learn whether its attempt was recorded takes back that attempt, and never a later one whose
 * call it has made: a reply token that the platform has taken would be "invalid" at the next try, and the person would get
 * the answer again by another route. Found by the seeded simulation.
 * Method: as in `pipeline.test.ts`; the store is unavailable for one record, and slow when the process takes it back.
 */
import { afterEach, expect, test } from "vitest";
import { Unavailable } from "../src/core/errors.ts";
import { pause } from "../src/runtime/clock.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";
import { separateTransactions } from "./support/separate-transactions.ts";

let whole: AssembledGateway | null = null;
afterEach(async () => {
  await whole?.end();
  whole = null;
});

/** Longer than the wait after a poll that failed, shorter than a call may take. */
const SLOW_MS = 2_000;

/** The first record is made or not, and either way nobody learns of it; the word that takes it back comes late. */
function forgetful(shares: Store, isMade: boolean): Store {
  let starts = 0;
  const store = separateTransactions(shares);
  return {
    ...store,
    startAttempt: async (start) => {
      starts += 1;
      if (starts > 1) return await store.startAttempt(start);
      if (isMade) await store.startAttempt(start);
      throw new Unavailable("the store is unavailable");
    },
    abandonAttempt: async (abandon) => {
      await pause(gateway().clock, SLOW_MS);
      await store.abandonAttempt(abandon);
    },
  };
}

/** The same of an attempt that is recorded with the answer. */
function forgetfulOfAnswers(store: Store, isMade: boolean): Store {
  let answers = 0;
  return {
    ...store,
    answerTurn: async (answer) => {
      answers += 1;
      if (answers > 1) return await store.answerTurn(answer);
      if (isMade) await store.answerTurn(answer);
      throw new Unavailable("the store is unavailable");
    },
    abandonAttempt: async (abandon) => {
      await pause(gateway().clock, SLOW_MS);
      await store.abandonAttempt(abandon);
    },
  };
}

function gateway(): AssembledGateway {
  if (whole === null) throw new Error("no gateway was started");
  return whole;
}

test.each([
  ["made", true, forgetful],
  ["not made", false, forgetful],
  ["made with the answer", true, forgetfulOfAnswers],
  ["not made with the answer", false, forgetfulOfAnswers],
])(
  "regression_a_record_taken_back_late_takes_back_no_call_that_was_made_since (it was %s)",
  async (_, isMade, wrap) => {
    whole = assembleGateway({ answer: () => "hello", wrapStore: (store) => wrap(store, isMade) });
    await whole.start();
    // The call that follows is still under way when the word comes; the platform has taken it at once.
    whole.simulator.faults.next("reply", { at: "slow", delayMs: 3 * SLOW_MS });
    await whole.simulator.person("Uann").says("hi");
    // Long before the attempt's lease expires: it ended as not made, and not as unknown.
    await whole.clock.advance(3 * SLOW_MS);
    expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
    await whole.clock.advance(60_000);
    expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
    expect(whole.simulator.calls.map(({ status }) => status)).toEqual([200]);
  },
);

test("regression_two_looks_at_once_start_no_delivery_twice_and_neither_takes_back_the_others_call", async () => {
  let starts = 0;
  whole = assembleGateway({
    answer: () => "hello",
    wrapStore: (store) => ({
      ...separateTransactions(store),
      // The loop's poll waits until the last poll of the shutdown has its list too.
      dueDeliveries: async (query) => {
        const due = await store.dueDeliveries(query);
        if (due.due.length > 0 && starts === 0) await pause(gateway().clock, SLOW_MS);
        return due;
      },
      startAttempt: async (start) => {
        starts += 1;
        if (starts > 1) throw new Unavailable("the store is unavailable");
        return await store.startAttempt(start);
      },
    }),
  });
  const running = await whole.start();
  whole.simulator.faults.next("reply", { at: "slow", delayMs: 2 * SLOW_MS });
  await whole.simulator.person("Uann").says("hi");
  await whole.clock.settle();
  const stopped = running.stop();
  await whole.clock.advance(60_000);
  await stopped;
  expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
  expect(starts).toBe(1);
});
