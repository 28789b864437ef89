/**
 * Goal: while a human agent answers by hand the bot is silent, an automatic greeting silences nobody, and afterwards the agent
 * reads what was said meanwhile.
 * Method: echoes at the moments that count, with the clock in our hand.
 */
import { describe, expect } from "vitest";
import { assert } from "../../../src/core/errors.ts";
import type { InboundEvent } from "../../../src/core/event.ts";
import type { IngestPolicy } from "../../../src/store/store.ts";
import { claimed, say, sayNow } from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { BATCH, DAY, HOUR, LEASE_MS, MINUTE, message, OWNER, policy, type Saying, SECOND } from "./samples.ts";

const PEER = { peerId: "P1", channel: "messenger" } as const;
const HANDOVER = { pauseMs: HOUR, greetingMs: 10 * SECOND };
const CONTEXT = { maxEvents: 20, maxAgeMs: 1 };

/** A person's message, with the platform's time of now. */
const says = (bench: Bench, id: string, saying: Saying = {}, how: Partial<IngestPolicy> = {}) =>
  bench.store.ingest(
    message(id, { ...PEER, sentAt: bench.clock.now(), ...saying }),
    policy({ handover: HANDOVER, ...how }),
  );

/** A message of our side, as the platform echoes it. */
function echo(
  bench: Bench,
  id: string,
  answeredBy: NonNullable<InboundEvent["answeredBy"]>,
  saying: Saying = {},
  how: Partial<IngestPolicy> = {},
) {
  const said = message(id, { ...PEER, effect: "store", sentAt: bench.clock.now(), ...saying });
  return bench.store.ingest(
    { ...said, type: "echo", sender: null, answeredBy },
    policy({ handover: HANDOVER, ...how }),
  );
}

async function contextOf(bench: Bench, turnId: string): Promise<readonly string[]> {
  const turn = await bench.store.claimTurn({ turnId, owner: OWNER, leaseMs: LEASE_MS, context: CONTEXT });
  assert(turn !== null && turn !== "empty", `${turnId} can't be claimed`);
  return turn.context.map(({ platformEventId }) => platformEventId.replace("evt-", ""));
}

const openedBy = async (bench: Bench, id: string) => {
  const result = await says(bench, id, { effect: "collect-now" });
  return "turnId" in result ? result.turnId : null;
};

export function handingOver(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("while a human agent answers by hand", () => {
    test("what is said opens no turn, and a turn that no agent has had is closed as empty", async (bench) => {
      const { turnId } = await say(bench, "m1", PEER);
      expect(await echo(bench, "h1", "human")).toMatchObject({ handover: "paused" });
      expect(await says(bench, "m2")).toMatchObject({ turnId: null });
      bench.clock.step(10 * SECOND);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("empty");
      bench.clock.step(HOUR);
      expect(await says(bench, "m3")).toMatchObject({ turnId: expect.stringMatching(/^turn_/) });
    });

    test("the pause lasts from the newest answer", async (bench) => {
      await echo(bench, "h1", "human");
      bench.clock.step(HOUR - 1);
      await echo(bench, "h2", "human");
      bench.clock.step(HOUR - 1);
      expect(await openedBy(bench, "m1")).toBeNull();
      bench.clock.step(1);
      expect(await openedBy(bench, "m2")).not.toBeNull();
    });

    test("the pause counts from when the answer was sent, however late its webhook comes", async (bench) => {
      const sentAt = bench.clock.now();
      bench.clock.step(HOUR - 1);
      expect(await echo(bench, "h1", "human", { sentAt })).toMatchObject({ handover: "paused" });
      expect(await openedBy(bench, "m1")).toBeNull();
      bench.clock.step(1);
      expect(await openedBy(bench, "m2")).not.toBeNull();
    });

    test("an answer that comes when its pause is over has answered only what was asked before it", async (bench) => {
      const { turnId } = await say(bench, "m1", { ...PEER, sentAt: bench.clock.now() });
      const sentAt = bench.clock.now();
      bench.clock.step(HOUR);
      await says(bench, "m2");
      expect(await echo(bench, "h1", "human", { sentAt })).toMatchObject({ handover: null });
      expect((await oneRow(bench, "conversation", { peer_id: "P1" })).paused_until).toBeNull();
      const turn = await bench.store.findTurn(turnId);
      expect(turn?.events.map(({ platformEventId }) => platformEventId)).toEqual(["evt-m2"]);
    });

    test("an answer from a clock that is ahead of ours pauses no longer", async (bench) => {
      await echo(bench, "h1", "human", { sentAt: bench.clock.now() + HOUR });
      bench.clock.step(HOUR);
      expect(await openedBy(bench, "m1")).not.toBeNull();
    });

    test("both sides' words are context of the next turn, however long ago, once", async (bench) => {
      const { turnId: first } = await say(bench, "m1", PEER);
      await echo(bench, "h1", "human");
      bench.clock.step(BATCH.quietMs);
      expect((await bench.store.sealTurn(first)).kind).toBe("empty");
      await says(bench, "m2");
      bench.clock.step(DAY);
      const turnId = await openedBy(bench, "m3");
      assert(turnId !== null, "the pause is over");
      expect(await contextOf(bench, turnId)).toEqual(["m1", "h1", "m2"]);
      bench.clock.step(1);
      const turn = await bench.store.findTurn(turnId);
      assert(turn !== null, "the turn is there");
      await bench.store.answerTurn({ turnId, fence: turn.fence, messages: [], messagesPerCall: 1, done: true });
      const next = await openedBy(bench, "m4");
      expect(await contextOf(bench, next ?? "")).toEqual([]);
    });

    test("a tap is among them, and what else people did isn't", async (bench) => {
      await echo(bench, "h1", "human");
      for (const type of ["postback", "follow", "buttonCallback"]) {
        const tap = message(type, { ...PEER, effect: "collect-now", sentAt: bench.clock.now() });
        await bench.store.ingest({ ...tap, type }, policy({ handover: HANDOVER }));
      }
      bench.clock.step(HOUR);
      const turnId = await openedBy(bench, "m1");
      expect(await contextOf(bench, turnId ?? "")).toEqual(["h1", "postback"]);
    });

    test("a turn that is claimed with its ingest has them, too", async (bench) => {
      await echo(bench, "h1", "human");
      bench.clock.step(DAY);
      const claim = { owner: OWNER, leaseMs: LEASE_MS, context: CONTEXT };
      const result = await says(bench, "m1", { effect: "collect-now" }, { claim });
      assert("claimed" in result && result.claimed !== null, "the turn wasn't claimed");
      expect(result.claimed.context).toMatchObject([{ type: "echo", platformEventId: "evt-h1", sender: null }]);
    });

    test("an agent that has a turn keeps it", async (bench) => {
      const turn = await claimed(bench, "m1", PEER);
      await echo(bench, "h1", "human");
      expect((await bench.store.findTurn(turn.turnId))?.events).toHaveLength(1);
    });

    test("nothing pauses without a pause in the settings", async (bench) => {
      const off = { handover: { ...HANDOVER, pauseMs: 0 } };
      expect(await echo(bench, "h1", "human", {}, off)).toMatchObject({ handover: null });
      expect(await openedBy(bench, "m1")).not.toBeNull();
      expect((await oneRow(bench, "conversation", { peer_id: "P1" })).paused_until).toBeNull();
    });
  });

  describe("an automatic greeting", () => {
    test("right after a person's first message is no human agent", async (bench) => {
      const first = await says(bench, "m1");
      bench.clock.step(10 * SECOND);
      expect(await echo(bench, "h1", "maybe-greeting")).toMatchObject({ handover: "greeting" });
      const turnId = "turnId" in first ? (first.turnId ?? "") : "";
      expect((await bench.store.sealTurn(turnId)).kind).toBe("ready");
    });

    test("is told by the platform's times, because webhooks may be late", async (bench) => {
      await says(bench, "m1");
      const greeting = {
        ...message("h1", { ...PEER, effect: "store", sentAt: bench.clock.now() + SECOND }),
        type: "echo",
      };
      bench.clock.step(HOUR);
      const late = await bench.store.ingest(
        { ...greeting, answeredBy: "maybe-greeting" },
        policy({ handover: HANDOVER }),
      );
      expect(late).toMatchObject({ handover: "greeting" });
    });

    test("is a human agent's answer when it comes later, after another message, or before all", async (bench) => {
      expect(await echo(bench, "h0", "maybe-greeting")).toMatchObject({ handover: "paused" });
      bench.clock.step(HOUR);
      await sayNow(bench, "m1", { ...PEER, sentAt: bench.clock.now() });
      bench.clock.step(10 * SECOND + 1);
      expect(await echo(bench, "h1", "maybe-greeting")).toMatchObject({ handover: "paused" });
      bench.clock.step(HOUR);
      await says(bench, "m2");
      expect(await echo(bench, "h2", "maybe-greeting")).toMatchObject({ handover: "paused" });
    });

    test("that comes before its message lifts the pause when that comes", async (bench) => {
      const sentAt = bench.clock.now();
      expect(await echo(bench, "h1", "maybe-greeting", { sentAt: sentAt + 2 * SECOND })).toMatchObject({
        handover: "paused",
      });
      bench.clock.step(30 * SECOND);
      expect(await says(bench, "m2")).toMatchObject({ turnId: null, handover: null });
      const first = await says(bench, "m1", { sentAt, effect: "collect-now" });
      assert(first.kind !== "duplicate" && first.turnId !== null, "it opened no turn");
      expect(first.handover).toBe("greeting");
      expect(await openedBy(bench, "m3")).not.toBeNull();
      expect(await contextOf(bench, first.turnId)).toEqual(["h1", "m2"]);
    });

    test("is none when a human agent has answered, too, or more of it came later", async (bench) => {
      const sentAt = bench.clock.now();
      for (const [peerId, answeredBy, laterMs] of [
        ["P1", "human", 1],
        ["P2", "maybe-greeting", 10 * SECOND + 1],
      ] as const) {
        await echo(bench, `${peerId}-h1`, "maybe-greeting", { peerId, sentAt });
        await echo(bench, `${peerId}-h2`, answeredBy, { peerId, sentAt: sentAt + laterMs });
        expect(await says(bench, `${peerId}-m1`, { peerId, sentAt })).toMatchObject({ turnId: null });
      }
      await echo(bench, "P3-h1", "maybe-greeting", { peerId: "P3", sentAt });
      await echo(bench, "P3-h2", "maybe-greeting", { peerId: "P3", sentAt: sentAt + SECOND });
      expect(await says(bench, "P3-m1", { peerId: "P3", sentAt })).toMatchObject({ handover: "greeting" });
    });

    test("is none when a message before it was sent too early to be greeted", async (bench) => {
      const sentAt = bench.clock.now();
      await echo(bench, "h1", "maybe-greeting", { sentAt });
      expect(await says(bench, "m1", { sentAt: sentAt - 10 * SECOND - 1 })).toMatchObject({ turnId: null });
      expect(await says(bench, "m2", { sentAt })).toMatchObject({ turnId: null });
    });

    test("comes again after two weeks of silence, and never from a named app", async (bench) => {
      await says(bench, "m1", { effect: "collect-now" });
      bench.clock.step(15 * DAY);
      await says(bench, "m2", { effect: "collect-now" });
      expect(await echo(bench, "h1", "maybe-greeting")).toMatchObject({ handover: "greeting" });
      expect(await echo(bench, "h2", "human")).toMatchObject({ handover: "paused" });
    });

    test("during a pause is a human agent's answer", async (bench) => {
      await says(bench, "m1");
      await echo(bench, "h1", "human");
      bench.clock.step(BATCH.quietMs);
      await echo(bench, "h2", "maybe-greeting");
      bench.clock.step(HOUR - 1);
      expect(await openedBy(bench, "m2")).toBeNull();
    });
  });

  describe("an operator's pause", () => {
    const FOR_MS = 30 * 60_000;
    const conversationOf = async (bench: Bench) =>
      String((await oneRow(bench, "conversation", { peer_id: "P1" })).conversation_id);
    const pause = async (bench: Bench, actionId: string, forMs = FOR_MS) =>
      bench.store.operateConversation({
        conversationId: await conversationOf(bench),
        actionId,
        actor: "cli",
        action: "pause",
        forMs,
      });
    const resume = async (bench: Bench, actionId: string) =>
      bench.store.operateConversation({
        conversationId: await conversationOf(bench),
        actionId,
        actor: "cli",
        action: "resume",
      });

    test("silences the bot as long as a human agent's answer would, and what no agent has had is left", async (bench) => {
      const { turnId } = await say(bench, "m1", PEER);
      const until = bench.clock.now() + FOR_MS;
      expect(await pause(bench, "a1")).toMatchObject({ kind: "done", pausedUntil: until, isRepeated: false });
      expect(await says(bench, "m2")).toMatchObject({ turnId: null });
      bench.clock.step(10 * SECOND);
      expect((await bench.store.sealTurn(turnId)).kind).toBe("empty");
      bench.clock.step(FOR_MS);
      const next = await openedBy(bench, "m3");
      assert(next !== null, "the pause is over");
      expect(await contextOf(bench, next)).toEqual(["m1", "m2"]);
    });

    test("is not ended by what may be a greeting, and ends at once when the operator says so", async (bench) => {
      await says(bench, "m1", { effect: "collect-now" });
      await pause(bench, "a1");
      await echo(bench, "h1", "maybe-greeting");
      expect(await openedBy(bench, "m2")).toBeNull();
      expect(await resume(bench, "a2")).toMatchObject({ kind: "done", pausedUntil: null });
      expect(await openedBy(bench, "m3")).not.toBeNull();
    });

    test("shows in the list of conversations, and no more when it was ended", async (bench) => {
      await says(bench, "m1", { effect: "collect-now" });
      const listed = async () =>
        (await bench.store.listConversations({ channel: null, account: null, limit: 1, before: null })).items;
      const until = bench.clock.now() + FOR_MS;
      await pause(bench, "a1");
      expect(await listed()).toMatchObject([{ pausedUntil: until }]);
      await resume(bench, "a2");
      expect(await listed()).toMatchObject([{ pausedUntil: null }]);
    });

    test("ends a human agent's pause as well, and a longer one stays when it begins", async (bench) => {
      await echo(bench, "h1", "human");
      const until = bench.clock.now() + HOUR;
      expect(await pause(bench, "a1")).toMatchObject({ kind: "done", pausedUntil: until });
      expect(await resume(bench, "a2")).toMatchObject({ kind: "done", pausedUntil: null });
      expect(await openedBy(bench, "m1")).not.toBeNull();
    });

    test("is done once under its action id, and recorded once", async (bench) => {
      await echo(bench, "h1", "human");
      await resume(bench, "a1");
      await pause(bench, "a2");
      expect(await resume(bench, "a1")).toMatchObject({ kind: "done", isRepeated: true });
      expect(await openedBy(bench, "m1")).toBeNull();
      expect(await pause(bench, "a1")).toEqual({ kind: "other-action", action: "resume" });
      bench.clock.step(1);
      const { items } = await bench.store.listActions({ limit: 10, before: null });
      expect(items.map(({ action, from, to }) => `${action}: ${from} to ${to}`).toSorted()).toEqual([
        "pause: active to paused",
        "resume: paused to active",
      ]);
      expect(items.every(({ item, id, conversationId }) => item === "conversation" && id === conversationId)).toBe(
        true,
      );
    });

    test("regression_pause-without-a-story: is in the conversation's timeline, with who began and ended it", async (bench) => {
      await says(bench, "m1", { effect: "collect-now" });
      await pause(bench, "a1");
      bench.clock.step(MINUTE);
      await resume(bench, "a2");
      const query = { conversationId: await conversationOf(bench), limit: 20, before: null };
      const { entries = [] } = (await bench.store.readTimeline(query)) ?? {};
      expect(entries.filter(({ kind }) => kind === "action")).toMatchObject([
        { action: "pause", actor: "cli", to: "paused" },
        { action: "resume", actor: "cli", to: "active" },
      ]);
    });

    test("that there is none of can't be ended, nor one of a conversation that isn't there", async (bench) => {
      await says(bench, "m1");
      expect(await resume(bench, "a1")).toEqual({ kind: "not-paused" });
      await pause(bench, "a2");
      bench.clock.step(FOR_MS);
      expect(await resume(bench, "a3")).toEqual({ kind: "not-paused" });
      const order = { conversationId: "conv_x", actionId: "a1", actor: "cli", action: "resume" } as const;
      expect(await bench.store.operateConversation(order)).toEqual({ kind: "no-such-conversation" });
    });
  });
}
