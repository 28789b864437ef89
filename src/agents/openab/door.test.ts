/**
 * Goal: cores of both generations work with us unchanged, and none of the ways in which they speak costs a message, a
 * second copy or an emoji on somebody's screen (regressions 8, 36, 40, 42, 46).
 * Method: a whole gateway with real SQLite on a real socket, LINE over its simulator; the core's frames are written by
 * hand after the protocol page; time stands still until the test moves it.
 */
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/e2e/support/eventually.ts";
import { type ListeningGateway, listeningGateway } from "../../../test/support/agents/listening-gateway.ts";
import { RawSocket } from "../../../test/support/agents/raw-socket.ts";
import type { Fault } from "../../simulator/faults.ts";
import { type OpenabOptions, openabAgent } from "./door.ts";
import { CLIENT_HELLO, EVENT, HELLO, REPLY, RESPONSE } from "./frames.ts";

const TOKEN = "core-token";
const LEASE_MS = 60_000;
const GATHER_MS = 250;
const STREAM_MS = 10_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: Partial<OpenabOptions> = {}): Promise<ListeningGateway> {
  const agent = openabAgent({ token: TOKEN, ...options });
  const whole = await listeningGateway({ agent, settings: { leaseMs: LEASE_MS } });
  ends.push(whole.end);
  return whole;
}

async function core(whole: ListeningGateway, token = TOKEN): Promise<RawSocket> {
  const socket = await RawSocket.connect(whole.socketUrl(`/ws?token=${token}`));
  ends.push(() => socket.drop());
  return socket;
}

interface Event {
  readonly event_id: string;
  readonly message_id: string;
  readonly content: { readonly text: string; readonly attachments?: readonly object[] };
}

const eventOf = async (socket: RawSocket, nth = 0) => (await socket.hears(EVENT, nth)) as unknown as Event;

interface Said {
  readonly to?: string;
  readonly text?: string;
  readonly peer?: string;
  readonly request?: string;
  readonly command?: string;
}

function reply({ to = "", text = "answer", peer = "Uann", request, command }: Said): object {
  return {
    schema: REPLY,
    reply_to: to,
    platform: "line",
    channel: { id: peer },
    content: { type: "text", text },
    ...(request !== undefined && { request_id: request }),
    ...(command !== undefined && { command }),
  };
}

const says = (whole: ListeningGateway, text = "hi", who = "Uann") => whole.simulator.person(who).says(text);
const screen = (whole: ListeningGateway, who = "Uann") => whole.simulator.seenBy(who).map(({ text }) => text);
const roads = (whole: ListeningGateway) => whole.simulator.calls.map(({ path }) => path.split("/").at(-1));
const turnsDone = (whole: ListeningGateway) => whole.count("turns_total", { outcome: "done" });

/** Until the gateway has read what the core sent before. */
async function heard(socket: RawSocket): Promise<void> {
  const before = socket.count(HELLO);
  socket.send({ schema: CLIENT_HELLO, protocol_version: 1, client_name: "test", requested_platforms: [] });
  await socket.hears(HELLO, before);
}

describe("the upgrade", () => {
  test("asks for the token in the address, compared whole", async () => {
    const whole = await started();
    for (const token of ["", "core", `${TOKEN}x`]) await expect(core(whole, token)).rejects.toThrow(/401/);
    await core(whole);
    await until("one connection", async () => (await whole.count("agent_connections")) === 1);
  });
});

describe("the handshake", () => {
  test.each([
    [[], ["line"]],
    [["line", "telegram"], ["line"]],
    [["telegram"], []],
  ])("a core that asks for %j is told about %j", async (wanted, told) => {
    const whole = await started();
    const socket = await core(whole);
    socket.send({ schema: CLIENT_HELLO, protocol_version: 1, client_name: "c", requested_platforms: wanted });
    const hello = await socket.hears(HELLO);
    expect(Object.keys(hello.capabilities as object)).toEqual(told);
    expect(hello).toMatchObject({ protocol_version: 1, topology: { active_consumers: 1, supported: true } });
  });

  test("is chosen so that a core sends one frame and asks for an ack", async () => {
    const whole = await started();
    const socket = await core(whole);
    await heard(socket);
    expect((await socket.hears(HELLO)).capabilities).toMatchObject({
      line: {
        send_ack: true,
        streaming_mode: "disabled",
        can_edit: false,
        supports_reactions: true,
        message_limit: { unit: "characters", max: 20_000 },
      },
    });
  });

  test("tells the second of two cores that there are two", async () => {
    const whole = await started({ cores: "all" });
    await core(whole);
    const second = await core(whole);
    await heard(second);
    expect((await second.hears(HELLO)).topology).toMatchObject({ active_consumers: 2, supported: false });
  });
});

describe("an event", () => {
  test("says what both generations of cores require, and nothing that they would take for a response", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole, "explain VPC peering");
    const event = await socket.hears(EVENT);
    expect(event).toEqual({
      schema: EVENT,
      event_id: expect.stringMatching(/^evt_/),
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      platform: "line",
      event_type: "message",
      channel: { id: "Uann", type: "user", thread_id: null },
      sender: { id: "Uann", name: "Uann", display_name: "Uann", is_bot: false },
      content: { type: "text", text: "explain VPC peering" },
      mentions: [],
      message_id: expect.any(String),
    });
  });

  test("carries the texts of the whole turn under the id of the last, or each its own", async () => {
    for (const events of ["last", "each"] as const) {
      const whole = await listeningGateway({
        agent: openabAgent({ token: TOKEN, events }),
        settings: { batch: { quietMs: 1_000, maxWaitMs: 5_000 } },
      });
      ends.push(whole.end);
      const socket = await core(whole);
      await says(whole, "first");
      await says(whole, "second");
      await whole.clock.advance(1_000);
      await socket.hears(EVENT, events === "each" ? 1 : 0);
      const texts = socket.frames.map((frame) => (frame as unknown as Event).content.text);
      expect(texts).toEqual(events === "each" ? ["first", "second"] : ["first\nsecond"]);
      const ids = new Set(socket.frames.map((frame) => frame.event_id));
      expect(ids.size).toBe(texts.length);
    }
  });

  test("with a picture names it, and says what became of it when it can't be fetched", async () => {
    const whole = await started();
    const socket = await core(whole);
    await whole.simulator.person("Uann").sends({ type: "image", contentProvider: { type: "line" } });
    const { content } = await eventOf(socket);
    expect(content).toMatchObject({
      text: "",
      attachments: [
        { type: "image", mime_type: "image/jpeg", data: "", status: expect.stringMatching(/^configuration error: /) },
      ],
    });
  });

  test("with a picture carries it inside, and one that is too big is said to be", async () => {
    const big = new Uint8Array(6 * 1024 * 1024);
    const sizes = [3, big.length];
    const whole = await started({
      fetchMedia: async () => {
        const bytes = big.subarray(0, sizes.shift());
        return { kind: "bytes", bytes, mimeType: "image/png", name: "a.png" };
      },
    });
    const socket = await core(whole);
    for (const [nth, expected] of [
      { type: "image", filename: "a.png", mime_type: "image/png", data: "AAAA", size: 3 },
      { data: "", size: big.length, status: expect.stringMatching(/^size exceeded: /) },
    ].entries()) {
      await whole.simulator.person("Uann").sends({ type: "image", contentProvider: { type: "line" } });
      const event = await eventOf(socket, nth);
      expect(event.content.attachments).toMatchObject([expected]);
      socket.send(reply({ to: event.event_id }));
      await heard(socket);
      await whole.clock.advance(GATHER_MS);
    }
  });

  test("that says nothing to a bot is answered with nothing", async () => {
    const whole = await started();
    const socket = await core(whole);
    await whole.simulator.person("Uann").follows();
    await until("the turn's end", async () => (await turnsDone(whole)) === 1);
    expect(socket.count(EVENT)).toBe(0);
  });

  test("waits while no core is connected", async () => {
    const whole = await started();
    await says(whole);
    await whole.clock.advance(60_000);
    expect((await eventOf(await core(whole))).content.text).toBe("hi");
  });
});

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
    expect(roads(whole)).toEqual(["reply"]);
  });

  test("of several frames that come together is one call", async () => {
    const whole = await started();
    const socket = await core(whole);
    await says(whole);
    const { event_id: to } = await eventOf(socket);
    for (const text of ["one", "two", "three"]) socket.send(reply({ to, text }));
    await heard(socket);
    expect(screen(whole)).toEqual([]);
    await whole.clock.advance(GATHER_MS);
    await until("the answer", () => screen(whole).length === 3);
    expect(roads(whole)).toEqual(["reply"]);
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
    expect(roads(whole)).toEqual(["reply"]);
  });

  test("asked for again with the same request is taken once, and acked the same", async () => {
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

  test("that comes late goes out all the same: by a free token of the conversation while there is one", async () => {
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

  test("that names an earlier event is the answer of the turn at work, and takes its free token", async () => {
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
    expect(roads(whole)).toEqual(["reply", "reply"]);
    expect(await turnsDone(whole)).toBe(2);
  });

  test("to no event is proactive: it ends no turn, and a stranger is refused", async () => {
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

  test("of nothing is refused and ends nothing", async () => {
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
describe("the road of an answer", () => {
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
      { fault: { at: "after-accept", how: "cut" } },
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
    expect(roads(whole)).toEqual(expected);
  });
});

describe("a command", () => {
  test.each<[string, Said]>([
    ["a reaction", { command: "add_reaction", text: "👀" }],
    ["a reaction taken back", { command: "remove_reaction", text: "👀" }],
    ["a topic", { command: "create_topic", text: "VPC peering", to: "" }],
    ["a deletion", { command: "delete_message", text: "" }],
    ["one that nobody knows", { command: "dance", text: "tango" }],
  ])("%s is never shown to a person", async (_what, said) => {
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

  test("that edits: the placeholder spends no token, and the last edit is what the person reads", async () => {
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
      expect(roads(whole)).toEqual(["reply"]);
    }
  });
});

describe("a core that is gone", () => {
  test("before it showed a sign: the event goes to the next one, at once", async () => {
    const whole = await started();
    const one = await core(whole);
    await says(whole);
    const { event_id: first } = await eventOf(one);
    one.drop();
    const two = await core(whole);
    expect(await eventOf(two)).toMatchObject({ event_id: first, content: { text: "hi" } });
    two.send(reply({ to: first, request: "req_1" }));
    await until("the answer", () => screen(whole).length === 1);
  });

  test("after it showed one: its answer is taken from the next connection", async () => {
    const whole = await started();
    const one = await core(whole);
    await says(whole);
    const { event_id: to, message_id: target } = await eventOf(one);
    one.send(reply({ to: target, text: "👀", command: "add_reaction" }));
    await heard(one);
    one.drop();
    const two = await core(whole);
    await whole.clock.advance(LEASE_MS / 2);
    expect(two.count(EVENT)).toBe(0);
    two.send(reply({ to, request: "req_1" }));
    await until("the answer", () => screen(whole).length === 1);
  });

  test.each([
    [false, "dead", 0],
    [true, "asked again", 1],
  ])("for good, after it showed one, with replayAccepted %s: the turn is %s", async (replayAccepted, _what, asked) => {
    const whole = await started({ replayAccepted });
    const one = await core(whole);
    await says(whole);
    const { message_id: target } = await eventOf(one);
    one.send(reply({ to: target, text: "👀", command: "add_reaction" }));
    await heard(one);
    one.drop();
    await until("the drop", async () => (await whole.count("agent_connections")) === 0);
    const two = await core(whole);
    await whole.clock.advance(LEASE_MS + 5_000);
    expect(await whole.count("turns_total", { outcome: "dead" })).toBe(1 - asked);
    if (asked === 1) await eventOf(two);
    expect(two.count(EVENT)).toBe(asked);
  });
});

describe("several cores", () => {
  test("share the turns: one of them gets each", async () => {
    const whole = await started();
    const cores = [await core(whole), await core(whole)];
    for (const who of ["Ua", "Ub", "Uc", "Ud"]) await says(whole, "hi", who);
    await until("four events", () => cores.reduce((sum, one) => sum + one.count(EVENT), 0) === 4);
    expect(cores.map((one) => one.count(EVENT))).toEqual([2, 2]);
  });

  test("get every turn all of them, where that is set: the first answer ends it", async () => {
    const whole = await started({ cores: "all" });
    const cores = [await core(whole), await core(whole)];
    await says(whole);
    for (const one of cores) one.send(reply({ to: (await eventOf(one)).event_id, request: "req_1" }));
    await until("the answers", () => screen(whole).length === 2);
    expect(await turnsDone(whole)).toBe(1);
  });
});

describe("a frame that is wrong", () => {
  test.each<[string, object | string]>([
    ["no JSON", "{"],
    ["another schema", { schema: "openab.gateway.event.v1" }],
    ["no text", { schema: REPLY, reply_to: "", platform: "line", channel: { id: "U" }, content: {}, request_id: "r" }],
  ])("(%s) is answered with a response that names it, and the socket stays", async (_what, frame) => {
    const whole = await started();
    const socket = await core(whole);
    socket.send(frame);
    const asked = typeof frame === "object" && "request_id" in frame ? "r" : "";
    expect(await socket.hears(RESPONSE)).toMatchObject({ request_id: asked, success: false, error_code: "malformed" });
    await says(whole);
    socket.send({ ...reply({ to: (await eventOf(socket)).event_id, request: "req_1" }), mood: "good" });
    await until("the answer", () => screen(whole).length === 1);
  });
});
