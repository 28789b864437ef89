/**
 * Goal: a slow answer waits for the tap on its button, exactly once, and nothing of it is ever paid for twice or lost.
 * Method: one transaction after the other, with the store's rows in between.
 */
import { describe, expect } from "vitest";
import { Fenced } from "../../../src/core/errors.ts";
import type { ClaimedTurn } from "../../../src/core/turn.ts";
import {
  answer,
  claimed,
  dueDeliveries,
  purgeAll,
  queued,
  sending,
  sent,
  settle,
  start,
  stateOf,
} from "./conformance-steps.ts";
import { type Bench, oneRow, type StoreHarness, testOn } from "./harness.ts";
import { DAY, MINUTE, message, outgoing, policy, SECOND, T, TOKEN_TTL_MS, TURN_RETRY, texts } from "./samples.ts";

const PROMPT = {
  afterMs: 40 * SECOND,
  marginMs: 5 * SECOND,
  pushAfterMs: null,
  expiresAfterMs: DAY,
  messagesPerCall: 5,
};

const offer = (bench: Bench, { turnId, fence }: ClaimedTurn) =>
  bench.store.promptWithButton({
    ...PROMPT,
    turnId,
    fence,
    messages: (callbackToken) => texts(`button ${callbackToken}`),
  });

/** The button is on the screen, and its token spent. */
async function prompted(bench: Bench, turn: ClaimedTurn): Promise<string> {
  bench.clock.step(40 * SECOND);
  const result = await offer(bench, turn);
  const deliveryId = result.kind === "prompted" ? result.deliveryId : "none";
  await settle(bench, await sending(bench, deliveryId), "sent");
  return String((await oneRow(bench, "slow_reply", { turn_id: turn.turnId })).callback_token);
}

const tap = (bench: Bench, id: string, callbackToken: string) =>
  bench.store.ingest(
    { ...message(id, { effect: "store", token: `token of ${id}` }), callbackToken },
    policy({ systemMessage: (kind) => texts(kind) }),
  );

const callbackTokenState = async (bench: Bench, turn: ClaimedTurn) =>
  (await oneRow(bench, "slow_reply", { turn_id: turn.turnId })).state;

export function slowReplies(harness: StoreHarness): void {
  const test = testOn(harness);

  describe("a button", () => {
    test("is offered when its time has come, once, and by the turn's own token", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      expect(await offer(bench, turn)).toEqual({ kind: "later", inMs: 40 * SECOND });
      bench.clock.step(40 * SECOND);
      const first = await offer(bench, turn);
      expect(first.kind).toBe("prompted");
      expect(await offer(bench, turn)).toEqual({ kind: "none" });
      const deliveryId = first.kind === "prompted" ? first.deliveryId : "";
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });

    test("waits for a token that a copy has refreshed", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      bench.clock.step(30 * SECOND);
      await bench.store.ingest(message("m1", { token: "t1", redelivered: true }), policy());
      bench.clock.step(10 * SECOND);
      expect(await offer(bench, turn)).toEqual({ kind: "later", inMs: 30 * SECOND });
    });

    test("is not offered without a token, too close to its end, or when a part of the answer is there", async (bench) => {
      const bare = await claimed(bench, "m1", { peerId: "U1" });
      expect(await offer(bench, bare)).toEqual({ kind: "none" });
      const late = await claimed(bench, "m2", { peerId: "U2", token: "t2" });
      const begun = await claimed(bench, "m3", { peerId: "U3", token: "t3" });
      await answer(bench, begun, ["a part"], { done: false });
      bench.clock.step(TOKEN_TTL_MS - 5 * SECOND);
      expect(await offer(bench, late)).toEqual({ kind: "none" });
      expect(await offer(bench, begun)).toEqual({ kind: "none" });
    });

    test("is not offered under an old fence", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      await bench.store.failTurn({ ...turn, failure: { kind: "handed-back" }, retry: TURN_RETRY, random: 0 });
      bench.clock.step(40 * SECOND);
      await expect(offer(bench, turn)).rejects.toThrow(Fenced);
      expect(await bench.rows("slow_reply")).toEqual([]);
    });

    test("that has not left yet is discarded when the answer comes, and leaves it the token", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      bench.clock.step(40 * SECOND);
      const button = await offer(bench, turn);
      const [deliveryId = ""] = (await answer(bench, turn, ["in time"])).deliveryIds;
      expect(await bench.rows("delivery", { kind: "button" })).toEqual([]);
      expect(button.kind).toBe("prompted");
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
    });

    test("that finds no free route is discarded, and paid for by nobody", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      bench.clock.step(40 * SECOND);
      const button = await offer(bench, turn);
      const deliveryId = button.kind === "prompted" ? button.deliveryId : "";
      bench.clock.step(20 * SECOND);
      const parked = { kind: "park", reason: "no free route is open" } as const;
      expect(await start(bench, deliveryId, { chooseRoute: () => parked })).toMatchObject({ kind: "discarded" });
      expect(await bench.rows("delivery")).toEqual([]);
    });
  });

  test("what waits for a free route is bundled in front of the button, and both are told apart again", async (bench) => {
    const [parkedId] = await queued(bench, "m0", ["waiting"]);
    await sent(bench, parkedId, "quota-exhausted");
    const turn = await claimed(bench, "m1", { token: "t1" });
    bench.clock.step(39 * SECOND);
    const button = await offer(bench, turn);
    const buttonId = button.kind === "prompted" ? button.deliveryId : "none";
    const { call } = await sending(bench, buttonId);
    const said = (JSON.parse(call.body) as { messages: { text: string }[] }).messages.map(({ text }) => text);
    expect(said).toEqual(["waiting", expect.stringMatching(/^button tap_/)]);
    await settle(bench, { deliveryId: buttonId, attempt: 1 }, "sent");
    expect(await stateOf(bench, "delivery", parkedId)).toBe("sent");
  });

  test("what is bundled into an answer already doesn't change over to a button", async (bench) => {
    const [parkedId] = await queued(bench, "m0", ["waiting"]);
    await sent(bench, parkedId, "quota-exhausted");
    const [bundledInto = ""] = (await answer(bench, await claimed(bench, "m1", { token: "t1" }), ["new"])).deliveryIds;
    await sent(bench, bundledInto, "retry");
    const turn = await claimed(bench, "m2", { token: "t2" });
    bench.clock.step(40 * SECOND);
    expect(await offer(bench, turn)).toMatchObject({ kind: "prompted" });
    expect(await oneRow(bench, "delivery", { delivery_id: parkedId })).toMatchObject({ bundled_into: bundledInto });
  });

  test("what is past its time isn't bundled in front of a button", async (bench) => {
    await answer(bench, await claimed(bench, "m0"), []);
    const to = { channel: "line", account: "default", peerId: "U1" };
    const order = { to, messages: outgoing("old news"), messagesPerCall: 1, key: null, deliverBy: T + MINUTE };
    const [parkedId = ""] = (await bench.store.queueMessages(order))?.deliveryIds ?? [];
    await sent(bench, parkedId, "quota-exhausted");
    bench.clock.step(MINUTE);
    const turn = await claimed(bench, "m1", { token: "t1" });
    bench.clock.step(40 * SECOND);
    expect(await offer(bench, turn)).toMatchObject({ kind: "prompted" });
    expect(await oneRow(bench, "delivery", { delivery_id: parkedId })).toMatchObject({ bundled_into: null });
  });

  describe("an answer behind a button", () => {
    test("waits for the tap and goes by its token", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      const callbackToken = await prompted(bench, turn);
      bench.clock.step(MINUTE);
      const [deliveryId = ""] = (await answer(bench, turn, ["late"])).deliveryIds;
      expect(await callbackTokenState(bench, turn)).toBe("ready");
      expect(await start(bench, deliveryId)).toMatchObject({ kind: "parked" });
      expect((await dueDeliveries(bench)).due).toEqual([]);
      expect(await tap(bench, "tap1", callbackToken)).toMatchObject({
        kind: "accepted",
        turnId: null,
        offersRoute: true,
      });
      expect((await dueDeliveries(bench)).due).toEqual([deliveryId]);
      await settle(bench, await sending(bench, deliveryId), "sent");
      expect(await callbackTokenState(bench, turn)).toBe("delivered");
    });

    test("is paid for when the button may not have arrived", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      bench.clock.step(40 * SECOND);
      const button = await offer(bench, turn);
      const buttonId = button.kind === "prompted" ? button.deliveryId : "";
      await settle(bench, await sending(bench, buttonId), "unknown");
      const [deliveryId = ""] = (await answer(bench, turn, ["late"])).deliveryIds;
      bench.clock.step(2 * MINUTE);
      await start(bench, buttonId);
      expect(await sending(bench, deliveryId)).toMatchObject({ route: "push" });
    });

    test("doesn't go to whoever has the callback token in another conversation", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      const callbackToken = await prompted(bench, turn);
      bench.clock.step(MINUTE);
      const [deliveryId = ""] = (await answer(bench, turn, ["late"])).deliveryIds;
      await start(bench, deliveryId);
      const event = { ...message("tap1", { effect: "store", token: "t2", peerId: "U2" }), callbackToken };
      await bench.store.ingest(event, policy({ systemMessage: (kind) => texts(kind) }));
      expect(await stateOf(bench, "delivery", deliveryId)).toBe("parked");
      const [said] = await bench.rows("delivery", { kind: "system" });
      expect(said?.messages).toBe(JSON.stringify(texts("expired")));
    });

    test("that never comes leaves a callback token that says so, also after a crash", async (bench) => {
      const turn = await claimed(bench, "m1", { token: "t1" });
      const callbackToken = await prompted(bench, turn);
      const failure = { kind: "dead", reason: "refused" } as const;
      await bench.store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
      await bench.crash();
      await tap(bench, "tap1", callbackToken);
      const [said] = await bench.rows("delivery", { kind: "system" });
      expect(said?.messages).toBe(JSON.stringify(texts("failed")));
    });
  });

  test("retention deletes the callback token with its turn, and system messages that hang on none", async (bench) => {
    const turn = await claimed(bench, "m1", { token: "t1" });
    await prompted(bench, turn);
    const [deliveryId = ""] = (await answer(bench, turn, ["x"])).deliveryIds;
    await tap(bench, "tap0", "tap_nobodyknows");
    const [said] = await bench.rows("delivery", { kind: "system" });
    for (const id of [deliveryId, String(said?.delivery_id)]) await settle(bench, await sending(bench, id), "sent");
    bench.clock.step(40 * DAY);
    await purgeAll(bench);
    expect([await bench.rows("slow_reply"), await bench.rows("delivery")]).toEqual([[], []]);
  });
}
