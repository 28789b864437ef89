/**
 * Goal: cores of both generations work unchanged, and none of their protocol variants loses a message, sends a
 * second copy or shows a reaction as text (regressions 8, 36, 40, 42, 46).
 * Method: a whole gateway with real SQLite on a real socket, LINE over its simulator; the core's frames are written by
 * hand after the protocol page; the clock is manual.
 */
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/e2e/support/eventually.ts";
import { listeningGateway } from "../../../test/support/agents/listening-gateway.ts";
import {
  COALESCE_MS,
  core,
  type Event,
  endAll,
  ends,
  eventOf,
  heard,
  LEASE_MS,
  reply,
  says,
  screen,
  started,
  TOKEN,
  turnsDone,
} from "../../../test/support/agents/openab-core.ts";
import { openabAgent } from "./endpoint.ts";
import { CLIENT_HELLO, EVENT, HELLO, REPLY, RESPONSE } from "./frames.ts";

afterEach(endAll);

describe("the upgrade", () => {
  test("requires the token in the URL", async () => {
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

  test("has capabilities that make a core send one frame and request an ack", async () => {
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

  test("reports the number of connected cores", async () => {
    const whole = await started({ cores: "all" });
    await core(whole);
    const second = await core(whole);
    await heard(second);
    expect((await second.hears(HELLO)).topology).toMatchObject({ active_consumers: 2, supported: false });
  });
});

describe("an event", () => {
  test("has the fields that both generations of cores require, and no field of a response", async () => {
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

  test("has the texts of the whole turn and the last event's id, or one frame per event", async () => {
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

  test("with an image has an attachment, with a status when it can't be fetched", async () => {
    const whole = await started();
    const socket = await core(whole);
    await whole.simulator.person("Uann").sends({ type: "image", contentProvider: { type: "line" } });
    const { content } = await eventOf(socket);
    expect(content).toMatchObject({
      text: "",
      attachments: [
        {
          type: "image",
          mime_type: "image/jpeg",
          data: "",
          status: "download failed: the content isn't at the platform",
        },
      ],
    });
  });

  test("with an image contains it, or a status when it is too large", async () => {
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
      await whole.clock.advance(COALESCE_MS);
    }
  });

  test("with an image that can't be fetched has a status and the text", async () => {
    const whole = await started({ fetchMedia: () => Promise.reject(new Error("no way")) });
    const socket = await core(whole);
    await whole.simulator.person("Uann").sends({ type: "image", contentProvider: { type: "line" } });
    expect((await eventOf(socket)).content.attachments).toMatchObject([
      { type: "image", data: "", status: expect.stringMatching(/^download failed: /) },
    ]);
  });

  test("without text or media is answered with nothing", async () => {
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

describe("a disconnected core", () => {
  test("before it accepted the turn: the event goes to the next core at once", async () => {
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

  test("after it accepted the turn: its answer is accepted on the next connection", async () => {
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
  ])(
    "that accepted the turn and stays away, with replayAccepted %s: the turn is %s",
    async (replayAccepted, _what, asked) => {
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
    },
  );
});

describe("several cores", () => {
  test("share the turns", async () => {
    const whole = await started();
    const cores = [await core(whole), await core(whole)];
    for (const who of ["Ua", "Ub", "Uc", "Ud"]) await says(whole, "hi", who);
    await until("four events", () => cores.reduce((sum, one) => sum + one.count(EVENT), 0) === 4);
    expect(cores.map((one) => one.count(EVENT))).toEqual([2, 2]);
  });

  test("with cores: all, all get every turn, and the first answer ends it", async () => {
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
  ])("(%s) is answered with a response about it, and the connection stays open", async (_what, frame) => {
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
