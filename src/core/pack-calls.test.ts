import fc from "fast-check";
import { expect, test } from "vitest";
import { packCalls, type Unit } from "./pack-calls.ts";

const unit = fc.record({
  bundledId: fc.option(fc.stringMatching(/^dlv_\d{3}$/)),
  messages: fc.array(fc.integer(), { minLength: 1, maxLength: 5 }),
});
const units: fc.Arbitrary<Unit[]> = fc.array(unit, { maxLength: 30 });

test("seven messages fill two calls of at most five", () => {
  const seven = Array.from({ length: 7 }, (_, index): Unit => ({ bundledId: null, messages: [index] }));
  expect(packCalls(seven, 5).map((call) => call.messages)).toEqual([
    [0, 1, 2, 3, 4],
    [5, 6],
  ]);
});

test("a parked delivery travels whole, in front of the answer", () => {
  const parked: Unit = { bundledId: "dlv_1", messages: ["a", "b", "c"] };
  const answer: Unit[] = ["x", "y", "z"].map((message) => ({ bundledId: null, messages: [message] }));
  expect(packCalls([parked, ...answer], 5)).toEqual([
    { bundledIds: ["dlv_1"], messages: ["a", "b", "c", "x", "y"], own: ["x", "y"], problem: null },
    { bundledIds: [], messages: ["z"], own: ["z"], problem: null },
  ]);
});

test("nothing to send makes no call", () => {
  expect(packCalls([], 5)).toEqual([]);
});

test("every message goes out once, in order, in calls of at most five", () => {
  fc.assert(
    fc.property(units, (all) => {
      const calls = packCalls(all, 5);
      expect(calls.flatMap((call) => call.messages)).toEqual(all.flatMap((one) => one.messages));
      expect(calls.flatMap((call) => call.bundledIds)).toEqual(all.flatMap((one) => one.bundledId ?? []));
      for (const call of calls) expect(call.messages.length).toBeGreaterThan(0);
      for (const call of calls) expect(call.messages.length).toBeLessThanOrEqual(5);
    }),
  );
});

test("a delivery is never torn: its messages are all in the call that names it", () => {
  fc.assert(
    fc.property(units, (all) => {
      const named = all.map((one, index) => ({ bundledId: `dlv_${index}`, messages: one.messages.map(() => index) }));
      for (const call of packCalls(named, 5)) {
        const expected = named.filter((one) => call.bundledIds.includes(one.bundledId)).flatMap((one) => one.messages);
        expect(call.messages).toEqual(expected);
      }
    }),
  );
});

test("a call is opened only when the next unit didn't fit into the one before", () => {
  fc.assert(
    fc.property(units, (all) => {
      const named = all.map((one, index) => ({ bundledId: `dlv_${index}`, messages: one.messages }));
      const calls = packCalls(named, 5);
      for (const [index, call] of calls.slice(1).entries()) {
        const first = named.find((one) => one.bundledId === call.bundledIds[0]);
        const before = calls[index]?.messages.length ?? 0;
        expect(before + (first?.messages.length ?? 0)).toBeGreaterThan(5);
      }
    }),
  );
});

test("what is known to be refused shares its call with nothing", () => {
  const units = ["a", "bad", "b", "c"].map((word) => ({
    bundledId: null,
    messages: [word],
    problem: word === "bad" ? "it is bad" : null,
  }));
  expect(packCalls(units, 5).map(({ messages, problem }) => [messages, problem])).toEqual([
    [["a"], null],
    [["bad"], "it is bad"],
    [["b", "c"], null],
  ]);
});
