/**
 * Goal: what a person decides is done once, only from a state that allows it, and is written down; nothing is sent a
 * second time unless they said so (G8, G11).
 * Method: each action from each state, twice, compared with a full dump; then the row goes on its way to its end.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { ItemAction } from "../../../src/core/operator-action.ts";
import type { DeliveryView } from "../../../src/store/attempt.ts";
import type { Operated } from "../../../src/store/operator.ts";
import {
  answer,
  claimed,
  dueDeliveries,
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
} from "./conformance-steps.ts";
import { type Bench, dump, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { DAY, HOUR, MINUTE, message, outgoing, policy, SECOND, SEND_RETRY, T, TURN_RETRY } from "./samples.ts";

interface How {
  readonly actionId?: string;
  readonly actor?: string;
  readonly force?: boolean;
}

function operate(bench: Bench, action: ItemAction, id: string, how: How = {}): Promise<Operated> {
  return bench.store.operate({ actionId: "a1", actor: "cli", action, id, ...how });
}

async function deadTurn(bench: Bench, id = "m1"): Promise<string> {
  const { turnId, fence } = await claimed(bench, id);
  const failure = { kind: "dead", reason: "400 from the agent" } as const;
  await bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, random: 0 });
  return turnId;
}

async function deadDelivery(bench: Bench, id = "m1"): Promise<string> {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`]);
  await sent(bench, deliveryId, "refused");
  return deliveryId;
}

/** Its call on a reply token may have been accepted, and the token is dead: only a person can settle it. */
async function heldUnknown(bench: Bench, id = "m1"): Promise<string> {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`], { token: `token of ${id}` });
  await sent(bench, deliveryId, "unknown");
  bench.clock.step(MINUTE);
  expect(await start(bench, deliveryId)).toMatchObject({ kind: "held" });
  return deliveryId;
}

async function parked(bench: Bench, id = "m1"): Promise<string> {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`]);
  await sent(bench, deliveryId, "quota-exhausted");
  return deliveryId;
}

const WAITING = {
  "a dead turn": deadTurn,
  "a dead delivery": deadDelivery,
  "an unknown delivery": heldUnknown,
  "a parked delivery": parked,
};

const ALLOWED: readonly [keyof typeof WAITING, ItemAction, from: string, to: string][] = [
  ["a dead turn", "replay", "dead", "ready"],
  ["a dead turn", "discard", "dead", "dead"],
  ["a dead delivery", "replay", "dead", "pending"],
  ["a dead delivery", "discard", "dead", "dead"],
  ["an unknown delivery", "discard", "unknown", "dead"],
  ["an unknown delivery", "sent", "unknown", "sent"],
  ["an unknown delivery", "resend", "unknown", "pending"],
  ["a parked delivery", "replay", "parked", "pending"],
  ["a parked delivery", "discard", "parked", "dead"],
];

const REFUSED: readonly [keyof typeof WAITING, ItemAction, why: string][] = [
  ["a dead turn", "sent", "wrong-state"],
  ["a dead turn", "resend", "wrong-state"],
  ["a dead delivery", "sent", "wrong-state"],
  ["a dead delivery", "resend", "never-arrived"],
  ["an unknown delivery", "replay", "wrong-state"],
  ["a parked delivery", "sent", "wrong-state"],
  ["a parked delivery", "resend", "wrong-state"],
];

export function operating(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("operate", () => {
    for (const [what, action, from, to] of ALLOWED) {
      test(`${action} moves ${what} from ${from} to ${to}, once, and writes down who did it`, async (bench) => {
        const id = await WAITING[what](bench);
        const done = await operate(bench, action, id);
        expect(done).toMatchObject({ kind: "done", from, to, isRepeated: false, conversation: { peerId: "U1" } });
        const after = await dump(bench);
        expect(await operate(bench, action, id)).toEqual({ ...done, isRepeated: true });
        expect(await dump(bench)).toEqual(after);
        expect((await bench.store.listActions({ limit: 10, before: null })).items).toMatchObject([
          { actionId: "a1", actor: "cli", action, id, from, to, at: bench.clock.now() },
        ]);
      });
    }

    for (const [what, action, why] of REFUSED) {
      test(`${action} of ${what} is refused (${why}) and changes nothing`, async (bench) => {
        const id = await WAITING[what](bench);
        const before = await dump(bench);
        expect(await operate(bench, action, id)).toMatchObject({ kind: "refused", why });
        expect(await dump(bench)).toEqual(before);
      });
    }

    test("a row that works or has ended is left alone", async (bench) => {
      const turn = await claimed(bench, "m1");
      expect(await operate(bench, "replay", turn.turnId)).toMatchObject({ why: "wrong-state", state: "leased" });
      const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
      for (const action of ["replay", "discard", "sent", "resend"] as const) {
        expect(await operate(bench, action, deliveryId)).toMatchObject({ why: "wrong-state", state: "pending" });
      }
      const attempt = await sending(bench, deliveryId);
      expect(await operate(bench, "sent", deliveryId)).toMatchObject({ why: "wrong-state", state: "sending" });
      await settle(bench, attempt, "sent");
      expect(await operate(bench, "discard", deliveryId)).toMatchObject({ why: "wrong-state", state: "sent" });
      expect(await operate(bench, "replay", turn.turnId)).toMatchObject({ why: "wrong-state", state: "done" });
    });

    test("knows no id that nobody made, and one action id for one action", async (bench) => {
      for (const id of ["turn_000", "dlv_000", "", "'; --"]) {
        expect(await operate(bench, "replay", id)).toEqual({ kind: "no-such-item" });
      }
      const id = await deadDelivery(bench);
      await operate(bench, "replay", id);
      expect(await operate(bench, "discard", id)).toEqual({ kind: "other-action", action: "replay" });
      expect(await stateOf(bench, "delivery", id)).toBe("pending");
    });

    test("a second action id on what was just done is refused by its state", async (bench) => {
      const id = await deadTurn(bench);
      const both = await Promise.all([
        operate(bench, "replay", id, { actionId: "a1" }),
        operate(bench, "replay", id, { actionId: "a2" }),
      ]);
      expect(both.map(({ kind }) => kind).sort()).toEqual(["done", "refused"]);
      expect(await bench.rows("operator_action")).toHaveLength(1);
    });
  });

  replayingTurns(harness);
  beginningAnew(harness);
  discarding(harness);
}

function replayingTurns(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a replayed turn", () => {
    test("is handed out with the same events under a higher fence, though its keys are known", async (bench) => {
      const turn = await claimed(bench, "m1");
      const failure = { kind: "dead", reason: "refused" } as const;
      await bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
      await operate(bench, "replay", turn.turnId);
      expect(await bench.store.ingest(message("m1"), policy())).toMatchObject({ kind: "duplicate" });
      expect((await readyTurns(bench.store, 10)).due).toEqual([turn.turnId]);
      await expect(answer(bench, turn, ["too late"])).rejects.toThrow(Fenced);
      const again = await mustClaim(bench, turn.turnId);
      expect(again).toMatchObject({ turnId: turn.turnId, events: turn.events, attempt: turn.attempt + 1 });
      expect(again.fence).toBeGreaterThan(turn.fence);
      await expect(answer(bench, turn, ["too late"])).rejects.toThrow(Fenced);
      expect((await answer(bench, again, ["a"])).deliveryIds).toHaveLength(1);
    });

    test("has all its tries again, and takes no other turn's place", async (bench) => {
      const turnId = await deadTurn(bench);
      const other = await sayNow(bench, "m2");
      await operate(bench, "replay", turnId);
      expect((await readyTurns(bench.store, 10)).due).toEqual([turnId]);
      bench.clock.step(HOUR);
      for (const state of ["ready", "ready"]) {
        const held = await mustClaim(bench, turnId);
        const failure = { kind: "retry", reason: "500", retryAfterMs: 0 } as const;
        expect(await bench.store.failTurn({ ...held, failure, retry: TURN_RETRY, random: 0 })).toMatchObject({ state });
        bench.clock.step(MINUTE);
      }
      expect(await stateOf(bench, "turn", other.turnId)).toBe("ready");
    });

    test("whose answer has begun asks for force, and then what died of that answer stays dead", async (bench) => {
      const turn = await claimed(bench, "m1");
      const [first = ""] = (await answer(bench, turn, ["a"], { perCall: 1, done: false })).deliveryIds;
      await sent(bench, first, "refused");
      const failure = { kind: "retry", reason: "500", retryAfterMs: 0 } as const;
      await bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
      expect(await operate(bench, "replay", turn.turnId)).toMatchObject({ kind: "refused", why: "partly-answered" });
      expect(await operate(bench, "replay", turn.turnId, { force: true })).toMatchObject({ kind: "done" });
      expect(await operate(bench, "replay", first, { actionId: "a2" })).toMatchObject({ why: "discarded" });
      const again = await mustClaim(bench, turn.turnId);
      expect(await bench.store.failTurn({ ...again, failure, retry: TURN_RETRY, random: 0 })).toMatchObject({
        state: "ready",
      });
    });
  });
}

function beginningAnew(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a delivery that a person sends on its way", () => {
    test("is due at once, in its place, and is sent", async (bench) => {
      const id = await deadDelivery(bench);
      const [later] = await queued(bench, "m2", ["later"]);
      await operate(bench, "replay", id);
      expect((await dueDeliveries(bench)).due).toEqual([id]);
      await sent(bench, id, "sent");
      expect((await dueDeliveries(bench)).due).toEqual([later]);
    });

    test("is shown to the send stage as such, and is dead again where the platform would still refuse it", async (bench) => {
      const deliveryId = await deadDelivery(bench);
      await operate(bench, "replay", deliveryId);
      const seen: boolean[] = [];
      const chooseRoute = ({ isReplayed }: DeliveryView) => {
        seen.push(isReplayed);
        return { kind: "refuse", reason: "not sent: no" } as const;
      };
      expect(await start(bench, deliveryId, { chooseRoute })).toMatchObject({
        kind: "refused",
        reason: "not sent: no",
      });
      const row = await oneRow(bench, "delivery", { delivery_id: deliveryId });
      expect(row).toMatchObject({ state: "dead", reason: "not sent: no", due_at: null, ended_at: T, attempts: 1 });
      const [other] = await queued(bench, "m2", ["b"]);
      await start(bench, other, { chooseRoute });
      expect(seen).toEqual([true, false]);
    });

    test("has its time again: one failure doesn't kill it at once", async (bench) => {
      const [id] = await queued(bench, "m1", ["a"]);
      for (let tries = 0; tries < 3; tries++) {
        await sent(bench, id, "retry");
        bench.clock.step(10 * MINUTE);
      }
      expect(await stateOf(bench, "delivery", id)).toBe("dead");
      await operate(bench, "replay", id);
      expect(await sent(bench, id, "retry")).toMatchObject({ settlement: { state: "pending" } });
    });

    test("parked for the quota, tries the paid route again, and parks again where it is still closed", async (bench) => {
      const id = await parked(bench);
      await operate(bench, "replay", id);
      const attempt = await sending(bench, id);
      expect(attempt).toMatchObject({ route: "push" });
      expect(await settle(bench, attempt, "quota-exhausted")).toMatchObject({ settlement: { state: "parked" } });
      expect((await dueDeliveries(bench)).due).toEqual([]);
    });

    test("unknown, goes out once more by a new call, and what that one says is its end", async (bench) => {
      const id = await heldUnknown(bench);
      await operate(bench, "resend", id);
      expect(await oneRow(bench, "delivery", { delivery_id: id })).toMatchObject({
        resent_because: "an operator resent it",
      });
      const attempt = await sending(bench, id);
      expect(attempt).toMatchObject({ attempt: 2, route: "push" });
      expect(await settle(bench, attempt, "refused")).toMatchObject({ settlement: { state: "dead" } });
      // The doubt of before was theirs to take: now there is none.
      await operate(bench, "replay", id, { actionId: "a2" });
      expect(await sent(bench, id, "sent")).toMatchObject({ settlement: { state: "sent" } });
    });

    test("unknown, and unknown again, is held again and not sent by itself", async (bench) => {
      const id = await heldUnknown(bench);
      await operate(bench, "resend", id);
      await sent(bench, id, "unknown");
      bench.clock.step(2 * DAY);
      expect(await start(bench, id)).toMatchObject({ kind: "held" });
      expect(await bench.rows("attempt", { delivery_id: id })).toHaveLength(2);
    });

    test("is not sent again while the gateway still finds out by itself", async (bench) => {
      const [id] = await queued(bench, "m1", ["a"]);
      await sent(bench, id, "unknown");
      expect(await operate(bench, "resend", id)).toMatchObject({ kind: "refused", why: "settles-itself" });
      expect(await operate(bench, "sent", id)).toMatchObject({ kind: "done" });
    });

    test("goes also when its deliverBy has passed, because somebody wants it now", async (bench) => {
      await say(bench, "m1");
      const to = { channel: "line", account: "default", peerId: "U1" };
      const order = { to, messages: outgoing("late"), messagesPerCall: 5, key: null, deliverBy: T + SECOND };
      const [id = ""] = (await bench.store.queueMessages(order))?.deliveryIds ?? [];
      bench.clock.step(MINUTE);
      expect(await start(bench, id)).toMatchObject({ kind: "expired" });
      await operate(bench, "replay", id);
      expect(await sent(bench, id, "sent")).toMatchObject({ settlement: { state: "sent" } });
    });

    test("said to have arrived, takes along what was bundled into it", async (bench) => {
      const bundling = await parked(bench, "m1");
      const turn = await claimed(bench, "m2", { token: "t2" });
      const [carrier = ""] = (await answer(bench, turn, ["b"])).deliveryIds;
      await sent(bench, carrier, "unknown");
      expect(await operate(bench, "sent", bundling)).toMatchObject({ kind: "refused", why: "bundled-into-another" });
      await operate(bench, "sent", carrier);
      expect(await stateOf(bench, "delivery", bundling)).toBe("sent");
      expect(await oneRow(bench, "reply_token", { token: "t2" })).toMatchObject({ state: "spent" });
    });

    test("regression_resent_with_what_was_bundled_into_it_says_so_of_both", async (bench) => {
      const bundled = await parked(bench, "m1");
      const carrier = await heldUnknown(bench, "m2");
      await operate(bench, "resend", carrier);
      for (const id of [bundled, carrier]) {
        const row = await oneRow(bench, "delivery", { delivery_id: id });
        expect(row.resent_because).toBe("an operator resent it");
      }
    });

    test("is settled by the late receipt of its first call", async (bench) => {
      const id = await heldUnknown(bench);
      await operate(bench, "resend", id);
      const { channel, account } = message("m1").conversation;
      const of = { channel, account, deliveryId: id, platformMessageIds: ["p1"], watermark: null };
      const receipt = { ...of, status: "delivered", at: T, failure: null } as const;
      await bench.store.recordReceipt({ receipt, retry: SEND_RETRY, random: 0 });
      expect(await stateOf(bench, "delivery", id)).toBe("sent");
    });
  });
}

function discarding(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("what was discarded", () => {
    for (const [what, make] of Object.entries(WAITING)) {
      test(`waits for nobody, and nothing brings it back: ${what}`, async (bench) => {
        const id = await make(bench);
        await operate(bench, "discard", id);
        const waiting = await bench.store.countWaiting();
        expect(waiting.filter(({ count }) => count > 0)).toEqual([]);
        const query = { kind: null, states: ["dead", "unknown", "parked"], channel: null, account: null } as const;
        const page = { conversation: null, since: null, limit: 10, before: null };
        expect((await bench.store.listWaiting({ ...query, ...page })).items).toEqual([]);
        for (const action of ["replay", "discard", "sent", "resend"] as const) {
          const again = await operate(bench, action, id, { actionId: "a2" });
          expect(again).toMatchObject({ kind: "refused", why: "discarded" });
        }
        bench.clock.step(DAY);
        expect((await dueDeliveries(bench)).due).toEqual([]);
        expect((await readyTurns(bench.store, 10)).due).toEqual([]);
      });
    }

    test("unbundles it, which finds its own route", async (bench) => {
      const bundling = await parked(bench, "m1");
      const turn = await claimed(bench, "m2", { token: "t2" });
      const [carrier = ""] = (await answer(bench, turn, ["b"])).deliveryIds;
      await sent(bench, carrier, "quota-exhausted");
      await operate(bench, "discard", carrier);
      expect(await oneRow(bench, "delivery", { delivery_id: bundling })).toMatchObject({
        state: "parked",
        bundled_into: null,
      });
    });

    test("is deleted by retention, with the words about it, as all that has ended", async (bench) => {
      await operate(bench, "discard", await deadTurn(bench, "m1"));
      await operate(bench, "discard", await deadDelivery(bench, "m2"));
      bench.clock.step(31 * DAY);
      await purgeAll(bench);
      for (const table of ["turn", "delivery", "event", "operator_action"] as const) {
        expect(await bench.rows(table), table).toEqual([]);
      }
    });

    test("while what waits for a person is never deleted", async (bench) => {
      await deadTurn(bench, "m1");
      await deadDelivery(bench, "m2");
      bench.clock.step(31 * DAY);
      await purgeAll(bench);
      expect(await bench.rows("turn")).toHaveLength(2);
    });
  });
}
