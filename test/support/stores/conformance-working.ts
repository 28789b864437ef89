/**
 * Goal: one turn at a time per conversation, in order; an agent that lost its lease changes nothing; a second answer
 * is no answer (G4, G6, G7; regressions 24–31).
 * Method: rival claimers, late writers and full dumps of the tables before and after each refusal.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { LeasedTurn } from "../../../src/core/turn.ts";
import type { Store } from "../../../src/store/store.ts";
import { answer, claim, claimed, expire, mustClaim, say, sayNow, stateOf, waitOut } from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { HOUR, LEASE_MS, MINUTE, SECOND, T, TURN_RETRY } from "./samples.ts";

const LIMIT = 100;
const RETRY = { kind: "retry", reason: "the agent was away", retryAfterMs: 0 } as const;

async function ready(bench: Bench): Promise<readonly string[]> {
  return (await readyTurns(bench.store, LIMIT)).due;
}

function fail(bench: Bench, { turnId, fence }: LeasedTurn, failure: Parameters<Store["failTurn"]>[0]["failure"]) {
  return bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, random: 0 });
}

/** A turn of its own for each name, all ready, all of the same person. */
async function readyIn(bench: Bench, ...ids: string[]): Promise<string[]> {
  const turnIds: string[] = [];
  for (const id of ids) turnIds.push((await sayNow(bench, id)).turnId);
  return turnIds;
}

export function claiming(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a conversation's turns", () => {
    test("are claimed in the order in which they were opened", async (bench) => {
      const [first = "", second = ""] = await readyIn(bench, "m1", "m2");
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
      const [first = "", second = ""] = await readyIn(bench, "m1", "m2");
      await fail(bench, await mustClaim(bench, first), RETRY);
      expect(await ready(bench)).toEqual([]);
      expect(await claim(bench, second)).toBeNull();
    });

    test("don't wait behind one that is dead", async (bench) => {
      const [first = "", second = ""] = await readyIn(bench, "m1", "m2");
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
      // Which of them is first is for the store to say.
      const owner = claims[0] === null ? "b" : "a";
      expect(await bench.rows("turn", { state: "leased" })).toMatchObject([{ owner, attempt: 1 }]);
    });

    test("different turns of one conversation, one gets one", async (bench) => {
      const turnIds = await readyIn(bench, "m1", "m2", "m3");
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

    test("has no time to reply by when no platform granted it an answer", async (bench) => {
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
        expect({ ...again, attempt: 0, failures: 0, fence: 0, claimedAt: 0 }).toEqual({
          ...turn,
          attempt: 0,
          failures: 0,
          fence: 0,
          claimedAt: 0,
        });
        last = again;
      }
    });

    test("has a higher fence than any turn of its conversation before it", async (bench) => {
      const [first = "", second = ""] = await readyIn(bench, "m1", "m2");
      const one = await mustClaim(bench, first);
      await answer(bench, one, []);
      expect((await mustClaim(bench, second)).fence).toBeGreaterThan(one.fence);
    });
  });

  describe("a turn", () => {
    test("whose events are gone is closed, not handed out, and holds nobody up", async (bench) => {
      const [first = "", second = ""] = await readyIn(bench, "m1", "m2");
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
      const { turnId, fence, conversation, events } = turn;
      expect(await bench.store.findTurn(turnId)).toEqual({ turnId, fence, conversation, events, state: "leased" });
      await answer(bench, turn, []);
      expect(await bench.store.findTurn(turnId)).toEqual({ turnId, fence, conversation, events, state: "done" });
      expect(await bench.store.findTurn("turn_unknown")).toBeNull();
    });
  });
}

/** Every write under a lease, by one who thinks that it still has it. */
const WRITES: readonly (readonly [string, (bench: Bench, held: LeasedTurn) => Promise<unknown>])[] = [
  ["renewLease", (bench, held) => bench.store.renewLease({ ...held, leaseMs: LEASE_MS })],
  ["answerTurn", (bench, held) => answer(bench, held, ["stale"])],
  ["answerTurn without an answer", (bench, held) => answer(bench, held, [])],
  ["answerTurn that isn't done", (bench, held) => answer(bench, held, ["stale"], { done: false })],
  ["failTurn for a retry", (bench, held) => fail(bench, held, RETRY)],
  ["failTurn for good", (bench, held) => fail(bench, held, { kind: "dead", reason: "stale" })],
  ["failTurn handing back", (bench, held) => fail(bench, held, { kind: "handed-back" })],
];

/** How a lease is lost. */
const LOSSES: readonly (readonly [string, (bench: Bench, held: LeasedTurn) => Promise<unknown>])[] = [
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
      await waitOut(bench, LEASE_MS);
      await bench.store.reclaimOrphanedLeases("process-2");
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
