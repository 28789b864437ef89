/**
 * Goal: the demo's agent behaves as it was told, for as many calls as it was told.
 * Method: called as the gateway calls an agent over HTTP, on a manual clock.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../test/support/manual-clock.ts";
import { sampleTurn } from "../../../test/support/sample-turn.ts";
import type { Agent, AgentOutcome } from "../../agents/agent.ts";
import { httpAgent } from "../../agents/http.ts";
import type { AgentWire } from "../../simulator/console-api/wire.ts";
import { type EchoAgent, startEchoAgent } from "./echo-agent.ts";

const SECRET = `whsec_${Buffer.from("a secret of some length").toString("base64")}`;

let clock: ManualClock;
let agent: EchoAgent;
let gateway: Agent;
let told: AgentWire[];

beforeEach(async () => {
  clock = manualClock();
  told = [];
  agent = await startEchoAgent(SECRET, { clock });
  agent.listen((state) => told.push(state));
  gateway = httpAgent({ url: agent.url, secret: SECRET });
});

afterEach(async () => {
  await gateway.close();
  agent.closeConnections();
  await agent.close();
});

function call(signal = new AbortController().signal): Promise<AgentOutcome> {
  return gateway.invoke(sampleTurn(), signal);
}

const textsOf = (outcome: AgentOutcome) => (outcome.kind === "answered" ? outcome.replies.length : outcome.kind);

test("it echoes at first", async () => {
  expect(agent.state.mode).toBe("echo");
  expect(await call()).toMatchObject({ kind: "answered", replies: [expect.anything()] });
});

test.each([
  [{ type: "postback", content: { postback: { data: "buy" } } }, "You tapped: buy"],
  [{ type: "follow", content: {} }, "You sent something without words."],
])("it answers what has no words, too", async (content, words) => {
  const [event] = sampleTurn().events;
  if (event === undefined) throw new Error("a turn has events");
  const outcome = await gateway.invoke(
    sampleTurn({ events: [{ ...event, ...content }] }),
    new AbortController().signal,
  );
  expect(outcome).toMatchObject({ replies: [{ text: words }] });
});

test("it answers late, by the clock", async () => {
  agent.set({ mode: "delay", delayMs: 3_000 });
  const states: string[] = [];
  const answered = call().then((outcome) => states.push(outcome.kind));
  await expect.poll(() => clock.nextIn()).toBe(3_000);
  await clock.advance(2_999);
  expect(states).toEqual([]);
  await clock.advance(1);
  await answered;
  expect(states).toEqual(["answered"]);
});

test("a late answer comes at once when it is told otherwise", async () => {
  agent.set({ mode: "delay", delayMs: 30_000 });
  const late = call();
  await expect.poll(() => clock.nextIn()).toBe(30_000);
  agent.reset();
  expect(textsOf(await late)).toBe(1);
});

test("it fails so many times, and is an echo again", async () => {
  agent.set({ mode: "fail", status: 503, times: 2 });
  const outcomes = [await call(), await call(), await call()];
  expect(outcomes).toMatchObject([
    { kind: "failed", reason: "the agent answered 503" },
    { kind: "failed", reason: "the agent answered 503" },
    { kind: "answered" },
  ]);
  expect(told.map(({ mode, times }) => [mode, times])).toEqual([
    ["fail", 2],
    ["fail", 1],
    ["echo", null],
  ]);
});

test("it refuses a turn for good", async () => {
  agent.set({ mode: "refuse" });
  expect(await call()).toMatchObject({ kind: "rejected" });
  expect(await call()).toMatchObject({ kind: "rejected" });
});

test("it answers with three replies", async () => {
  agent.set({ mode: "many" });
  expect(textsOf(await call())).toBe(3);
});

test("it hangs until it is told otherwise, or the gateway gives up", async () => {
  agent.set({ mode: "hang", times: 3 });
  const hanging = call();
  const givenUp = new AbortController();
  const other = call(givenUp.signal);
  // Both have reached it.
  await expect.poll(() => agent.state.times).toBe(1);
  givenUp.abort();
  expect((await other).kind).toBe("failed");
  agent.reset();
  expect(await hanging).toMatchObject({ kind: "failed", reason: "the agent answered 503" });
  expect(textsOf(await call())).toBe(1);
});

test("what an order leaves out stays, and a reset is as at the start", async () => {
  const first = agent.state;
  agent.set({ mode: "delay", delayMs: 7 });
  agent.set({ mode: "fail", status: 429 });
  expect(agent.state).toEqual({ mode: "fail", delayMs: 7, status: 429, times: null });
  agent.reset();
  expect(agent.state).toEqual(first);
});

test("a call that isn't signed with its secret is refused, however it behaves, and isn't counted", async () => {
  agent.set({ mode: "fail", times: 1 });
  const stranger = httpAgent({ url: agent.url });
  expect(await stranger.invoke(sampleTurn(), new AbortController().signal)).toMatchObject({
    reason: "the agent answered 401",
  });
  expect(agent.state.times).toBe(1);
  await stranger.close();
});
