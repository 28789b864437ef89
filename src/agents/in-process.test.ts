/** Goal: what a function returns or throws becomes an outcome. */
import { expect, onTestFinished, test, vi } from "vitest";
import { sampleTurn } from "../../test/support/sample-turn.ts";
import { inProcessAgent } from "./in-process.ts";
import { noAgent } from "./none.ts";
import { toWireTurn } from "./protocol.ts";

const { signal } = new AbortController();

test("it gets the turn as every agent does, and the signal", async () => {
  const got: unknown[] = [];
  const agent = inProcessAgent((...given) => void got.push(...given));
  await agent.invoke(sampleTurn(), signal);
  expect(got).toEqual([toWireTurn(sampleTurn()), { signal }]);
});

test.each([
  ["hi", [{ type: "text", text: "hi" }]],
  [
    ["a", "b"],
    [
      { type: "text", text: "a" },
      { type: "text", text: "b" },
    ],
  ],
  [Promise.resolve({ type: "text", text: "later" }), [{ type: "text", text: "later" }]],
  [undefined, []],
])("what it returns ends the turn", async (returned, replies) => {
  const agent = inProcessAgent(() => returned);
  expect(await agent.invoke(sampleTurn(), signal)).toEqual({ kind: "answered", replies });
});

test("what can't be said is told, beside what can", async () => {
  const agent = inProcessAgent(() => ["hi", {}]);
  expect(await agent.invoke(sampleTurn(), signal)).toEqual({
    kind: "answered",
    replies: [{ type: "text", text: "hi" }],
    unsayable: [{ problem: expect.stringMatching(/^replies\.1\.type: /), value: {} }],
  });
});

test.each([
  [
    "throws",
    () => {
      throw new TypeError("no such thing");
    },
    "TypeError: no such thing",
  ],
  ["rejects", () => Promise.reject(new Error("out of memory")), "out of memory"],
  ["rejects with something odd", () => Promise.reject("odd"), "odd"],
])("one that %s is retried", async (_how, answer, reason) => {
  const agent = inProcessAgent(answer);
  expect(await agent.invoke(sampleTurn(), signal)).toEqual({ kind: "failed", reason, retryAfterMs: 0 });
});

test("what it throws is printed with its stack, unless it is told to somebody else", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  onTestFinished(() => printed.mockRestore());
  const fault = new TypeError("no such thing");
  const answer = () => Promise.reject(fault);
  await inProcessAgent(answer).invoke(sampleTurn(), signal);
  expect(printed.mock.calls).toEqual([[expect.stringContaining("turn_1"), fault]]);
  await inProcessAgent(answer, { onError: () => undefined }).invoke(sampleTurn(), signal);
  expect(printed).toHaveBeenCalledTimes(1);
});

test("it is always reachable, and close does nothing", async () => {
  const agent = inProcessAgent(() => "hi");
  expect(agent.isReachable()).toBe(true);
  await agent.close();
});

test("noAgent is never reachable", async () => {
  const agent = noAgent();
  expect(agent.isReachable()).toBe(false);
  expect(await agent.invoke(sampleTurn(), signal)).toMatchObject({ kind: "failed", reason: "no agent is configured" });
  await agent.close();
});
