/**
 * Goal: loops poll again when told, when due, after a failure and never after the end; a lost lease ends one piece of
 * work and no more.
 * Method: a manual clock, the real wake-ups, and polls that the test answers.
 */
import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { Fenced } from "../core/errors.ts";
import type { Log } from "./log.ts";
import { type PollResult, Runner, unlessFenced } from "./loop.ts";
import { createWakeup } from "./wakeup.ts";

const IDLE: PollResult = { more: false, nextInMs: null };
const POLL_MS = 1_000;

function running(answer: (pollNumber: number) => PollResult | Promise<PollResult> = () => IDLE) {
  const clock = manualClock();
  const lines: { level: string; fields: Record<string, unknown>; message: string }[] = [];
  const at = (level: string) => (fields: Record<string, unknown>, message: string) => {
    lines.push({ level, fields, message });
  };
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") };
  let leasesLost = 0;
  const runner = new Runner({
    clock,
    log,
    onLeaseLost: () => {
      leasesLost += 1;
    },
  });
  const wake = createWakeup<"send" | "claim">(clock);
  const polls: number[] = [];
  const begun = clock.now();
  const poll = async () => {
    polls.push(clock.now() - begun);
    return await answer(polls.length);
  };
  return {
    clock,
    runner,
    wake,
    polls,
    lines,
    leasesLost: () => leasesLost,
    begin: () => runner.loop({ name: "send", poll, wake, pollMs: POLL_MS }),
  };
}

test("a loop polls at once, and then at its interval", async () => {
  const { clock, polls, begin, runner } = running();
  begin();
  await clock.advance(2_500);
  expect(polls).toEqual([0, 1_000, 2_000]);
  await runner.stopLoops();
});

test("it polls when something becomes due, if that is sooner than its interval", async () => {
  const { clock, polls, begin, runner } = running((pollNumber) => ({
    more: false,
    nextInMs: pollNumber === 1 ? 70 : 5_000,
  }));
  begin();
  await clock.advance(1_069);
  expect(polls).toEqual([0, 70]);
  await clock.advance(1);
  expect(polls).toEqual([0, 70, 1_070]);
  await runner.stopLoops();
});

test("it polls again at once while there is more than one poll takes", async () => {
  const { clock, polls, begin, runner } = running((pollNumber) => ({ more: pollNumber < 5, nextInMs: null }));
  begin();
  await clock.settle();
  expect(polls).toEqual([0, 0, 0, 0, 0]);
  await runner.stopLoops();
});

test("a signal makes it poll at once, and one that comes during a poll isn't lost", async () => {
  const { clock, wake, polls, begin, runner } = running((pollNumber) => {
    if (pollNumber === 2) wake.signal("send");
    return IDLE;
  });
  begin();
  await clock.advance(10);
  wake.signal("claim");
  await clock.settle();
  expect(polls).toEqual([0]);
  wake.signal("send");
  await clock.settle();
  expect(polls).toEqual([0, 10, 10]);
  await runner.stopLoops();
});

test("after a poll that failed it waits half a second and goes on, and says what happened", async () => {
  const { clock, polls, lines, begin, runner } = running((pollNumber) => {
    if (pollNumber <= 2) throw new Error("the database is unavailable");
    return IDLE;
  });
  begin();
  await clock.advance(1_000);
  expect(polls).toEqual([0, 500, 1_000]);
  expect(lines).toEqual(
    Array.from({ length: 2 }, () => ({
      level: "error",
      fields: { loop: "send", reason: "the database is unavailable" },
      message: "work failed: the next poll goes on from the database",
    })),
  );
  await runner.stopLoops();
});

test("the end stops the wait, lets a poll that is under way finish, and no other begins", async () => {
  const pollNumber = Promise.withResolvers<PollResult>();
  const { clock, polls, begin, runner } = running((count) => (count === 1 ? IDLE : pollNumber.promise));
  begin();
  await clock.advance(POLL_MS);
  expect(polls).toHaveLength(2);
  let hasEnded = false;
  const ended = runner.stopLoops().then(() => {
    hasEnded = true;
  });
  await clock.settle();
  expect(hasEnded).toBe(false);
  pollNumber.resolve({ more: true, nextInMs: 0 });
  await ended;
  await clock.advance(10_000);
  expect(polls).toHaveLength(2);
  expect(clock.nextIn()).toBeNull();
});

test("a lost lease ends its task, is counted and logged as a warning, and stops nothing else", async () => {
  const { clock, runner, lines, leasesLost, polls, begin } = running();
  begin();
  let after = "not reached";
  runner.task("invoke", async () => {
    await Promise.reject(new Fenced("turn_1", 7));
    after = "reached";
  });
  await clock.settle();
  expect(after).toBe("not reached");
  expect(leasesLost()).toBe(1);
  expect(lines).toEqual([
    {
      level: "warn",
      fields: { task: "invoke", subject: "turn_1", fence: 7 },
      message: "lease lost: nothing was changed",
    },
  ]);
  await clock.advance(POLL_MS);
  expect(polls).toHaveLength(2);
  await runner.stopLoops();
});

test("any other error of a task is logged as an error, and is no lost lease", async () => {
  const { clock, runner, lines, leasesLost } = running();
  runner.task("invoke", () => Promise.reject(new TypeError("wrong")));
  await clock.settle();
  expect(lines).toMatchObject([{ level: "error", fields: { task: "invoke", reason: "TypeError: wrong" } }]);
  expect(leasesLost()).toBe(0);
  expect(await runner.idle(0)).toBe(true);
});

test("tasks are counted by kind while they work, failed ones too", async () => {
  const { clock, runner } = running();
  const work = Promise.withResolvers<void>();
  runner.task("invoke", () => work.promise);
  runner.task("invoke", () => work.promise);
  runner.task("send", () => work.promise);
  expect([runner.active("invoke"), runner.active("send"), runner.active("seal")]).toEqual([2, 1, 0]);
  work.reject(new Error("over"));
  await clock.settle();
  expect([runner.active("invoke"), runner.active("send")]).toEqual([0, 0]);
});

test("idle waits for every task, those that a task starts too", async () => {
  const { clock, runner } = running();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  runner.task("invoke", async () => {
    await first.promise;
    runner.task("send", () => second.promise);
  });
  let isIdle: boolean | null = null;
  void runner.idle(5_000).then((result) => {
    isIdle = result;
  });
  first.resolve();
  await clock.settle();
  expect(isIdle).toBeNull();
  second.resolve();
  await clock.settle();
  expect(isIdle).toBe(true);
  expect(clock.nextIn()).toBeNull();
});

test("idle gives up after its limit and says so", async () => {
  const { clock, runner } = running();
  runner.task("invoke", () => new Promise(() => {}));
  let isIdle: boolean | null = null;
  void runner.idle(5_000).then((result) => {
    isIdle = result;
  });
  await clock.advance(4_999);
  expect(isIdle).toBeNull();
  await clock.advance(1);
  expect(isIdle).toBe(false);
});

test("unlessFenced returns a lost lease as a value, and throws any other error", async () => {
  expect(await unlessFenced(async () => "done")).toBe("done");
  expect(await unlessFenced(() => Promise.reject(new Fenced("turn_1", 7)))).toBe("fenced");
  await expect(unlessFenced(() => Promise.reject(new Error("other")))).rejects.toThrow("other");
});
