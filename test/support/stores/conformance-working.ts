/**
 * Goal: one turn at a time per conversation, in order; an agent that lost its lease changes nothing; a second answer
 * is no answer (G4, G6, G7; regressions 24–31).
 * Method: rival claimers, late writers and full dumps of the tables before and after each refusal.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { HeldTurn } from "../../../src/core/turn.ts";
import type { Store } from "../../../src/store/store.ts";
import { answer, claim, claimed, expire, mustClaim, say, sayNow, stateOf } from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { DAY, HOUR, LEASE_MS, MINUTE, OWNER, SECOND, T, TURN_RETRY, texts } from "./samples.ts";

const LIMIT = 100;
const RETRY = { kind: "retry", reason: "the agent was away", retryAfterMs: 0 } as const;

async function ready(bench: Bench): Promise<readonly string[]> {
  return (await bench.store.readyTurns(LIMIT)).due;
}

function fail(bench: Bench, { turnId, fence }: HeldTurn, failure: Parameters<Store["failTurn"]>[0]["failure"]) {
  return bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, chance: 0 });
}

/** A turn of its own for each name, all ready, all of the same person. */
async function readyTurns(bench: Bench, ...ids: string[]): Promise<string[]> {
  const turnIds: string[] = [];
  for (const id of ids) turnIds.push((await sayNow(bench, id)).turnId);
  return turnIds;
}

export function claiming(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a conversation's turns", () => {
    test("are claimed in the order in which they were opened", async (bench) => {
      const [first = "", second = ""] = await readyTurns(bench, "m1", "m2");
      expect(await ready(bench)).toEqual([first]);
      expect(await claim(bench, second)).toBeNull();
      const turn = await mustClaim(bench, first);
      expect(await ready(bench)).toEqual([]);
      expect(await claim(bench, second)).toBeNull();
      await answer(bench, turn, []);
      expect(await ready(bench)).toEqual([second]);
      expect(await claim(bench, second)).not.toBeNull();
    });

    test("stay in order while the first waits for its next attempt", async (bench) => {
      const [first = "", second = ""] = await readyTurns(bench, "m1", "m2");
      await fail(bench, await mustClaim(bench, first), RETRY);
      expect(await ready(bench)).toEqual([]);
      expect(await claim(bench, second)).toBeNull();
    });

    test("don't wait behind one that is dead", async (bench) => {
      const [first = "", second = ""] = await readyTurns(bench, "m1", "m2");
      await fail(bench, await mustClaim(bench, first), { kind: "dead", reason: "refused" });
      expect(await ready(bench)).toEqual([second]);
    });

    test("don't wait for those of other conversations", async (bench) => {
      await claimed(bench, "m1");
      const other = await sayNow(bench, "m2", { peerId: "U2" });
      expect(await ready(bench)).toEqual([other.turnId]);
      expect(await claim(bench, other.turnId)).not.toBeNull();
    });

    test("are never leased twice, even where raw rows try it", async (bench) => {
      const turn = await claimed(bench, "m1");
      const { turnId: next } = await sayNow(bench, "m2");
      const row = await oneRow(bench, "turn", { turn_id: turn.turnId });
      const lease = { state: "leased", owner: "rival", lease_expires_at: T + HOUR };
      await expect(async () => bench.change("turn", { turn_id: next }, lease)).rejects.toThrow();
      await expect(async () => bench.insert("turn", { ...row, turn_id: "x", seq: 9 })).rejects.toThrow();
      expect(await bench.rows("turn", { state: "leased" })).toHaveLength(1);
    });

    test("can't be half leased, even where raw rows try it", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      await expect(async () => bench.change("turn", { turn_id: turnId }, { state: "leased" })).rejects.toThrow();
      await expect(async () => bench.change("turn", { turn_id: turnId }, { owner: "x" })).rejects.toThrow();
    });
  });

  describe("of two that claim in the same commit", () => {
    test("one gets the turn and the other nothing", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      const claims = await Promise.all([claim(bench, turnId, "a"), claim(bench, turnId, "b")]);
      expect(claims.filter((one) => one !== null)).toHaveLength(1);
      expect(await bench.rows("turn", { state: "leased" })).toMatchObject([{ owner: "a", attempt: 1 }]);
    });

    test("different turns of one conversation, one gets one", async (bench) => {
      const turnIds = await readyTurns(bench, "m1", "m2", "m3");
      const claims = await Promise.all(turnIds.toReversed().map((turnId) => claim(bench, turnId)));
      expect(claims.filter((one) => one !== null)).toMatchObject([{ turnId: turnIds[0] }]);
    });
  });

  describe("a claimed turn", () => {
    test("tells who, what, since when and until when", async (bench) => {
      const { turnId } = await say(bench, "m1", { token: "t1" });
      bench.clock.step(SECOND);
      const { conversationId } = await sayNow(bench, "m2", { token: "t2" });
      bench.clock.step(SECOND);
      expect(await claim(bench, turnId)).toMatchObject({
        turnId,
        attempt: 1,
        conversation: { conversationId, channel: "line", account: "default", kind: "user", peerId: "U1" },
        replyBy: T + SECOND + 50 * SECOND,
        firstEventAt: T,
        claimedAt: T + 2 * SECOND,
      });
      expect(await stateOf(bench, "turn", turnId)).toBe("leased");
    });

    test("has no time to reply by when no platform lent it an answer", async (bench) => {
      expect((await claimed(bench, "m1")).replyBy).toBeNull();
    });

    test("has its events by the platform's time, then by arrival", async (bench) => {
      await say(bench, "late", { sentAt: T + 900 });
      await say(bench, "tied-1", { sentAt: T + 500 });
      await say(bench, "tied-2", { sentAt: T + 500 });
      const { turnId } = await sayNow(bench, "early", { sentAt: T - 9_000 });
      const { events } = await mustClaim(bench, turnId);
      expect(events.map((event) => event.content.message?.id)).toEqual(["early", "tied-1", "tied-2", "late"]);
    });

    test("is the same at every attempt, with attempt and fence growing", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      let last = turn;
      for (const failure of [{ kind: "handed-back" } as const, RETRY, { kind: "handed-back" } as const]) {
        const { nextInMs } = await fail(bench, last, failure);
        bench.clock.step(nextInMs);
        await say(bench, `while waiting for ${last.attempt + 1}`);
        const again = await mustClaim(bench, turn.turnId);
        expect(again.attempt).toBe(last.attempt + 1);
        expect(again.fence).toBeGreaterThan(last.fence);
        expect({ ...again, attempt: 0, fence: 0, claimedAt: 0 }).toEqual({
          ...turn,
          attempt: 0,
          fence: 0,
          claimedAt: 0,
        });
        last = again;
      }
    });

    test("has a higher fence than any turn of its conversation before it", async (bench) => {
      const [first = "", second = ""] = await readyTurns(bench, "m1", "m2");
      const one = await mustClaim(bench, first);
      await answer(bench, one, []);
      expect((await mustClaim(bench, second)).fence).toBeGreaterThan(one.fence);
    });
  });

  describe("a turn", () => {
    test("whose events are gone is closed, not handed out, and holds nobody up", async (bench) => {
      const [first = "", second = ""] = await readyTurns(bench, "m1", "m2");
      await bench.remove("event", { turn_id: first });
      expect(await claim(bench, first)).toBeNull();
      expect(await stateOf(bench, "turn", first)).toBe("empty");
      expect(await claim(bench, second)).not.toBeNull();
    });

    test("that nobody knows, or that isn't ready, can't be claimed", async (bench) => {
      const { turnId } = await say(bench, "m1");
      expect(await claim(bench, turnId)).toBeNull();
      expect(await claim(bench, "turn_unknown")).toBeNull();
      expect(await stateOf(bench, "turn", turnId)).toBe("collecting");
    });

    test("is found by its id with its state and fence, and is null when there is none", async (bench) => {
      const turn = await claimed(bench, "m1");
      const { turnId, fence, conversation } = turn;
      expect(await bench.store.findTurn(turnId)).toEqual({ turnId, fence, conversation, state: "leased" });
      await answer(bench, turn, []);
      expect(await bench.store.findTurn(turnId)).toEqual({ turnId, fence, conversation, state: "done" });
      expect(await bench.store.findTurn("turn_unknown")).toBeNull();
    });
  });
}

/** Every write under a lease, by one who thinks that it still has it. */
const WRITES: readonly (readonly [string, (bench: Bench, held: HeldTurn) => Promise<unknown>])[] = [
  ["renewLease", (bench, held) => bench.store.renewLease({ ...held, leaseMs: LEASE_MS })],
  ["answerTurn", (bench, held) => answer(bench, held, ["stale"])],
  ["answerTurn without an answer", (bench, held) => answer(bench, held, [])],
  ["answerTurn that isn't done", (bench, held) => answer(bench, held, ["stale"], { done: false })],
  ["failTurn for a retry", (bench, held) => fail(bench, held, RETRY)],
  ["failTurn for good", (bench, held) => fail(bench, held, { kind: "dead", reason: "stale" })],
  ["failTurn handing back", (bench, held) => fail(bench, held, { kind: "handed-back" })],
];

/** How a lease is lost. */
const LOSSES: readonly (readonly [string, (bench: Bench, held: HeldTurn) => Promise<unknown>])[] = [
  [
    "it ran out",
    async (bench) => {
      bench.clock.step(LEASE_MS);
      await expire(bench);
    },
  ],
  [
    "it ran out and another has the turn",
    async (bench, { turnId }) => {
      bench.clock.step(LEASE_MS);
      await expire(bench);
      bench.clock.step(MINUTE);
      await mustClaim(bench, turnId);
    },
  ],
  ["it was handed back", (bench, held) => fail(bench, held, { kind: "handed-back" })],
  [
    "another process took over",
    async (bench) => {
      await bench.crash();
      await bench.store.takeOver("process-2");
    },
  ],
];

export function fencing(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a writer whose lease is lost because", () => {
    for (const [how, lose] of LOSSES) {
      for (const [what, write] of WRITES) {
        test(`${how} is refused at ${what}, and nothing has changed`, async (bench) => {
          const { turnId, fence } = await claimed(bench, "m1", { token: "t1" });
          await lose(bench, { turnId, fence });
          const before = await dump(bench);
          await expect(write(bench, { turnId, fence })).rejects.toThrow(Fenced);
          expect(await dump(bench)).toEqual(before);
        });
      }
    }
  });

  describe("a writer with a fence that never was", () => {
    for (const [what, write] of WRITES) {
      test(`is refused at ${what}, and nothing has changed`, async (bench) => {
        const { turnId, fence } = await claimed(bench, "m1");
        const before = await dump(bench);
        for (const held of [
          { turnId, fence: fence + 1 },
          { turnId: "turn_unknown", fence },
        ]) {
          await expect(write(bench, held)).rejects.toThrow(Fenced);
        }
        expect(await dump(bench)).toEqual(before);
      });
    }
  });

  describe("renewLease", () => {
    test("keeps the turn for as long as it is called", async (bench) => {
      const { turnId, fence } = await claimed(bench, "m1");
      for (let round = 0; round < 5; round++) {
        bench.clock.step(LEASE_MS - 1);
        expect(await expire(bench)).toMatchObject({ turnsReady: 0 });
        expect(await bench.store.renewLease({ turnId, fence, leaseMs: LEASE_MS })).toBe("renewed");
      }
      expect(await stateOf(bench, "turn", turnId)).toBe("leased");
    });

    test("says that the turn has ended when it was answered under this fence", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["hello"]);
      const before = await dump(bench);
      expect(await bench.store.renewLease({ turnId: turn.turnId, fence: turn.fence, leaseMs: 1 })).toBe("ended");
      expect(await dump(bench)).toEqual(before);
    });

    test("says that the turn has ended when it was refused under this fence", async (bench) => {
      const turn = await claimed(bench, "m1");
      await fail(bench, turn, { kind: "dead", reason: "no" });
      expect(await bench.store.renewLease({ turnId: turn.turnId, fence: turn.fence, leaseMs: 1 })).toBe("ended");
    });
  });
}

export function failing(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("failTurn", () => {
    test("hands a turn back at once, and doesn't count that as a failure", async (bench) => {
      let turn = await claimed(bench, "m1");
      bench.clock.step(DAY);
      for (let round = 0; round < 2 * TURN_RETRY.maxAttempts; round++) {
        expect(await fail(bench, turn, { kind: "handed-back" })).toEqual({ state: "ready", nextInMs: 0 });
        turn = await mustClaim(bench, turn.turnId);
      }
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
        expect(await bench.store.readyTurns(LIMIT)).toEqual({ due: [], nextInMs: 1 });
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
      expect(answered).toMatchObject({ carried: 0 });
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
      expect(await answer(bench, turn, [])).toEqual({ deliveryIds: [], carried: 0 });
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
      expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected"]);
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
      const two = await answer(bench, turn, ["b"], { done: false });
      const end = await answer(bench, turn, ["c"]);
      const seqOf = async (id = "") => Number((await oneRow(bench, "delivery", { delivery_id: id })).seq);
      const seqs = [await seqOf(one.deliveryIds[0]), await seqOf(two.deliveryIds[0]), await seqOf(end.deliveryIds[0])];
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("done");
    });

    test("with done: false is no second answer when the turn is handed out again", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["a"], { done: false });
      await fail(bench, turn, { kind: "handed-back" });
      expect(await bench.rows("delivery")).toHaveLength(1);
      expect((await mustClaim(bench, turn.turnId)).turnId).toBe(turn.turnId);
      expect(OWNER).toBe((await oneRow(bench, "turn", { turn_id: turn.turnId })).owner);
    });
  });
}
