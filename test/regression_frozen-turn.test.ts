/**
 * Goal: a turn that an agent had has the same events at every attempt, also when the person takes a message back in
 * between (§6.2: sealed means frozen). Each message is taken back once: a second word about it is only a copy.
 */
import { expect } from "vitest";
import { claimed, mustClaim } from "./support/stores/conformance-steps.ts";
import { testOn } from "./support/stores/harness.ts";
import { message, policy, retraction, TURN_RETRY } from "./support/stores/samples.ts";
import { sqliteHarness } from "./support/stores/sqlite.ts";

const test = testOn(sqliteHarness);

test("a message that is taken back between two attempts stays in its turn", async (bench) => {
  const turn = await claimed(bench, "m1");
  await bench.store.failTurn({ ...turn, failure: { kind: "handed-back" }, retry: TURN_RETRY, random: 0 });
  const unsend = { ...message("unsend-m1", { effect: "store", revises: retraction("m1") }), type: "unsend" };
  expect(await bench.store.ingest(unsend, policy())).toMatchObject({ kind: "accepted" });
  expect((await mustClaim(bench, turn.turnId)).events).toEqual(turn.events);
});
