/**
 * Goal: a turn at which an agent fails again and again is seen by whoever operates the gateway, holds nobody else up, and
 * can be given up (G11, G12).
 * Method: a turn that fails twice, listed and discarded while it waits for its next try, and while an agent has it.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { ClaimedTurn } from "../../../src/core/turn.ts";
import { answer, claimed, mustClaim, sayNow, stateOf } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { MINUTE, TURN_RETRY } from "./samples.ts";

const FAILURE = { kind: "retry", reason: "500 from the bot", retryAfterMs: 0 } as const;

function fail(bench: Bench, { turnId, fence }: ClaimedTurn) {
  return bench.store.failTurn({ turnId, fence, failure: FAILURE, retry: TURN_RETRY, random: 0 });
}

const listed = async (bench: Bench) => {
  const query = { kind: null, channel: null, account: null, conversation: null, since: null, before: null };
  return (await bench.store.listWaiting({ ...query, states: ["ready", "leased"], limit: 10 })).items;
};

/** Its agent has failed at it once, and has it again. */
async function failedOnce(bench: Bench, id = "m1"): Promise<ClaimedTurn> {
  const turn = await claimed(bench, id);
  bench.clock.step((await fail(bench, turn)).nextInMs);
  return await mustClaim(bench, turn.turnId);
}

/** And once more: it waits for its next try. */
async function failedTwice(bench: Bench): Promise<string> {
  const turn = await failedOnce(bench);
  await fail(bench, turn);
  return turn.turnId;
}

const discard = (bench: Bench, id: string, actionId = "a1") =>
  bench.store.operate({ actionId, actor: "cli", action: "discard", id });

export function failingAgain(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a turn that fails again and again", () => {
    test("is listed from its second failure, with its reason, also while an agent has it", async (bench) => {
      const turn = await failedOnce(bench);
      expect(await listed(bench)).toEqual([]);
      const { nextInMs } = await fail(bench, turn);
      const shown = { id: turn.turnId, kind: "turn", failures: 2, reason: FAILURE.reason };
      expect(await listed(bench)).toMatchObject([{ ...shown, state: "ready" }]);
      bench.clock.step(nextInMs);
      await mustClaim(bench, turn.turnId);
      expect(await listed(bench)).toMatchObject([{ ...shown, state: "leased" }]);
    });

    test("is never in the way of those that haven't failed, however long it has been due", async (bench) => {
      const turn = await claimed(bench, "m1");
      await fail(bench, turn);
      bench.clock.step(MINUTE);
      const { turnId: other } = await sayNow(bench, "m2", { peerId: "U2" });
      const first = async (failed: boolean) =>
        (await bench.store.readyTurns({ accountKey: "line/default", failed, limit: 1 })).due;
      expect([await first(false), await first(true)]).toEqual([[other], [turn.turnId]]);
    });

    test("isn't an operator's to discard before: it is on its way", async (bench) => {
      const turn = await claimed(bench, "m1");
      await fail(bench, turn);
      expect(await discard(bench, turn.turnId)).toMatchObject({ why: "wrong-state", state: "ready" });
      bench.clock.step(MINUTE);
      await mustClaim(bench, turn.turnId);
      expect(await discard(bench, turn.turnId)).toMatchObject({ why: "wrong-state", state: "leased" });
    });

    test("is discarded while it waits for its next try, and the next turn of its person goes", async (bench) => {
      const turnId = await failedTwice(bench);
      const { turnId: next } = await sayNow(bench, "m2");
      expect((await readyTurns(bench.store, 10)).due).toEqual([]);
      const done = { kind: "done", from: "ready", to: "dead" };
      expect(await discard(bench, turnId)).toMatchObject({ ...done, isRepeated: false });
      expect(await discard(bench, turnId)).toMatchObject({ ...done, isRepeated: true });
      expect(await listed(bench)).toEqual([]);
      expect(await readyTurns(bench.store, 10)).toEqual({ due: [next], nextInMs: null });
      bench.clock.step(MINUTE);
      expect((await readyTurns(bench.store, 10)).due).toEqual([next]);
    });

    test("is taken from the agent that has it, whose answer is refused, and the next turn goes", async (bench) => {
      const turnId = await failedTwice(bench);
      bench.clock.step(MINUTE);
      const held = await mustClaim(bench, turnId);
      const { turnId: next } = await sayNow(bench, "m2");
      expect(await discard(bench, turnId)).toMatchObject({ kind: "done", from: "leased", to: "dead" });
      expect(await oneRow(bench, "turn", { turn_id: turnId })).toMatchObject({ owner: null, lease_expires_at: null });
      await expect(answer(bench, held, ["too late"])).rejects.toThrow(Fenced);
      await expect(fail(bench, held)).rejects.toThrow(Fenced);
      expect(await stateOf(bench, "turn", turnId)).toBe("dead");
      expect(await bench.rows("delivery")).toEqual([]);
      expect((await readyTurns(bench.store, 10)).due).toEqual([next]);
    });
  });
}
