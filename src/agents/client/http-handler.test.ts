/**
 * Goal: a bot behind `agentHandler` accepts only its own gateway, and every outcome of its function is one that
 * docs/agents.md describes.
 * Method: the real HTTP agent posts to the handler over a real socket; forged requests are made by hand.
 */
import { Webhook } from "standardwebhooks";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { sampleTurn } from "../../../test/support/sample-turn.ts";
import { type Listening, listen } from "../../http/server.ts";
import { httpAgent } from "../http.ts";
import { pingTurn } from "../ping.ts";
import { toWireTurn } from "../protocol.ts";
import { agentHandler } from "./http-handler.ts";
import { NoAnswer, type TurnFunction } from "./turn.ts";

const whsec = (text: string) => `whsec_${Buffer.from(text).toString("base64")}`;
const SECRET = whsec("a secret of some length");
const OTHER = whsec("another secret of some length");

const open: Listening[] = [];
afterEach(async () => {
  for (const port of open.splice(0)) {
    port.closeConnections();
    await port.close();
  }
});

async function outcomeOf(answer: TurnFunction, secrets: { gateway?: string[]; bot?: string[] } = {}) {
  const { gateway = [SECRET], bot = [SECRET] } = secrets;
  const port = await listen(agentHandler(answer, { secret: bot }), { host: "127.0.0.1", port: 0 });
  open.push(port);
  const agent = httpAgent({ url: port.url, secret: gateway });
  const outcome = await agent.invoke(sampleTurn(), new AbortController().signal);
  await agent.close();
  return outcome;
}

const text = (words: string) => ({ type: "text", text: words });

test.each<[string, TurnFunction, object]>([
  ["a text", (turn) => `echo ${turn.text}`, { kind: "answered", replies: [text("echo first\nsecond")] }],
  ["several", () => ["a", text("b")], { kind: "answered", replies: [text("a"), text("b")] }],
  ["nothing", () => undefined, { kind: "answered", replies: [] }],
  [
    "what it said before, and the rest",
    async (turn) => {
      await turn.reply("a", "b");
      await turn.flush();
      return "c";
    },
    { kind: "answered", replies: [text("a"), text("b"), text("c")] },
  ],
  [
    "a stream",
    (turn) => turn.stream(["One. ", "Two. ", "Three"], { charsMin: 3, language: "en" }),
    { kind: "answered", replies: [text("One."), text("Two."), text("Three")] },
  ],
  ["an error", () => Promise.reject(new Error("model away")), { kind: "failed", reason: "the agent answered 500" }],
  ["no answer, ever", () => Promise.reject(new NoAnswer("no")), { kind: "rejected", reason: "the agent answered 422" }],
])("%s", async (_what, answer, outcome) => {
  expect(await outcomeOf(answer)).toMatchObject(outcome);
});

test("what the function throws is printed with its stack", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => printed.mockRestore());
  const fault = new Error("model away");
  await outcomeOf(() => Promise.reject(fault));
  expect(printed.mock.calls).toEqual([[expect.stringContaining("turn_1"), fault]]);
});

test("a secret is rotated without a lost turn: either side may have the newer one first", async () => {
  expect(await outcomeOf(() => "hi", { gateway: [OTHER, SECRET] })).toMatchObject({ kind: "answered" });
  expect(await outcomeOf(() => "hi", { bot: [OTHER, SECRET] })).toMatchObject({ kind: "answered" });
  expect(await outcomeOf(() => "hi", { bot: [OTHER] })).toMatchObject({
    kind: "failed",
    reason: "the agent answered 401",
  });
});

test("an unsigned request gets 401 and doesn't reach the function", async () => {
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const handle = agentHandler(count, { secret: SECRET });
  const body = JSON.stringify(toWireTurn(sampleTurn()));
  const forged = { "webhook-id": "turn_1", "webhook-timestamp": "1", "webhook-signature": "v1,AAAA" };
  for (const headers of [{}, forged]) {
    const response = await handle(new Request("http://bot/", { method: "POST", body, headers }));
    expect(response.status).toBe(401);
  }
  expect((await handle(new Request("http://bot/"))).status).toBe(405);
  expect(calls).toBe(0);
});

test("it requires a secret", () => {
  expect(() => agentHandler(() => "hi", { secret: [] })).toThrow(/secret: read an empty list/);
  expect(() => agentHandler(() => "hi", { secret: "" })).toThrow();
});

test("a ping is answered with 204 and doesn't reach the function", async () => {
  let calls = 0;
  const count = () => {
    calls += 1;
  };
  const handle = agentHandler(count, { secret: SECRET });
  const body = JSON.stringify(pingTurn("ping_1"));
  const at = new Date();
  const headers = {
    "webhook-id": "ping_1",
    "webhook-timestamp": String(Math.floor(at.getTime() / 1_000)),
    "webhook-signature": new Webhook(SECRET).sign("ping_1", at, body),
  };
  const response = await handle(new Request("http://bot/", { method: "POST", body, headers }));
  expect([response.status, calls]).toEqual([204, 0]);
});
