/**
 * Goal: a core's answer is delivered once, by the cheapest route, whatever event it names; its commands are never
 * delivered.
 * Method: as in `endpoint.test.ts`.
 */
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/e2e/support/eventually.ts";
import {
  COALESCE_MS,
  core,
  endAll,
  eventOf,
  heard,
  reply,
  routes,
  type Said,
  STREAM_MS,
  says,
  screen,
  started,
  turnsDone,
} from "../../../test/support/agents/openab-core.ts";
import type { Fault } from "../../channels/simulation/faults.ts";
import { EVENT, RESPONSE } from "./frames.ts";

afterEach(endAll);

describe("an answer", () => {
  test("with an ack is stored and then acked, with an id that isn't empty", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    socket.send(reply({ to, request: "req_1" }));
    expect(await socket.hears(RESPONSE)).toEqual({
      schema: RESPONSE,
      request_id: "req_1",
      success: true,
      thread_id: null,
      message_id: expect.stringMatching(/^dlv_/),
      error: null,
      outcome: "delivered",
    });
    await until("the answer", () => screen(whole).length === 1);
    expect(routes(whole)).toEqual(["reply"]);
  });

  test("of several frames within the debounce is one call", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    for (const text of ["one", "two", "three"]) socket.send(reply({ to, text }));
    await heard(socket);
    expect(screen(whole)).toEqual([]);
    await whole.clock.advance(COALESCE_MS);
    await until("the answer", () => screen(whole).length === 3);
    expect(routes(whole)).toEqual(["reply"]);
    expect(await turnsDone(whole)).toBe(1);
  });

  test("of 4 096 emoji is split where LINE's limit asks for it", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    const text = "🛣️".repeat(2_000);
    socket.send(reply({ to, text, request: "req_1" }));
    await until("the answer", () => screen(whole).length > 0);
    expect(screen(whole).join("")).toBe(text);
    expect(routes(whole)).toEqual(["reply"]);
  });

  test("that was cut in the middle of an emoji is made well-formed", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    socket.send(reply({ to, text: "good \ud83d", request: "req_1" }));
    await until("the answer", () => screen(whole).length === 1);
    expect(screen(whole)).toEqual(["good \ufffd"]);
  });

  test("repeated with the same request id is stored once, with the same ack", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    socket.send(reply({ to, request: "req_1" }));
    const first = await socket.hears(RESPONSE);
    socket.send(reply({ to, request: "req_1" }));
    expect(await socket.hears(RESPONSE, 1)).toEqual(first);
    await until("the answer", () => screen(whole).length === 1);
    await whole.clock.advance(1_000);
    expect(screen(whole)).toHaveLength(1);
  });

  test("that is late is sent, too, with a reply token of the conversation if there is one", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    socket.send(reply({ to, text: "one", request: "req_1" }));
    await socket.hears(RESPONSE);
    socket.send(reply({ to, text: "two", request: "req_2" }));
    expect(await socket.hears(RESPONSE, 1)).toMatchObject({ request_id: "req_2", success: true });
    await until("both parts", () => screen(whole).length === 2);
    expect(screen(whole)).toEqual(["one", "two"]);
  });

  test("of several parts is complete, also when its event was given to a disconnected core first", async () => {
    const whole = await started();
    const one = await core(whole);
    await says(whole);
    await eventOf(one);
    one.drop();
    const two = await core(whole);
    const { event_id: to } = await eventOf(two);
    two.send(reply({ to, text: "one", request: "req_1" }));
    await two.hears(RESPONSE);
    two.send(reply({ to, text: "two", request: "req_2" }));
    expect(await two.hears(RESPONSE, 1)).toMatchObject({ success: true });
    await until("both parts", () => screen(whole).length === 2);
  });

  test("repeated by a core that got the event twice is refused", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    await whole.clock.advance(300_000);
    await until("the second invocation", async () => {
      await whole.clock.advance(500);
      return socket.count(EVENT) === 2;
    });
    socket.send(reply({ to, text: "first", request: "req_1" }));
    await socket.hears(RESPONSE);
    socket.send(reply({ to, text: "second", request: "req_2" }));
    expect(await socket.hears(RESPONSE, 1)).toMatchObject({ success: false, error_code: "fenced" });
    expect(screen(whole)).toEqual(["first"]);
  });

  test("that names an earlier event answers the current turn, with its reply token", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole, "first");
    const { event_id: stale } = await eventOf(socket);
    socket.send(reply({ to: stale, text: "one", request: "req_1" }));
    await socket.hears(RESPONSE);
    await says(whole, "second");
    await eventOf(socket, 1);
    socket.send(reply({ to: stale, text: "two", request: "req_2" }));
    await until("both answers", () => screen(whole).length === 2);
    expect(routes(whole)).toEqual(["reply", "reply"]);
    expect(await turnsDone(whole)).toBe(2);
  });

  test("to no event is proactive: it ends no turn, and an unknown conversation is refused", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    await eventOf(socket);
    socket.send(reply({ to: "", text: "good morning", request: "req_1" }));
    expect(await socket.hears(RESPONSE)).toMatchObject({ success: true });
    expect(await turnsDone(whole)).toBe(0);
    socket.send(reply({ to: "", text: "?", peer: "Unobody", request: "req_2" }));
    expect(await socket.hears(RESPONSE, 1)).toMatchObject({
      success: false,
      message_id: null,
      outcome: "rejected",
      error_code: "no-such-conversation",
    });
    await until("the greeting", () => screen(whole).length === 1);
  });

  test("that fails in the store is refused, and neither the process nor the turn ends", async () => {
    const faults = new Set<string>();
    const whole = await started({}, (store) => ({
      ...store,
      answerTurn: async (answer) => {
        if (faults.delete("answer")) throw new Error("disk on fire");
        return await store.answerTurn(answer);
      },
      queueMessages: async (order) => {
        if (faults.delete("message")) throw new Error("disk on fire");
        return await store.queueMessages(order);
      },
    }));
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    faults.add("message").add("answer");
    socket.send(reply({ to: "", text: "news", request: "req_0" }));
    expect(await socket.hears(RESPONSE)).toMatchObject({ success: false, error_code: "internal" });
    socket.send(reply({ to, request: "req_1" }));
    expect(await socket.hears(RESPONSE, 1)).toMatchObject({ success: false, error_code: "internal" });
    await whole.clock.advance(2_000);
    socket.send(reply({ to: (await eventOf(socket, 1)).event_id, request: "req_2" }));
    await until("the answer", () => screen(whole).length === 1);
  });

  test("without text is refused and ends nothing", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    socket.send(reply({ to, text: " ", request: "req_1" }));
    expect(await socket.hears(RESPONSE)).toMatchObject({ success: false, error_code: "empty" });
    expect(await turnsDone(whole)).toBe(0);
  });
});

/** What the stock gateway holds itself to for LINE, without its last line: a reply that never left is not thrown away. */
describe("the route of an answer", () => {
  const INVALID = "Invalid reply token";

  test.each<[string, { readonly waitMs?: number; readonly known?: boolean; readonly fault?: Fault }, string[]]>([
    ["a fresh token: the reply API, and no push", {}, ["reply"]],
    ["an event that nobody knows, and no token left: a push", { known: false }, ["reply", "push"]],
    ["a token that is too old: a push", { waitMs: 61_000 }, ["push"]],
    [
      "a token that LINE refuses: a push after it",
      { fault: { at: "before-accept", how: 400, message: INVALID } },
      ["reply", "push"],
    ],
    ["a 500: the same token again, never a push", { fault: { at: "before-accept", how: 500 } }, ["reply", "reply"]],
    [
      "a connection that is cut: the same token again, never a push",
      { fault: { at: "after-accept", how: "disconnect" } },
      ["reply", "reply"],
    ],
  ])("%s", async (_what, { waitMs = 0, known = true, fault }, expected) => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    await whole.clock.advance(waitMs);
    if (fault !== undefined) whole.simulator.faults.next("reply", fault);
    socket.send(reply({ to, request: "req_1" }));
    await socket.hears(RESPONSE);
    if (!known) socket.send(reply({ to: "evt_of_before", request: "req_2" }));
    if (!known) await socket.hears(RESPONSE, 1);
    await whole.clock.advance(2_000);
    await until("the answer", () => screen(whole).length === (known ? 1 : 2));
    expect(routes(whole)).toEqual(expected);
  });
});

describe("a command", () => {
  test.each<[string, Said]>([
    ["a reaction", { command: "add_reaction", text: "👀" }],
    ["a reaction taken back", { command: "remove_reaction", text: "👀" }],
    ["a topic", { command: "create_topic", text: "VPC peering", to: "" }],
    ["a deletion", { command: "delete_message", text: "" }],
    ["one that nobody knows", { command: "dance", text: "tango" }],
  ])("%s is never delivered as text", async (_what, said) => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to, message_id: target } = await eventOf(socket);
    socket.send(reply({ to: target, ...said, request: "req_c" }));
    await socket.hears(RESPONSE);
    socket.send(reply({ to, request: "req_1" }));
    await until("the answer", () => screen(whole).length === 1);
    await whole.clock.advance(STREAM_MS);
    expect(screen(whole)).toEqual(["answer"]);
  });

  test("edit_message: the placeholder uses no reply token, and the last edit is delivered", async () => {
    for (const isMarked of [true, false]) {
      const whole = await started();
      const socket = await core(whole);
      await says(whole);
      const { event_id: to, message_id: target } = await eventOf(socket);
      socket.send(reply({ to, text: "…", request: "req_1" }));
      const { message_id: draft } = (await socket.hears(RESPONSE)) as unknown as { message_id: string };
      expect(draft).not.toBe("");
      for (const text of ["VPC", "VPC peering", "VPC peering is…"]) {
        socket.send(reply({ to: draft, text, command: "edit_message" }));
      }
      await heard(socket);
      await whole.clock.advance(STREAM_MS - 1_000);
      expect(screen(whole)).toEqual([]);
      if (isMarked) socket.send(reply({ to: target, text: "🆗", command: "add_reaction" }));
      else await whole.clock.advance(1_000);
      await until("the answer", () => screen(whole).length === 1);
      expect(screen(whole)).toEqual(["VPC peering is…"]);
      expect(routes(whole)).toEqual(["reply"]);
    }
  });
});
