/** Goal: who is batched is the same each time, and a higher percentage only adds people. */
import { expect, test } from "vitest";
import { batchFor, type Rollout } from "./rollout.ts";

const BATCH = { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 50 };

const people = Array.from({ length: 2_000 }, (_, n) => `U${n}`);

function batched(percent: number, peers: readonly string[] = [], account = "default"): string[] {
  const rollout: Rollout = { percent, peers };
  return people.filter(
    (peerId) => batchFor({ channel: "line", account, kind: "user", peerId }, BATCH, rollout).quietMs > 0,
  );
}

test("at 100 percent everybody is batched, and at 0 nobody", () => {
  expect(batched(100)).toEqual(people);
  expect(batched(0)).toEqual([]);
});

test("those on the list are batched whatever the percentage, and only under exactly that id", () => {
  expect(batched(0, ["U7", "u8", " U9"])).toEqual(["U7"]);
});

test("a higher percentage keeps whoever was in", () => {
  const [few, more] = [batched(10), batched(50)];
  expect(few.filter((one) => !more.includes(one))).toEqual([]);
  // 2 000 throws of a fair die at 10 and 50 percent: five standard deviations around 200 and 1 000.
  expect(Math.abs(few.length - 200)).toBeLessThan(67);
  expect(Math.abs(more.length - 1_000)).toBeLessThan(112);
});

test("two accounts of one person are two", () => {
  expect(batched(50, [], "shop")).not.toEqual(batched(50, [], "help"));
});
