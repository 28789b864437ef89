/**
 * Goal: what arrives while the agent works is never lost and never said twice: it waits, takes the turn away, or is passed
 * over, as its policy says.
 * Method: one transaction after the other, with the store's rows in between.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import { answer, claim, claimed, mustClaim, queued, say, sayNow, sending, stateOf } from "./conformance-steps.ts";
import { oneRow, type StoreHarness, testOn } from "./harness.ts";
import { BATCH, LEASE_MS, message, policy, SECOND, TURN_RETRY, texts } from "./samples.ts";

const SKIP = { busy: "skip" } as const;
const INTERRUPT = { busy: "interrupt" } as const;

export function skipping(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("an event that only serves the screen", () => {
    test("is skipped while the agent works, and the next one is not held up by it", async (bench) => {
      const turn = await claimed(bench, "m1");
      const skipped = await say(bench, "p1", { effect: "collect-now" }, SKIP);
      expect(skipped).toMatchObject({ isSkipped: true, turnReady: false });
      expect([await stateOf(bench, "turn", skipped.turnId), await stateOf(bench, "event", skipped.eventId)]).toEqual([
        "skipped",
        "skipped",
      ]);
      await answer(bench, turn, ["one"]);
      expect((await claimed(bench, "m2")).events.map(({ eventId }) => eventId)).toHaveLength(1);
    });

    test("is skipped while a turn waits for the agent", async (bench) => {
      await sayNow(bench, "m1");
      expect(await say(bench, "p1", { effect: "collect-now" }, SKIP)).toMatchObject({ isSkipped: true });
    });

    test("is taken as any other while nobody is at work, also beside a turn that still collects", async (bench) => {
      const alone = await say(bench, "p1", { effect: "collect-now" }, SKIP);
      expect(alone).toMatchObject({ isSkipped: false, turnReady: true });
      await answer(bench, await mustClaim(bench, alone.turnId), ["one"]);
      const word = await say(bench, "m1");
      expect(await say(bench, "p2", { effect: "collect-now" }, SKIP)).toMatchObject({
        isSkipped: false,
        turnId: word.turnId,
      });
    });

    test("is known when it comes again", async (bench) => {
      await claimed(bench, "m1");
      await say(bench, "p1", { effect: "collect-now" }, SKIP);
      expect(await bench.store.ingest(message("p1"), policy(SKIP))).toMatchObject({ kind: "duplicate" });
    });

    test("gives its free token to what waits for one", async (bench) => {
      const turn = await claimed(bench, "m1");
      await say(bench, "p1", { effect: "collect-now", token: "t2" }, SKIP);
      const [deliveryId = ""] = (await answer(bench, turn, ["one"])).deliveryIds;
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });
  });
}

export function interrupting(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a message that interrupts", () => {
    test("takes the agent's turn away, and its events are in the new one, in order", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      bench.clock.step(2 * SECOND);
      const next = await say(bench, "m2", { token: "t2" }, INTERRUPT);
      expect(next).toMatchObject({ isSkipped: false, interrupted: turn.turnId, turnReady: false });
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("empty");
      bench.clock.step(BATCH.quietMs);
      expect((await bench.store.sealTurn(next.turnId)).kind).toBe("ready");
      const again = await mustClaim(bench, next.turnId);
      expect(again.events.map(({ platformEventId }) => platformEventId)).toEqual(["evt-m1", "evt-m2"]);
      expect(again.replyBy).not.toBeNull();
    });

    test("keeps the turn's free answers for the new one: an older answer takes none of them", async (bench) => {
      const [older] = await queued(bench, "m0", ["a"]);
      await claimed(bench, "m1", { token: "t1" });
      const next = await say(bench, "m2", {}, INTERRUPT);
      expect(await oneRow(bench, "reply_token", { token: "t1" })).toMatchObject({ turn_id: next.turnId });
      expect(await sending(bench, older)).toMatchObject({ route: "push" });
    });

    test("moves the fence: the answer to the old turn is refused, and so is a failure", async (bench) => {
      const turn = await claimed(bench, "m1");
      await say(bench, "m2", {}, INTERRUPT);
      expect(await oneRow(bench, "turn", { turn_id: turn.turnId })).toMatchObject({ fence: turn.fence + 1 });
      await expect(answer(bench, turn, ["too late"])).rejects.toThrow(Fenced);
      const failure = { kind: "dead", reason: "refused" } as const;
      await expect(bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 })).rejects.toThrow(Fenced);
      await expect(bench.store.renewLease({ ...turn, leaseMs: LEASE_MS })).rejects.toThrow(Fenced);
    });

    test("does not once a part of the answer is queued", async (bench) => {
      const turn = await claimed(bench, "m1");
      await answer(bench, turn, ["a part"], { done: false });
      expect(await say(bench, "m2", {}, INTERRUPT)).toMatchObject({ interrupted: null });
      expect(await stateOf(bench, "turn", turn.turnId)).toBe("leased");
    });

    test("does not once a button was offered for the answer", async (bench) => {
      const { turnId, fence } = await claimed(bench, "m1", { token: "t1" });
      const times = { afterMs: 0, marginMs: 5 * SECOND, pushAfterMs: null, expiresAfterMs: 60 * SECOND };
      await bench.store.promptWithButton({
        ...times,
        turnId,
        fence,
        messagesPerCall: 5,
        messages: () => texts("button"),
      });
      expect(await say(bench, "m2", {}, INTERRUPT)).toMatchObject({ interrupted: null });
    });

    test("does only until the longest wait after the first message, so that somebody who never stops is answered", async (bench) => {
      let turn = await claimed(bench, "m0");
      for (let n = 1; n < 4; n++) {
        bench.clock.step(2 * SECOND);
        const next = await say(bench, `m${n}`, { effect: "collect-now" }, INTERRUPT);
        expect(next.interrupted).toBe(turn.turnId);
        turn = await mustClaim(bench, next.turnId);
      }
      bench.clock.step(2 * SECOND);
      expect(await say(bench, "m4", { effect: "collect-now" }, INTERRUPT)).toMatchObject({ interrupted: null });
      expect(turn.events).toHaveLength(4);
    });

    test("is due by the first message of all, and full with all of them", async (bench) => {
      const turn = await claimed(bench, "m1");
      bench.clock.step(7 * SECOND);
      const next = await say(bench, "m2", {}, INTERRUPT);
      expect(await oneRow(bench, "turn", { turn_id: next.turnId })).toMatchObject({
        first_event_at: turn.firstEventAt,
        due_at: turn.firstEventAt + BATCH.maxWaitMs,
      });
      const full = { ...INTERRUPT, batch: { ...BATCH, maxEvents: 2 } };
      await claimed(bench, "n1", { peerId: "U2" });
      expect(await say(bench, "n2", { peerId: "U2" }, full)).toMatchObject({ turnReady: true });
    });

    test("joins what collects already", async (bench) => {
      const turn = await claimed(bench, "m1");
      const waiting = await say(bench, "m2");
      const third = await say(bench, "m3", { effect: "collect-now" }, INTERRUPT);
      expect([third.turnId, third.interrupted]).toEqual([waiting.turnId, turn.turnId]);
      expect((await mustClaim(bench, waiting.turnId)).events).toHaveLength(3);
    });

    test("that joins what collects makes it due by the first message of all", async (bench) => {
      const { firstEventAt } = await claimed(bench, "m1");
      bench.clock.step(7 * SECOND);
      const { turnId } = await say(bench, "m2");
      expect(await oneRow(bench, "turn", { turn_id: turnId })).toMatchObject({
        first_event_at: firstEventAt + 7 * SECOND,
        due_at: firstEventAt + 7 * SECOND + BATCH.quietMs,
      });
      await say(bench, "m3", {}, INTERRUPT);
      expect(await oneRow(bench, "turn", { turn_id: turnId })).toMatchObject({
        first_event_at: firstEventAt,
        due_at: firstEventAt + BATCH.maxWaitMs,
      });
    });

    test("leaves the order alone where a turn waits already", async (bench) => {
      await claimed(bench, "m1");
      const second = await sayNow(bench, "m2");
      expect(await say(bench, "m3", {}, INTERRUPT)).toMatchObject({ interrupted: null });
      expect(await claim(bench, second.turnId)).toBeNull();
    });

    test("of one who is not at work takes nothing away", async (bench) => {
      await claimed(bench, "m1");
      expect(await say(bench, "n1", { peerId: "U2" }, INTERRUPT)).toMatchObject({ interrupted: null });
    });
  });
}
