/**
 * Goal: what a person says while the bot works on their last words gets one answer that knows all of it, where that is
 * set; and taps that only serve the screen get none.
 * Method: a whole gateway with real SQLite on a manual clock, LINE over its simulator, an agent that answers when told.
 */
import { afterEach, expect, test } from "vitest";
import { ANN, endAll, routes, SECOND, screen, withPatience } from "./support/cost-policy.ts";

afterEach(endAll);

const BATCH = { batch: { quietMs: 1_500 } };

test("by default later words wait, and get an answer of their own", async () => {
  const { whole, asked, finish } = await withPatience({});
  await whole.simulator.person(ANN).says("a table");
  await whole.clock.advance(2 * SECOND);
  await whole.simulator.person(ANN).says("for two");
  await whole.clock.advance(2 * SECOND);
  await finish(0, "first");
  await finish(1, "second");
  expect([asked.map(({ turn }) => turn.text), screen(whole)]).toEqual([
    ["a table", "for two"],
    ["first", "second"],
  ]);
});

test("with `interrupt` the agent is stopped at once, and asked again with all of it: one answer, free", async () => {
  const { whole, asked, finish } = await withPatience({}, { settings: { ...BATCH, busy: { mode: "interrupt" } } });
  await whole.simulator.person(ANN).says("a table");
  await whole.clock.advance(2 * SECOND);
  await whole.simulator.person(ANN).says("for two");
  await whole.clock.settle();
  expect(asked[0]?.signal.aborted).toBe(true);
  await whole.clock.advance(2 * SECOND);
  await finish(0, "too late");
  await finish(1, "a table for two");
  expect(asked.map(({ turn }) => turn.text)).toEqual(["a table", "a table\nfor two"]);
  expect([screen(whole), routes(whole)]).toEqual([["a table for two"], ["reply"]]);
  expect(asked[0]?.turn.turnId).not.toBe(asked[1]?.turn.turnId);
});

test("a postback that a rule names gets no answer while the bot works, and one while it doesn't", async () => {
  const { whole, asked, finish } = await withPatience({}, { settings: { busy: { skip: ["action=other"] } } });
  await whole.simulator.person(ANN).says("hello");
  await whole.clock.advance(2 * SECOND);
  await whole.simulator.person(ANN).taps("action=other&page=2");
  await whole.clock.advance(2 * SECOND);
  await finish(0, "hi");
  await whole.clock.advance(60 * SECOND);
  expect([asked.length, screen(whole)]).toEqual([1, ["hi"]]);
  expect(await whole.count("turns_total", { outcome: "skipped" })).toBe(1);
  await whole.simulator.person(ANN).taps("action=other&page=3");
  await whole.clock.settle();
  await finish(1, "page 3");
  expect(screen(whole)).toEqual(["hi", "page 3"]);
});

test("whoever is not in the rollout gets an answer to each message, and a turn that is open stays as it was", async () => {
  const settings = { ...BATCH, rollout: { percent: 0, peers: [ANN] } };
  const { whole, asked } = await withPatience({}, { settings });
  await whole.simulator.person(ANN).says("one");
  await whole.simulator.person(ANN).says("two");
  await whole.simulator.person("Ubob").says("three");
  await whole.clock.settle();
  expect(asked.map(({ turn }) => turn.text)).toEqual(["three"]);
  await whole.clock.advance(2 * SECOND);
  expect(asked.map(({ turn }) => turn.text)).toEqual(["three", "one\ntwo"]);
});
