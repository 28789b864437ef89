/**
 * Goal: with `slowReply: button` an answer never waits for a button that nobody has, nor for a tap that has been made,
 * and nothing is paid for that a tap could have brought.
 * Method: a whole gateway with real SQLite on a manual clock; LINE's simulator refuses single calls.
 */
import { afterEach, expect, test } from "vitest";
import type { LineOptions } from "../src/channels/line/index.ts";
import {
  ANN,
  endAll,
  MINUTE,
  routes,
  SECOND,
  screen,
  started,
  tapNewest,
  withPatience,
} from "./support/cost-policy.ts";

afterEach(endAll);
const systemMessageTexts = {
  prompt: "prompt",
  working: "working",
  show: "show",
  more: "more",
  delivered: "delivered",
  failed: "failed",
  expired: "expired",
  notYours: "not yours",
};
const BUTTON: Partial<LineOptions> = { slowReply: "button", systemMessageTexts };
const PROMPT = "prompt [show]";

async function later(channel: Partial<LineOptions>) {
  const whole = await started({
    channel,
    agent: {
      name: "later",
      isReachable: () => true,
      invoke: async () => ({ kind: "accepted" }),
      close: async () => {},
    },
    settings: { agentToken: "t0ken" },
  });
  await whole.simulator.person(ANN).says("hi");
  await whole.clock.settle();
  const turn = whole.lines.find(({ message }) => message === "turn handed to the agent")?.fields;
  const add = async (replies: string[], done = false) => {
    const body = JSON.stringify({ fence: turn?.fence, replies, done });
    const headers = { authorization: "Bearer t0ken", "content-type": "application/json" };
    const response = await whole.post(`/v1/turns/${turn?.turnId}/replies`, new TextEncoder().encode(body), headers);
    await whole.clock.settle();
    return response.status;
  };
  return { whole, add };
}

test("a tap whose call is refused for the rate is answered by its own token a little later", async () => {
  const { whole, finish } = await withPatience(BUTTON);
  await whole.simulator.person(ANN).says("hi");
  await whole.clock.advance(2 * MINUTE);
  await finish(0, "late");
  whole.simulator.faults.next("reply", { at: "before-accept", how: 429 });
  await tapNewest(whole);
  await whole.clock.advance(20 * SECOND);
  expect([screen(whole), routes(whole)]).toEqual([
    [PROMPT, "late"],
    ["reply", "reply", "reply"],
  ]);
});

test("an answer that came in parts, and ended with an empty one, is not said to be missing", async () => {
  const { whole, add } = await later(BUTTON);
  await whole.clock.advance(MINUTE);
  expect(screen(whole)).toEqual([PROMPT]);
  expect(await add(["all of it"])).toBe(200);
  await tapNewest(whole);
  await whole.clock.advance(SECOND);
  expect(screen(whole)).toEqual([PROMPT, "all of it"]);
  expect(await add([], true)).toBe(200);
  await tapNewest(whole);
  expect(screen(whole)).toEqual([PROMPT, "all of it", "delivered"]);
});

test("the rest of replies that came one by one asks for a tap under the call that was still coalescing", async () => {
  const { whole, add } = await later(BUTTON);
  await add(["1", "2", "3", "4"]);
  await add(["5", "6", "7"], true);
  await whole.clock.advance(SECOND);
  expect([screen(whole), whole.simulator.quota.used]).toEqual([["1", "2", "3", "4", "5 [more]"], 0]);
});

test("a rest that had another token needs no tap, and doesn't wait for one when that token is refused", async () => {
  const { whole, finish } = await withPatience(BUTTON, { settings: { batch: { quietMs: 1_000 } } });
  await whole.simulator.person(ANN).says("hi");
  await whole.simulator.person(ANN).says("there");
  await whole.clock.advance(5 * SECOND);
  whole.simulator.faults.next("reply", { at: "slow", delayMs: 1 });
  whole.simulator.faults.next("reply", { at: "before-accept", how: 400, message: "Invalid reply token" });
  await finish(0, ["0", "1", "2", "3", "4", "5", "6"]);
  await whole.clock.advance(10 * MINUTE);
  expect([screen(whole), routes(whole)]).toEqual([
    ["0", "1", "2", "3", "4", "5", "6"],
    ["reply", "reply", "push"],
  ]);
});

test("an answer that was bundled into a refused one is still paid for when nobody taps", async () => {
  const { whole, finish } = await withPatience({ ...BUTTON, buttonPushAfterMs: 5 * MINUTE });
  await whole.simulator.person(ANN).says("hi");
  await whole.clock.advance(2 * MINUTE);
  await finish(0, "first");
  await whole.simulator.person(ANN).says("two");
  await whole.clock.settle();
  whole.simulator.faults.next("reply", { at: "before-accept", how: 400 });
  await finish(1, "second");
  await whole.clock.advance(20 * MINUTE);
  expect(screen(whole)).toEqual([PROMPT, "first"]);
});

test("an answer that was bundled into a button that no token would take is still paid for when nobody taps", async () => {
  const { whole, finish } = await withPatience({ ...BUTTON, buttonPushAfterMs: 5 * MINUTE });
  await whole.simulator.person(ANN).says("hi");
  await whole.clock.advance(2 * MINUTE);
  await finish(0, "first");
  await whole.simulator.person(ANN).says("two");
  whole.simulator.faults.next("reply", { at: "before-accept", how: 400, message: "Invalid reply token" });
  await whole.clock.advance(20 * MINUTE);
  expect([screen(whole), routes(whole)]).toEqual([
    [PROMPT, "first"],
    ["reply", "reply", "push"],
  ]);
});

test("a message that came too late to be sent gives back the token that it had claimed", async () => {
  const { whole, finish } = await withPatience({}, { settings: { batch: { quietMs: 1_000 }, agentToken: "t0ken" } });
  const speak = async (text: string, more: object = {}) => {
    const body = { channel: "line", peerId: ANN, replies: [text], ...more };
    const headers = { authorization: "Bearer t0ken", "content-type": "application/json" };
    const response = await whole.post("/v1/messages", new TextEncoder().encode(JSON.stringify(body)), headers);
    await whole.clock.settle();
    return response.status;
  };
  await whole.simulator.person(ANN).says("hi");
  await whole.simulator.person(ANN).says("there");
  await whole.clock.advance(2 * SECOND);
  await finish(0, "hello");
  whole.simulator.faults.next("reply", { at: "before-accept", how: 429, times: 20 });
  expect(await speak("old by then", { deliverBy: new Date(whole.clock.now() + 3 * SECOND).toISOString() })).toBe(202);
  await whole.clock.advance(12 * SECOND);
  whole.simulator.faults.clear();
  expect(await speak("still new")).toBe(202);
  await whole.clock.advance(8 * SECOND);
  expect([screen(whole), routes(whole).at(-1)]).toEqual([["hello", "still new"], "reply"]);
});
