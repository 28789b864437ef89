/**
 * Goal: what a dead or frozen process left goes on, what is finished is deleted in time, and nothing that waits is
 * deleted or goes uncounted (G1, G4, G7, G8, G11; regressions 13, 27, 31).
 * Method: the process dies after each step of a message's way; retention runs over rows in every state.
 */
import { describe, expect } from "vitest";
import type { SendOutcomeKind } from "../../../src/core/delivery.ts";
import { WAITING_STATES, type WaitingState } from "../../../src/core/waiting.ts";
import type { Expired } from "../../../src/store/store.ts";
import {
  answer,
  claim,
  claimed,
  dueDeliveries,
  expire,
  mustClaim,
  purgeAll,
  queued,
  say,
  sayNow,
  sending,
  sent,
  settle,
  start,
  stateOf,
  waitOut,
} from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import {
  CALL_LEASE_MS,
  HOUR,
  LEASE_MS,
  MINUTE,
  message,
  OWNER,
  policy,
  RETENTION,
  SECOND,
  TURN_RETRY,
} from "./samples.ts";

const LIMIT = 100;
const NOTHING = { turnsReady: 0, turnsDead: 0, attemptsUnknown: [] };
const REFUSED = { failure: { kind: "dead", reason: "no" }, retry: TURN_RETRY, random: 0 } as const;

async function readyIn(bench: Bench): Promise<readonly string[]> {
  return (await readyTurns(bench.store, LIMIT)).due;
}

export function expiring(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("expireLeases", () => {
    test("leaves a lease alone until its last ms", async (bench) => {
      await claimed(bench, "m1");
      const [deliveryId] = await queued(bench, "m2", ["a"], { peerId: "U2" });
      await sending(bench, deliveryId);
      bench.clock.step(CALL_LEASE_MS - 1);
      const before = await dump(bench);
      expect(await expire(bench)).toEqual(NOTHING);
      expect(await dump(bench)).toEqual(before);
    });

    test("makes a turn ready again after a back-off, for whoever comes first", async (bench) => {
      const turn = await claimed(bench, "m1");
      bench.clock.step(LEASE_MS);
      expect(await expire(bench)).toEqual({ ...NOTHING, turnsReady: 1 });
      expect(await readyTurns(bench.store, LIMIT)).toEqual({ due: [], nextInMs: 500 });
      bench.clock.step(500);
      const again = await claim(bench, turn.turnId, "process-2");
      expect(again).toMatchObject({ attempt: 2, events: turn.events });
      expect(again?.fence).toBeGreaterThan(turn.fence);
    });

    test("makes a turn dead that was tried often and long enough", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      for (let tries = 1; tries <= TURN_RETRY.maxAttempts; tries++) {
        await mustClaim(bench, turnId);
        bench.clock.step(HOUR);
        const isLast = tries === TURN_RETRY.maxAttempts;
        expect(await expire(bench)).toMatchObject({ turnsReady: isLast ? 0 : 1, turnsDead: isLast ? 1 : 0 });
        bench.clock.step(MINUTE);
      }
      expect(await stateOf(bench, "turn", turnId)).toBe("dead");
      expect(await bench.rows("event", { turn_id: turnId })).toHaveLength(1);
    });

    test("makes an attempt unknown, to be repeated with the same bytes", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
      const first = await sending(bench, deliveryId);
      bench.clock.step(CALL_LEASE_MS);
      expect(await expire(bench)).toEqual({
        ...NOTHING,
        attemptsUnknown: [{ deliveryId, channel: "line", account: "default", route: "reply", entered: true }],
      });
      expect(await oneRow(bench, "attempt", { delivery_id: deliveryId })).toMatchObject({ outcome: "unknown" });
      bench.clock.step(SECOND);
      expect(await sending(bench, deliveryId)).toMatchObject({ attempt: 2, call: first.call });
    });

    test("says when an attempt was unknown before", async (bench) => {
      const [deliveryId] = await queued(bench, "m1", ["a"]);
      await sent(bench, deliveryId, "unknown");
      bench.clock.step(SECOND);
      await sending(bench, deliveryId);
      bench.clock.step(CALL_LEASE_MS);
      expect((await expire(bench)).attemptsUnknown).toMatchObject([{ deliveryId, entered: false }]);
    });

    test("takes a few at a time and comes to all of them", async (bench) => {
      for (const peerId of ["U1", "U2", "U3", "U4", "U5"]) await claimed(bench, peerId, { peerId });
      bench.clock.step(LEASE_MS);
      const counts: number[] = [];
      for (let round = 0; round < 4; round++) counts.push((await expire(bench, 2)).turnsReady);
      expect(counts).toEqual([2, 2, 1, 0]);
    });
  });
}

/** The steps of a message's way, and what must be there after a crash right behind each. */
const CRASHES: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  "a message was taken in": async (bench) => {
    const { turnId } = await say(bench, "m1");
    await crashed(bench, NOTHING);
    bench.clock.step(8 * SECOND);
    expect((await bench.store.dueTurns(LIMIT)).due).toEqual([turnId]);
  },
  "a turn was sealed": async (bench) => {
    const { turnId } = await sayNow(bench, "m1");
    await crashed(bench, NOTHING);
    expect(await readyIn(bench)).toEqual([turnId]);
  },
  "a turn was claimed": async (bench) => {
    const turn = await claimed(bench, "m1");
    await crashed(bench, { ...NOTHING, turnsReady: 1 });
    expect(await readyIn(bench)).toEqual([turn.turnId]);
    expect(await mustClaim(bench, turn.turnId)).toMatchObject({ attempt: 2, events: turn.events });
  },
  "a turn was answered": async (bench) => {
    const [deliveryId] = await queued(bench, "m1", ["a"]);
    await crashed(bench, NOTHING);
    expect(await readyIn(bench)).toEqual([]);
    expect((await dueDeliveries(bench)).due).toEqual([deliveryId]);
    expect(await sending(bench, deliveryId)).toMatchObject({ attempt: 1 });
  },
  "an attempt was recorded": async (bench) => {
    const [deliveryId] = await queued(bench, "m1", ["a"], { token: "t1" });
    const first = await sending(bench, deliveryId);
    const unknown = { deliveryId, channel: "line", account: "default", route: "reply" as const, entered: true };
    await crashed(bench, { ...NOTHING, attemptsUnknown: [unknown] }, CALL_LEASE_MS);
    expect(await stateOf(bench, "delivery", deliveryId)).toBe("unknown");
    expect((await dueDeliveries(bench)).due).toEqual([deliveryId]);
    expect(await sending(bench, deliveryId)).toMatchObject({ attempt: 2, call: first.call });
  },
  "an attempt was settled": async (bench) => {
    const [deliveryId] = await queued(bench, "m1", ["a"]);
    await sent(bench, deliveryId, "sent");
    await crashed(bench, NOTHING);
    expect(await stateOf(bench, "delivery", deliveryId)).toBe("sent");
    expect(await start(bench, deliveryId)).toBeNull();
  },
};

async function crashed(bench: Bench, expected: Expired, leaseMs = LEASE_MS): Promise<void> {
  await bench.crash();
  if (expected !== NOTHING) await waitOut(bench, leaseMs);
  expect(await bench.store.reclaimOrphanedLeases("process-2")).toEqual(expected);
  const settled = await dump(bench);
  expect(await bench.store.reclaimOrphanedLeases("process-2")).toEqual(NOTHING);
  expect(await dump(bench)).toEqual(settled);
}

export function takingOver(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("reclaimOrphanedLeases after a crash behind the moment when", () => {
    for (const [moment, check] of Object.entries(CRASHES)) test(moment, check);
  });

  describe("reclaimOrphanedLeases", () => {
    test("leaves what this process itself is at", async (bench) => {
      const turn = await claimed(bench, "m1");
      const [deliveryId] = await queued(bench, "m2", ["a"], { peerId: "U2" });
      await sending(bench, deliveryId);
      expect(await bench.store.reclaimOrphanedLeases(OWNER)).toEqual(NOTHING);
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("leased");
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("sending");
    });

    test("doesn't count a crash as a failure of the agent", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      for (let crash = 0; crash < 2 * TURN_RETRY.maxAttempts; crash++) {
        await mustClaim(bench, turnId);
        bench.clock.step(HOUR);
        await bench.crash();
        expect(await bench.store.reclaimOrphanedLeases(`p${crash + 2}`)).toMatchObject({ turnsReady: 1, turnsDead: 0 });
        bench.clock.step(MINUTE);
      }
    });

    test("lets others go first when a turn was there each time that a process ended", async (bench) => {
      const { turnId } = await sayNow(bench, "m1");
      for (let crash = 0; crash < 3; crash++) {
        expect(await readyIn(bench)).toEqual([turnId]);
        await mustClaim(bench, turnId);
        await bench.crash();
        await waitOut(bench, LEASE_MS);
        await bench.store.reclaimOrphanedLeases(`p${crash + 2}`);
      }
      expect(await readyIn(bench)).toEqual([]);
      bench.clock.step(MINUTE);
      expect(await readyIn(bench)).toEqual([turnId]);
    });

    test("frees what was leased before the clock was set back", async (bench) => {
      const { turnId } = await claimed(bench, "m1");
      bench.clock.step(-HOUR);
      await bench.crash();
      await waitOut(bench, LEASE_MS);
      await bench.store.reclaimOrphanedLeases("process-2");
      expect(await readyIn(bench)).toEqual([turnId]);
    });
  });
}

/** A turn that has ended, with an event and a sent delivery. */
async function finished(bench: Bench, id: string, peerId = id): Promise<string> {
  const turn = await claimed(bench, id, { peerId, token: `token of ${id}` });
  const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
  await sent(bench, deliveryId, "sent");
  return turn.turnId;
}

interface Waiter {
  readonly state: WaitingState;
  readonly make: (bench: Bench) => Promise<unknown>;
}

const aDelivery =
  (outcome: SendOutcomeKind): Waiter["make"] =>
  async (bench) =>
    sent(bench, (await queued(bench, "m1", ["a"]))[0], outcome);

/** Rows that wait, and how to make one. */
const WAITERS: Readonly<Record<string, Waiter>> = {
  "a collecting turn": { state: "collecting", make: (bench) => say(bench, "m1") },
  "a ready turn": { state: "ready", make: (bench) => sayNow(bench, "m1") },
  "a leased turn": { state: "leased", make: (bench) => claimed(bench, "m1") },
  "a dead turn": {
    state: "dead",
    make: async (bench) => bench.store.failTurn({ ...(await claimed(bench, "m1")), ...REFUSED }),
  },
  "a pending delivery": { state: "pending", make: (bench) => queued(bench, "m1", ["a"]) },
  "a delivery on its way": {
    state: "sending",
    make: async (bench) => sending(bench, (await queued(bench, "m1", ["a"]))[0]),
  },
  "an unknown delivery": { state: "unknown", make: aDelivery("unknown") },
  "a parked delivery": { state: "parked", make: aDelivery("quota-exhausted") },
  "a dead delivery": { state: "dead", make: aDelivery("refused") },
};

export function purging(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("purge", () => {
    test("leaves everything alone that is not older than the retention says", async (bench) => {
      await finished(bench, "m1");
      bench.clock.step(RETENTION.metadataMs);
      const before = await dump(bench);
      expect(await purgeAll(bench)).toEqual({ contents: 0, turns: 0, events: 0, keys: 0 });
      expect(await dump(bench)).toEqual(before);
    });

    test("deletes a finished turn with all that hangs on it, and keeps its marked keys", async (bench) => {
      await finished(bench, "m1");
      bench.clock.step(RETENTION.metadataMs + 1);
      expect(await purgeAll(bench)).toEqual({ contents: 1, turns: 1, events: 1, keys: 0 });
      for (const table of ["turn", "event", "delivery", "attempt", "reply_token"] as const) {
        expect(await bench.rows(table), table).toEqual([]);
      }
      const keys = await bench.rows("dedup_key");
      expect(keys.map((key) => key.purged_at)).toEqual([bench.clock.now(), bench.clock.now()]);
    });

    test("deletes keys after dedupKeysMs, and not before", async (bench) => {
      await finished(bench, "m1");
      bench.clock.step(RETENTION.dedupKeysMs);
      expect(await purgeAll(bench)).toMatchObject({ turns: 1, keys: 0 });
      bench.clock.step(1);
      expect(await purgeAll(bench)).toMatchObject({ keys: 2 });
      expect(await bench.rows("dedup_key")).toEqual([]);
    });

    test("keeps the keys of an event that is still there, however old they are", async (bench) => {
      await say(bench, "m1");
      bench.clock.step(10 * RETENTION.dedupKeysMs);
      expect(await purgeAll(bench)).toEqual({ contents: 0, turns: 0, events: 0, keys: 0 });
      expect(await bench.rows("dedup_key")).toHaveLength(2);
    });

    test("deletes no more than a small batch at a time, and comes to all", async (bench) => {
      for (const id of ["a", "b", "c", "d", "e"]) {
        await finished(bench, id);
        await bench.store.ingest(message(`loose ${id}`, { effect: "store", peerId: id }), policy());
      }
      bench.clock.step(RETENTION.dedupKeysMs + 1);
      for (let round = 0; round < 40; round++) {
        const { turns, keys } = await bench.store.purge({ ...RETENTION, limit: 2 });
        expect(turns).toBeLessThanOrEqual(2);
        expect(keys).toBeLessThanOrEqual(2);
      }
      for (const table of ["turn", "event", "dedup_key", "delivery"] as const) {
        expect(await bench.rows(table), table).toEqual([]);
      }
    });

    for (const [what, { state, make }] of Object.entries(WAITERS)) {
      test(`doesn't delete ${what}, however old it is`, async (bench) => {
        await make(bench);
        const turn = await bench.rows("turn");
        bench.clock.step(10 * RETENTION.metadataMs);
        await purgeAll(bench);
        expect(await count(bench, state)).toEqual({ state, count: 1, oldestMs: 10 * RETENTION.metadataMs });
        if (turn[0]?.state === "done") return;
        expect(await bench.rows("turn")).toEqual(turn);
        expect(await bench.rows("event")).toHaveLength(1);
      });
    }
  });
}

async function count(bench: Bench, state: string) {
  return (await bench.store.countWaiting()).find((one) => one.state === state);
}

export function counting(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("countWaiting", () => {
    test("names every waiting state once, with nothing in it at first", async (bench) => {
      const waiting = await bench.store.countWaiting();
      expect(waiting).toHaveLength(WAITING_STATES.length);
      expect(new Set(waiting.map(({ state }) => state))).toEqual(new Set(WAITING_STATES));
      expect(waiting).toEqual(waiting.map(({ state }) => ({ state, count: 0, oldestMs: 0 })));
    });

    for (const [what, { state, make }] of Object.entries(WAITERS)) {
      test(`counts ${what} with its age, through a crash`, async (bench) => {
        await make(bench);
        bench.clock.step(HOUR);
        await bench.crash();
        const found = (await bench.store.countWaiting()).filter((one) => one.count > 0);
        expect(found).toEqual([{ state, count: 1, oldestMs: HOUR }]);
      });
    }

    test("counts all of a state and tells the oldest", async (bench) => {
      await sayNow(bench, "m1");
      bench.clock.step(MINUTE);
      await sayNow(bench, "m2", { peerId: "U2" });
      await sayNow(bench, "m3");
      bench.clock.step(SECOND);
      expect(await count(bench, "ready")).toEqual({ state: "ready", count: 3, oldestMs: MINUTE + SECOND });
    });

    test("counts what waits in front of a carrier until the carrier is settled", async (bench) => {
      const [first] = await queued(bench, "m1", ["a"]);
      await sent(bench, first, "quota-exhausted");
      const next = await answer(bench, await claimed(bench, "m2", { token: "t2" }), ["b"]);
      expect(await count(bench, "parked")).toMatchObject({ count: 1 });
      const attempt = await sending(bench, next.deliveryIds[0] ?? "");
      await settle(bench, attempt, "sent");
      expect((await bench.store.countWaiting()).filter((one) => one.count > 0)).toEqual([]);
    });

    test("never tells a negative age, whatever the clock did", async (bench) => {
      for (const id of ["m1", "m2"]) await sayNow(bench, id, { peerId: id });
      await claimed(bench, "m3", { peerId: "m3" });
      bench.clock.step(-HOUR);
      for (const { oldestMs } of await bench.store.countWaiting()) expect(oldestMs).toBeGreaterThanOrEqual(0);
    });

    test("has nothing to count when everything is done", async (bench) => {
      await finished(bench, "m1");
      expect((await bench.store.countWaiting()).filter((one) => one.count > 0)).toEqual([]);
    });
  });

  describe("checkCommit", () => {
    test("succeeds as often as it is asked, and touches nothing else", async (bench) => {
      await finished(bench, "m1");
      const before = await dump(bench);
      await bench.store.checkCommit();
      await bench.store.checkCommit();
      expect(await dump(bench)).toEqual(before);
    });
  });
}
