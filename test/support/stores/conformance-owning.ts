/**
 * Goal: what a dead process held goes on within seconds, what a living one holds is its own, and a database that was away
 * is not taken for a dead process (G6, G7, G8).
 * Method: processes send heartbeats or fall silent while time passes. A store that belongs to one process has nobody to send heartbeats for.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import { OWNER_LEASE_MS, STEADY_MS } from "../../../src/core/lease.ts";
import {
  answer,
  claimed,
  dueDeliveries,
  expire,
  mustClaim,
  queued,
  sending,
  settle,
  start,
  stateOf,
} from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { CALL_LEASE_MS, OWNER, SECOND } from "./samples.ts";

const NOTHING = { turnsReady: 0, turnsDead: 0, attemptsUnknown: [] };
const OTHER = "process-2";
const LIMIT = 100;

async function heartbeat(bench: Bench, ...owners: readonly string[]): Promise<void> {
  for (const owner of owners) expect(await bench.store.heartbeat?.(owner)).toBe(OWNER_LEASE_MS);
}

/** These send a heartbeat each second, and no other does. */
async function pass(bench: Bench, ms: number, ...owners: readonly string[]): Promise<void> {
  for (let left = ms; left > 0; left -= SECOND) {
    bench.clock.step(Math.min(left, SECOND));
    await heartbeat(bench, ...owners);
  }
}

/** Both have been there for a while, and one of them has a turn with the agent and a call on its way. */
async function atWork(bench: Bench) {
  await heartbeat(bench, OWNER, OTHER);
  await pass(bench, STEADY_MS, OWNER, OTHER);
  const turn = await claimed(bench, "m1");
  const [deliveryId] = await queued(bench, "m2", ["a"], { peerId: "U2", token: "t2" });
  const call = await sending(bench, deliveryId);
  await heartbeat(bench, OWNER);
  return { turn, deliveryId, call };
}

/** What waits behind a dead process's call goes after it. On every store. */
function keepingOrder(harness: StoreHarness): void {
  const test = testOn(harness);

  test("what comes behind a dead process's call waits until that call was repeated", async (bench) => {
    const [first] = await queued(bench, "m1", ["a"]);
    const [later] = await queued(bench, "m2", ["b"]);
    await sending(bench, first);
    await bench.crash();
    if (bench.waitsForLeases) {
      await bench.store.checkCommit();
      bench.clock.step(CALL_LEASE_MS);
    }
    await bench.store.reclaimOrphanedLeases(OTHER);
    expect(await stateOf(bench, "delivery", first)).toBe("unknown");
    expect((await dueDeliveries(bench)).due).toEqual([first]);
    expect(await start(bench, later)).toBeNull();
    await settle(bench, await sending(bench, first), "sent");
    expect((await dueDeliveries(bench)).due).toEqual([later]);
  });
}

function dying(harness: StoreHarness): void {
  const test = testOn(harness);

  test("a living owner's claims are its own, for as long as their own leases last", async (bench) => {
    const { turn, deliveryId } = await atWork(bench);
    await pass(bench, CALL_LEASE_MS - SECOND, OWNER, OTHER);
    expect(await expire(bench)).toEqual(NOTHING);
    expect(await stateOf(bench, "turn", turn.turnId)).toBe("leased");
    expect(await stateOf(bench, "delivery", deliveryId)).toBe("sending");
  });

  test("a dead owner's turn is ready and its call due at once, long before their leases end", async (bench) => {
    const { turn, deliveryId, call } = await atWork(bench);
    await pass(bench, OWNER_LEASE_MS - 1, OTHER);
    expect(await expire(bench)).toEqual(NOTHING);
    await pass(bench, 1, OTHER);
    const unknown = { deliveryId, channel: "line", account: "default", route: "reply", entered: true };
    expect(await expire(bench)).toEqual({ turnsReady: 1, turnsDead: 0, attemptsUnknown: [unknown] });
    // The end of a process is no failure of the agent, and nothing waits for a back-off.
    expect(await oneRow(bench, "turn", { turn_id: turn.turnId })).toMatchObject({ state: "ready", failures: 0 });
    expect((await readyTurns(bench.store, LIMIT)).due).toEqual([turn.turnId]);
    expect((await dueDeliveries(bench)).due).toEqual([deliveryId]);
    expect(await sending(bench, deliveryId, { owner: OTHER })).toMatchObject({ attempt: 2, call: call.call });
  });

  test("the next process finds them at its start", async (bench) => {
    await atWork(bench);
    await pass(bench, OWNER_LEASE_MS, OTHER);
    await bench.crash();
    expect(await bench.store.reclaimOrphanedLeases("process-3")).toMatchObject({
      turnsReady: 1,
      attemptsUnknown: [{}],
    });
  });

  test("one that was only frozen is fenced where somebody has its work, and its word about its call counts", async (bench) => {
    const { turn, deliveryId, call } = await atWork(bench);
    await pass(bench, OWNER_LEASE_MS, OTHER);
    await expire(bench);
    await heartbeat(bench, OWNER);
    await expect(answer(bench, turn, ["late"])).rejects.toThrow(Fenced);
    expect((await mustClaim(bench, turn.turnId)).fence).toBeGreaterThan(turn.fence);
    expect((await settle(bench, { deliveryId, attempt: call.attempt }, "sent")).settlement.state).toBe("sent");
  });

  test("one that was frozen is refused when its call was repeated meanwhile", async (bench) => {
    const { deliveryId, call } = await atWork(bench);
    await pass(bench, OWNER_LEASE_MS, OTHER);
    await expire(bench);
    await sending(bench, deliveryId, { owner: OTHER });
    await expect(settle(bench, { deliveryId, attempt: call.attempt }, "sent")).rejects.toThrow(Fenced);
  });

  test("one that sends a heartbeat again before anybody has looked keeps what it has", async (bench) => {
    const { turn } = await atWork(bench);
    await pass(bench, 2 * OWNER_LEASE_MS, OTHER);
    await heartbeat(bench, OWNER);
    expect(await expire(bench)).toEqual(NOTHING);
    expect((await answer(bench, turn, ["just in time"])).deliveryIds).toHaveLength(1);
  });

  test("each is listed with until when it is alive and its version, a dead one until what it held is reclaimed", async (bench) => {
    await bench.store.heartbeat?.(OWNER, "1.2.3");
    await bench.store.heartbeat?.(OTHER);
    const aliveUntil = bench.clock.now() + OWNER_LEASE_MS;
    expect(await bench.store.listNodes?.()).toEqual([
      { owner: OWNER, aliveUntil, isAlive: true, version: "1.2.3" },
      { owner: OTHER, aliveUntil, isAlive: true, version: null },
    ]);
    await bench.store.deregister?.(OTHER);
    expect(await bench.store.listNodes?.()).toMatchObject([
      { isAlive: true },
      { owner: OTHER, isAlive: false, aliveUntil: null },
    ]);
    await pass(bench, STEADY_MS, OWNER);
    await expire(bench);
    expect(await bench.store.listNodes?.()).toMatchObject([{ owner: OWNER, isAlive: true }]);
  });

  test("one that has deregistered is dead at once", async (bench) => {
    await atWork(bench);
    await bench.store.deregister?.(OWNER);
    expect(await expire(bench)).toMatchObject({ turnsReady: 1, attemptsUnknown: [{}] });
  });

  test("while everybody was cut off nobody is judged, and each has time to come back", async (bench) => {
    await atWork(bench);
    bench.clock.step(2 * OWNER_LEASE_MS);
    await heartbeat(bench, OTHER);
    expect(await expire(bench)).toEqual(NOTHING);
    await pass(bench, STEADY_MS - 1, OTHER);
    expect(await expire(bench)).toEqual(NOTHING);
    await pass(bench, 1, OTHER);
    expect(await expire(bench)).toMatchObject({ turnsReady: 1, attemptsUnknown: [{}] });
  });

  test("an owner that is not seen is judged by its leases alone", async (bench) => {
    await heartbeat(bench, OTHER);
    await claimed(bench, "m1");
    await pass(bench, CALL_LEASE_MS, OTHER);
    expect(await expire(bench)).toEqual(NOTHING);
  });

  test("a dead one's row goes when all that it held is reclaimed, and not before; a living one's stays", async (bench) => {
    await atWork(bench);
    await claimed(bench, "m3", { peerId: "U3" });
    await pass(bench, OWNER_LEASE_MS, OTHER);
    const owners = async () => (await bench.rows("owner")).map((row) => row.owner).sort();
    await expire(bench, 1);
    expect(await owners()).toEqual([OWNER, OTHER]);
    await expire(bench);
    expect(await owners()).toEqual([OTHER]);
    await heartbeat(bench, OWNER);
    expect(await owners()).toEqual([OWNER, OTHER]);
  });
}

export function owning(harness: StoreHarness): void {
  describe("owners", () => {
    keepingOrder(harness);
    if (harness.isShared) dying(harness);
    else {
      testOn(harness)("have nobody to send heartbeats for where the store is theirs alone", async ({ store }) => {
        expect([store.heartbeat, store.deregister, store.listNodes]).toEqual([undefined, undefined, undefined]);
      });
    }
  });
}
