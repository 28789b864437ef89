/**
 * Goal: an agent's failure delays a turn and loses nothing, and its first answer is the answer (G4, G8; regressions
 * 28–31).
 * Method: failures of every kind by the clock, answers in every order; each refusal is compared with a full dump.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { LeasedTurn } from "../../../src/core/turn.ts";
import type { Store } from "../../../src/store/store.ts";
import {
  answer,
  claim,
  claimed,
  mustClaim,
  queued,
  sayNow,
  sending,
  sent,
  start,
  stateOf,
} from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { DAY, HOUR, MINUTE, outgoing, SECOND, T, TURN_RETRY, texts } from "./samples.ts";

const LIMIT = 100;
const RETRY = { kind: "retry", reason: "the agent was away", retryAfterMs: 0 } as const;

async function ready(bench: Bench): Promise<readonly string[]> {
  return (await readyTurns(bench.store, LIMIT)).due;
}

function fail(bench: Bench, { turnId, fence }: LeasedTurn, failure: Parameters<Store["failTurn"]>[0]["failure"]) {
  return bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, random: 0 });
}

export function failing(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("failTurn", () => {
    test("hands a turn back at once, backs off when it comes again and again, and counts no failure", async (bench) => {
      let turn = await claimed(bench, "m1");
      bench.clock.step(DAY);
      const waits: number[] = [];
      for (let round = 0; round < 2 * TURN_RETRY.maxAttempts; round++) {
        const failed = await fail(bench, turn, { kind: "handed-back" });
        expect(failed.state).toBe("ready");
        waits.push(failed.nextInMs);
        bench.clock.step(failed.nextInMs);
        turn = await mustClaim(bench, turn.turnId);
      }
      expect(waits.slice(0, 3)).toEqual([0, 0, 0]);
      expect(Math.min(...waits.slice(3))).toBeGreaterThan(0);
      expect(await fail(bench, turn, RETRY)).toMatchObject({ state: "ready" });
    });

    test("makes a refused turn dead at once, with the reason and its events kept", async (bench) => {
      const turn = await claimed(bench, "m1");
      expect(await fail(bench, turn, { kind: "dead", reason: "422" })).toMatchObject({ state: "dead" });
      expect(await oneRow(bench, "turn", { turn_id: turn.turnId })).toMatchObject({ state: "dead", reason: "422" });
      expect(await bench.rows("event", { turn_id: turn.turnId })).toHaveLength(1);
      expect(await ready(bench)).toEqual([]);
    });

    test("backs off, doubling, and says until when", async (bench) => {
      let turn = await claimed(bench, "m1");
      for (const nextInMs of [500, 1_000, 2_000, 4_000]) {
        expect(await fail(bench, turn, RETRY)).toEqual({ state: "ready", nextInMs });
        bench.clock.step(nextInMs - 1);
        expect(await readyTurns(bench.store, LIMIT)).toEqual({ due: [], nextInMs: 1 });
        expect(await claim(bench, turn.turnId)).toBeNull();
        bench.clock.step(1);
        turn = await mustClaim(bench, turn.turnId);
      }
    });

    for (const retryAfterMs of [7 * SECOND, HOUR, 2 * DAY]) {
      test(`waits the ${retryAfterMs} ms that the agent asked for`, async (bench) => {
        const turn = await claimed(bench, "m1");
        const { nextInMs } = await fail(bench, turn, { ...RETRY, retryAfterMs });
        expect(nextInMs).toBe(retryAfterMs);
        expect(await ready(bench)).toEqual([]);
        bench.clock.step(nextInMs);
        expect(await ready(bench)).toEqual([turn.turnId]);
      });
    }

    test("gives up only after maxAttempts, however much time has passed", async (bench) => {
      let turn = await claimed(bench, "m1");
      for (let attempt = 1; attempt < TURN_RETRY.maxAttempts; attempt++) {
        bench.clock.step(DAY);
        expect(await fail(bench, turn, RETRY)).toMatchObject({ state: "ready" });
        bench.clock.step(MINUTE);
        turn = await mustClaim(bench, turn.turnId);
      }
      expect(await fail(bench, turn, RETRY)).toMatchObject({ state: "dead" });
      expect((await bench.rows("turn"))[0]?.reason).toContain(RETRY.reason);
    });

    test("gives up only after maxAgeMs, however many attempts were made", async (bench) => {
      let turn = await claimed(bench, "m1");
      for (let state = "ready"; state === "ready"; ) {
        const ageMs = bench.clock.now() - T;
        const result = await fail(bench, turn, RETRY);
        state = result.state;
        expect(state).toBe(ageMs >= TURN_RETRY.maxAgeMs ? "dead" : "ready");
        bench.clock.step(result.nextInMs);
        if (state === "ready") turn = await mustClaim(bench, turn.turnId);
      }
      expect(turn.attempt).toBeGreaterThan(TURN_RETRY.maxAttempts);
    });

    test("counts that time from the first attempt: one that waited for an agent isn't old", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      bench.clock.step(2 * TURN_RETRY.maxAgeMs);
      for (let attempt = 1; attempt <= TURN_RETRY.maxAttempts; attempt++) {
        const result = await fail(bench, await mustClaim(bench, turnId), RETRY);
        expect(result.state).toBe("ready");
        bench.clock.step(result.nextInMs);
      }
    });
  });
}

export function answering(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("answerTurn", () => {
    test("ends the turn and queues its deliveries in one", async (bench) => {
      const turn = await claimed(bench, "m1");
      const answered = await answer(bench, turn, ["a", "b"]);
      await bench.crash();
      expect(answered).toMatchObject({ bundled: 0 });
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("done");
      expect(await bench.rows("delivery")).toMatchObject([
        { delivery_id: answered.deliveryIds[0], turn_id: turn.turnId, state: "pending", attempts: 0 },
      ]);
    });

    test("packs messages into as few calls as they fit in, in order", async (bench) => {
      const said = Array.from({ length: 12 }, (_, index) => `part ${index}`);
      const turn = await claimed(bench, "m1");
      const { deliveryIds } = await answer(bench, turn, said, { perCall: 5 });
      const calls: unknown[][] = [];
      for (const deliveryId of deliveryIds) {
        const { messages } = await oneRow(bench, "delivery", { delivery_id: deliveryId });
        calls.push(JSON.parse(String(messages)) as unknown[]);
      }
      expect(calls).toEqual([texts(...said.slice(0, 5)), texts(...said.slice(5, 10)), texts(...said.slice(10))]);
    });

    test("may be without an answer", async (bench) => {
      const turn = await claimed(bench, "m1");
      expect(await answer(bench, turn, [])).toEqual({
        deliveryIds: [],
        refused: [],
        bundled: 0,
        started: null,
        hasNextTurn: false,
      });
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("done");
      expect(await bench.rows("delivery")).toEqual([]);
    });

    test("refuses a second answer, and nothing has changed", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["first"]);
      const before = await dump(bench);
      await expect(answer(bench, turn, ["second"])).rejects.toThrow(Fenced);
      await expect(answer(bench, turn, ["second"], { done: false })).rejects.toThrow(Fenced);
      expect(await dump(bench)).toEqual(before);
    });

    test("counts one of two answers that come in the same commit", async (bench) => {
      const turn = await claimed(bench, "m1");
      const results = await Promise.allSettled([answer(bench, turn, ["a"]), answer(bench, turn, ["b"])]);
      // Which of them is first is for the store to say.
      expect(results.map((result) => result.status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await bench.rows("delivery")).toHaveLength(1);
    });

    test("that is refused takes nobody with it, in the same commit", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["first"]);
      const refused = expect(answer(bench, turn, ["second"])).rejects.toThrow(Fenced);
      // So many that some share its transaction, however conversations are spread.
      const others = Array.from({ length: 8 }, (_, index) => sayNow(bench, `beside ${index}`, { peerId: `P${index}` }));
      expect((await Promise.all(others)).map(({ kind }) => kind)).toEqual(others.map(() => "accepted"));
      await refused;
      expect(await bench.rows("event")).toHaveLength(1 + others.length);
      expect(await bench.rows("delivery")).toHaveLength(1);
    });

    test("refuses an answer to a turn that was made dead", async (bench) => {
      const turn = await claimed(bench, "m1");
      await fail(bench, turn, { kind: "dead", reason: "no" });
      await expect(answer(bench, turn, ["late"])).rejects.toThrow(Fenced);
      expect(await bench.rows("delivery")).toEqual([]);
    });

    test("with done: false adds replies and leaves the turn with the agent", async (bench) => {
      const turn = await claimed(bench, "m1");
      const one = await answer(bench, turn, ["a"], { done: false });
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("leased");
      await sending(bench, one.deliveryIds[0] ?? "");
      const two = await answer(bench, turn, ["b"], { done: false });
      const end = await answer(bench, turn, ["c"]);
      expect(two.deliveryIds).not.toEqual(one.deliveryIds);
      // What has not left yet takes more.
      expect(end.deliveryIds).toEqual(two.deliveryIds);
      const rows = await bench.rows("delivery");
      expect(rows.map(({ messages }) => JSON.parse(String(messages)))).toEqual([texts("a"), texts("b", "c")]);
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("done");
    });

    test("with done: false is never said again: its turn is dead, not handed out anew", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["a"], { done: false });
      await fail(bench, turn, { kind: "handed-back" });
      expect(await bench.rows("delivery")).toHaveLength(1);
      expect(await claim(bench, turn.turnId)).toBeNull();
      expect((await oneRow(bench, "turn", { turn_id: turn.turnId })).state).toBe("dead");
    });

    test("a message that the platform is known to refuse is dead from the beginning, alone, and takes no token", async (bench) => {
      const { turnId, fence } = await claimed(bench, "m1", { token: "t1" });
      const messages = outgoing("a", "bad", "b").map((one, index) => ({ ...one, problem: index === 1 ? "no" : null }));
      const answered = await bench.store.answerTurn({ turnId, fence, messages, messagesPerCall: 5, done: true });
      const [first = "", bad = "", last = ""] = answered.deliveryIds;
      const reason = "not sent, the platform would refuse it: no";
      expect(answered).toMatchObject({ deliveryIds: [first, bad, last], refused: [{ deliveryId: bad, reason }] });
      expect(await bench.rows("delivery")).toMatchObject([
        { delivery_id: first, state: "pending", messages: JSON.stringify(texts("a")) },
        { delivery_id: bad, state: "dead", messages: JSON.stringify(texts("bad")), reason, due_at: null, ended_at: T },
        { delivery_id: last, state: "pending", messages: JSON.stringify(texts("b")) },
      ]);
      expect(await start(bench, bad)).toBeNull();
      expect(await sending(bench, first)).toMatchObject({ route: "reply" });
    });

    test("what is to be refused takes nothing parked along, and joins nothing that waits", async (bench) => {
      const [parkedId] = await queued(bench, "m1", ["parked"]);
      await sent(bench, parkedId, "quota-exhausted");
      const { turnId, fence } = await claimed(bench, "m2");
      const bad = outgoing("bad").map((one) => ({ ...one, problem: "no" }));
      const part = { turnId, fence, messagesPerCall: 5, done: false, coalesceMs: SECOND };
      const { deliveryIds } = await bench.store.answerTurn({ ...part, messages: bad });
      expect(await oneRow(bench, "delivery", { delivery_id: parkedId })).toMatchObject({
        bundled_into: deliveryIds[0],
      });
      const two = await bench.store.answerTurn({ ...part, messages: [...outgoing("a"), ...bad, ...outgoing("b")] });
      expect(two.refused).toMatchObject([{ deliveryId: two.deliveryIds.at(-2) }]);
      const rows = (await bench.rows("delivery", { turn_id: turnId })).map(({ state, messages }) => [state, messages]);
      const own = (...said: string[]) => JSON.stringify(texts(...said));
      expect(rows).toEqual([
        ["pending", own("a")],
        ["dead", own("bad")],
        ["dead", own("bad")],
        ["pending", own("b")],
      ]);
    });
  });
}
