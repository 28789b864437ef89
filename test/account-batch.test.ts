/**
 * Goal: an account batches in its own way where that is set, and as all others where it isn't.
 * Method: a whole gateway with real SQLite on a manual clock; the same two words under each setting.
 */
import { afterEach, expect, test } from "vitest";
import { ANN, endAll, SECOND, withPatience } from "./support/cost-policy.ts";

afterEach(endAll);

test.each([
  ["of its own", { "line/default": { quietMs: 0 } }, ["one", "two"]],
  ["of all, without its own", {}, ["one\ntwo"]],
  ["of its own with another least", { "line/default": { maxEvents: 2 } }, ["one\ntwo"]],
])("a burst under a batching %s", async (_whose, accountBatch, expected) => {
  const settings = { batch: { quietMs: 60_000, maxWaitMs: 5 * SECOND }, accountBatch };
  const { whole, asked, finish } = await withPatience({}, { settings });
  await whole.simulator.person(ANN).says("one");
  await whole.simulator.person(ANN).says("two");
  await whole.clock.advance(6 * SECOND);
  await finish(0, "first");
  await whole.clock.advance(SECOND);
  expect(asked.map(({ turn }) => turn.text)).toEqual(expected);
});

test("of an account that isn't there stops the start: it was meant for one that is", async () => {
  const settings = { accountBatch: { "line/shpo": { quietMs: 0 } } };
  await expect(withPatience({}, { settings })).rejects.toThrow('accountBatch: read "line/shpo"; allowed: line/default');
});
