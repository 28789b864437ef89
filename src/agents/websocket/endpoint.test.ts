/**
 * Goal: a bot that connects to `/v1/agent` gets each turn once, may answer it while it has it, and loses nothing
 * when its connection drops; invalid frames are reported and have no other effect.
 * Method: a whole gateway with real SQLite on a real socket, LINE over its simulator; the bot's frames are written by
 * hand; the clock is manual.
 */
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../../../test/e2e/support/eventually.ts";
import { type ListeningGateway, listeningGateway } from "../../../test/support/agents/listening-gateway.ts";
import { type Frame, RawSocket } from "../../../test/support/agents/raw-socket.ts";
import { readyTurns } from "../../../test/support/stores/ready-turns.ts";
import type { WireTurn } from "../protocol.ts";
import { webSocketAgent } from "./endpoint.ts";

const TOKEN = "agent-token";
const LEASE_MS = 60_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(): Promise<ListeningGateway> {
  const whole = await listeningGateway({ agent: webSocketAgent({ token: TOKEN }), settings: { leaseMs: LEASE_MS } });
  ends.push(whole.end);
  return whole;
}

async function connectRaw(whole: ListeningGateway, headers: Record<string, string> = {}): Promise<RawSocket> {
  const bot = await RawSocket.connect(whole.socketUrl("/v1/agent"), headers);
  ends.push(() => bot.drop());
  return bot;
}

async function connected(whole: ListeningGateway, hello: object = {}): Promise<RawSocket> {
  const bot = await connectRaw(whole);
  bot.send({ type: "hello", version: 1, token: TOKEN, name: "bot", credit: 10, ...hello });
  await bot.hears("welcome");
  return bot;
}

async function turnOf(bot: RawSocket, nth = 0): Promise<WireTurn> {
  return (await bot.hears("turn", nth)).turn as WireTurn;
}

const refOf = ({ turnId, fence }: WireTurn) => ({ turnId, fence });
const says = (whole: ListeningGateway, text = "hi", who = "Uann") => whole.simulator.person(who).says(text);
const screen = (whole: ListeningGateway, who = "Uann") => whole.simulator.seenBy(who).map(({ text }) => text);
const connections = (whole: ListeningGateway) => whole.count("agent_connections");

describe("a connection", () => {
  test("is welcomed with the token in its hello or in its header, and counted while it lasts", async () => {
    const whole = await started();
    const one = await connected(whole);
    expect(await one.hears("welcome")).toEqual({
      type: "welcome",
      version: 1,
      leaseMs: LEASE_MS,
      frameLimitBytes: 2 * 1024 * 1024,
      resumed: [],
      lost: [],
    });
    const two = await connectRaw(whole, { authorization: `Bearer ${TOKEN}` });
    two.send({ type: "hello", version: 1, name: "bot" });
    await two.hears("welcome");
    expect(await connections(whole)).toBe(2);
    one.close();
    two.drop();
    await until("no connection", async () => (await connections(whole)) === 0);
  });

  test("with a wrong token is refused: in the header with 401, in the hello with a close code", async () => {
    const whole = await started();
    await expect(connectRaw(whole, { authorization: "Bearer other" })).rejects.toThrow(/401/);
    for (const hello of [{ token: "other" }, { token: undefined }]) {
      const bot = await connectRaw(whole);
      bot.send({ type: "hello", version: 1, name: "bot", ...hello });
      expect(await bot.isClosed()).toEqual({ code: 4401, reason: "the token is missing or wrong" });
    }
    expect(await connections(whole)).toBe(0);
  });

  test("without a hello is closed after ten seconds", async () => {
    const whole = await started();
    const bot = await connectRaw(whole);
    await whole.clock.advance(10_000);
    expect(await bot.isClosed()).toMatchObject({ code: 4408 });
  });

  test("whose peer has vanished is closed after a timeout", async () => {
    const whole = await started();
    const bot = await connected(whole);
    bot.deafen();
    await whole.clock.advance(15_000);
    await whole.clock.advance(15_000);
    await until("no connection", async () => (await connections(whole)) === 0);
  });

  test("answers a ping with its id", async () => {
    const whole = await started();
    const bot = await connectRaw(whole);
    bot.send({ type: "ping", id: "7" });
    expect(await bot.hears("pong")).toEqual({ type: "pong", id: "7" });
  });

  test("is a 426 to a plain GET, and another path a 404", async () => {
    const whole = await started();
    expect((await fetch(`${whole.url}/v1/agent`)).status).toBe(426);
    await expect(RawSocket.connect(whole.socketUrl("/v1/other"))).rejects.toThrow(/404/);
  });
});

describe("a frame that is wrong", () => {
  test.each<[string | object, string | RegExp]>([
    ["{", "the frame is not JSON (1 characters read)"],
    ["[]", "the frame: read a list of 0; allowed is an object"],
    [{ type: "dance" }, /^type: read a text of 5 characters; allowed is one of "hello", .*"done"/],
    [{ type: "reply", turnId: "t", fence: 1, replies: ["x"] }, "seq: read nothing; allowed is a number"],
    [{ type: "reply", turnId: "t", fence: 1, seq: 1, replies: 7 }, "replies: read a number; allowed is a list"],
    [{ type: "hello", version: 1, name: "again" }, "type: read a second hello; allowed is one per connection"],
  ])("%j is answered with what is allowed, and the connection stays open", async (frame, message) => {
    const whole = await started();
    const bot = await connected(whole);
    bot.send(frame);
    const problem = await bot.hears("problem");
    expect(problem.message).toEqual(typeof message === "string" ? message : expect.stringMatching(message));
    await says(whole);
    bot.send({ type: "done", ...refOf(await turnOf(bot)), replies: ["still here"] });
    await until("the answer", () => screen(whole).length === 1);
  });

  test("that is binary, or before the hello, is reported", async () => {
    const whole = await started();
    const bot = await connectRaw(whole);
    bot.sendBytes(new Uint8Array([1, 2]));
    expect(await bot.hears("problem")).toMatchObject({ message: expect.stringMatching(/read bytes/) });
    bot.send({ type: "progress", turnId: "t", fence: 1 });
    expect(await bot.hears("problem", 1)).toMatchObject({ message: expect.stringMatching(/allowed is hello/) });
  });

  test("that is over the limit ends the connection with 1009", async () => {
    const whole = await started();
    const bot = await connected(whole);
    bot.send({ type: "ping", id: "x".repeat(2 * 1024 * 1024) });
    expect(await bot.isClosed()).toMatchObject({ code: 1009 });
  });

  test("may have unknown fields", async () => {
    const whole = await started();
    const bot = await connected(whole, { mood: "good" });
    await says(whole);
    bot.send({ type: "done", ...refOf(await turnOf(bot)), seq: 1, replies: ["ok"], mood: "good" });
    expect(await bot.hears("ack")).toMatchObject({ seq: 1, repeated: false });
  });
});

describe("a turn", () => {
  test("is answered in parts, each stored before it is acked, and ends with done", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = await turnOf(bot);
    expect(turn).toMatchObject({ schema: "turnpike.turn.v1", attempt: 1, text: "hi", channel: "line" });
    bot.send({ type: "accept", ...refOf(turn) });
    bot.send({ type: "reply", ...refOf(turn), seq: 1, replies: ["one"] });
    bot.send({ type: "reply", ...refOf(turn), seq: 2, replies: ["two"] });
    bot.send({ type: "done", ...refOf(turn) });
    expect(await bot.hears("ack", 2)).toMatchObject({ seq: null, deliveryIds: [] });
    await until("both parts", () => screen(whole).length === 2);
    expect(screen(whole)).toEqual(["one", "two"]);
    expect(bot.count("cancel")).toBe(0);
    expect(await whole.count("turns_total", { outcome: "done" })).toBe(1);
  });

  test("stores each seq once, however often it is sent", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = await turnOf(bot);
    for (let copy = 0; copy < 3; copy++) bot.send({ type: "reply", ...refOf(turn), seq: 1, replies: ["one"] });
    bot.send({ type: "done", ...refOf(turn), seq: 2, replies: ["two"] });
    bot.send({ type: "done", ...refOf(turn), seq: 2, replies: ["two"] });
    expect(await bot.hears("ack", 4)).toMatchObject({ seq: 2, repeated: true });
    await until("both parts", () => screen(whole).length === 2);
    expect(screen(whole)).toEqual(["one", "two"]);
  });

  test("that was answered, or is unknown, refuses replies with a reason", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = await turnOf(bot);
    bot.send({ type: "done", ...refOf(turn), seq: 1, replies: ["one"] });
    bot.send({ type: "reply", ...refOf(turn), seq: 2, replies: ["late"] });
    expect(await bot.hears("refused")).toMatchObject({ seq: 2, code: "fenced", retry: false });
    bot.send({ type: "reply", turnId: "turn_none", fence: 1, seq: 1, replies: ["?"] });
    expect(await bot.hears("refused", 1)).toMatchObject({ code: "no-such-turn" });
    bot.send({ type: "progress", ...refOf(turn) });
    expect(await bot.hears("cancel")).toMatchObject(refOf(turn));
    await until("the answer", () => screen(whole).length === 1);
  });

  test("says what can be said, and tells the agent what can't", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = await turnOf(bot);
    const raw = { type: "raw", channel: "other", message: {} };
    bot.send({ type: "done", ...refOf(turn), seq: 1, replies: [raw, {}, "in words"] });
    const { refused } = await bot.hears("ack");
    expect(refused).toEqual([expect.stringContaining("replies.1.type"), expect.stringContaining("replies[0].channel")]);
    await until("the answer", () => screen(whole).length === 1);
  });

  test("whose answer can't be read at all is dead at once, and the next one is handed out", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = refOf(await turnOf(bot));
    const message = "replies: read a text of 8 characters; allowed is a list";
    const refused = { type: "refused", ...turn, code: "unsayable", message, retry: false };
    bot.send({ type: "done", ...turn, seq: 1, replies: "in words" });
    expect(await bot.hears("problem")).toEqual({ type: "problem", message });
    expect(await bot.hears("refused")).toEqual({ ...refused, seq: 1 });
    await until("the dead turn", () => whole.messages().some((message) => /^turn dead/.test(message)));
    await says(whole, "again");
    // Repeated after a reconnect, when the turn has ended.
    bot.send({ type: "done", ...turn, replies: "in words" });
    expect(await bot.hears("refused", 1)).toEqual({ ...refused, seq: null });
    bot.send({ type: "done", ...refOf(await turnOf(bot, 1)), seq: 1, replies: ["in words"] });
    await until("the answer", () => screen(whole).length === 1);
  });

  test("that failed is retried if retryable, and dead otherwise", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = await turnOf(bot);
    bot.send({ type: "error", ...refOf(turn), retryable: true, reason: "model away", retryAfterMs: 5_000 });
    await until("the failure", () => whole.messages().some((message) => /not answered/.test(message)));
    expect(bot.count("turn")).toBe(1);
    await whole.clock.advance(5_000);
    const again = await turnOf(bot, 1);
    expect(again).toMatchObject({ turnId: turn.turnId, attempt: 2, events: turn.events });
    expect(again.fence).toBeGreaterThan(turn.fence);
    bot.send({ type: "error", ...refOf(again), retryable: false });
    await until("its death", async () => (await whole.count("turns_total", { outcome: "dead" })) === 1);
  });

  test("without activity for a lease is handed out again; progress renews it", async () => {
    const whole = await started();
    const bot = await connected(whole);
    await says(whole);
    const turn = await turnOf(bot);
    for (let round = 0; round < 3; round++) {
      await whole.clock.advance(LEASE_MS - 1_000);
      bot.send({ type: "progress", ...refOf(turn) });
      bot.send({ type: "ping", id: `${round}` });
      await bot.hears("pong", round);
    }
    expect(bot.count("cancel")).toBe(0);
    await whole.clock.advance(LEASE_MS);
    expect(await bot.hears("cancel")).toMatchObject({ ...refOf(turn), reason: expect.stringMatching(/no activity/) });
    await whole.clock.advance(2_000);
    expect(await turnOf(bot, 1)).toMatchObject({ turnId: turn.turnId, attempt: 2 });
    bot.send({ type: "done", ...refOf(turn), seq: 1, replies: ["stale"] });
    expect(await bot.hears("refused")).toMatchObject({ code: "fenced" });
  });
});

describe("credit", () => {
  test("limits the concurrent turns; the others wait", async () => {
    const whole = await started();
    const bot = await connected(whole, { credit: 2 });
    for (const who of ["Ua", "Ub", "Uc"]) await says(whole, "hi", who);
    const first = await turnOf(bot);
    await turnOf(bot, 1);
    await whole.clock.settle();
    expect(bot.count("turn")).toBe(2);
    bot.send({ type: "done", ...refOf(first) });
    expect(await turnOf(bot, 2)).toMatchObject({ attempt: 1 });
  });

  test("without a connected agent turns wait until the first hello", async () => {
    const whole = await started();
    await says(whole);
    await whole.clock.advance(60_000);
    expect((await readyTurns(whole.store, 10)).due).toHaveLength(1);
    const bot = await connected(whole);
    expect(await turnOf(bot)).toMatchObject({ attempt: 1, text: "hi" });
  });

  test("of several agents is used evenly, and a conversation stays with its agent", async () => {
    const whole = await started();
    const bots = [await connected(whole), await connected(whole)];
    const people = ["Ua", "Ub", "Uc", "Ud"];
    for (const who of people) await says(whole, "hi", who);
    await until("four turns", () => bots.reduce((sum, bot) => sum + bot.count("turn"), 0) === 4);
    expect(bots.map((bot) => bot.count("turn"))).toEqual([2, 2]);
    const peersOf = (bot: RawSocket) =>
      new Set(bot.frames.flatMap((frame: Frame) => (frame.turn as WireTurn | undefined)?.conversation.peerId ?? []));
    const before = bots.map(peersOf);
    for (const bot of bots) for (const nth of [0, 1]) bot.send({ type: "done", ...refOf(await turnOf(bot, nth)) });
    await until("all done", async () => (await whole.count("turns_total", { outcome: "done" })) === 4);
    for (const who of people) await says(whole, "again", who);
    await until("eight turns", () => bots.reduce((sum, bot) => sum + bot.count("turn"), 0) === 8);
    expect(bots.map(peersOf)).toEqual(before);
  });

  test("is for the agent's channels only", async () => {
    const whole = await started();
    const other = await connected(whole, { channels: ["messenger"] });
    await says(whole);
    await whole.clock.advance(5_000);
    expect(other.count("turn")).toBe(0);
    const bot = await connected(whole, { channels: ["line/default"] });
    expect(await turnOf(bot)).toMatchObject({ attempt: 1 });
  });
});

describe("a dropped connection", () => {
  const instance = "instance-of-a-bot";

  test("before the turn was accepted: another agent gets it at once", async () => {
    const whole = await started();
    const one = await connected(whole);
    await says(whole);
    const turn = await turnOf(one);
    const two = await connected(whole);
    one.drop();
    expect(await turnOf(two)).toMatchObject({ turnId: turn.turnId, events: turn.events });
  });

  test("with an accepted turn: the same instance resumes it within the lease, and no reply is lost or duplicated", async () => {
    const whole = await started();
    const bot = await connected(whole, { instance });
    await says(whole);
    const turn = await turnOf(bot);
    bot.send({ type: "reply", ...refOf(turn), seq: 1, replies: ["one"] });
    await bot.hears("ack");
    bot.drop();
    await whole.clock.advance(LEASE_MS / 2);
    const back = await connected(whole, { instance, resume: [refOf(turn)] });
    expect(await back.hears("welcome")).toMatchObject({ resumed: [refOf(turn)], lost: [] });
    back.send({ type: "reply", ...refOf(turn), seq: 1, replies: ["one"] });
    back.send({ type: "done", ...refOf(turn), seq: 2, replies: ["two"] });
    await until("both parts", () => screen(whole).length === 2);
    expect(screen(whole)).toEqual(["one", "two"]);
    expect(back.count("turn")).toBe(0);
  });

  test("that isn't resumed: after the lease another agent gets the turn, and the first learns that it is lost", async () => {
    const whole = await started();
    const bot = await connected(whole, { instance });
    await says(whole);
    const turn = await turnOf(bot);
    bot.send({ type: "accept", ...refOf(turn) });
    bot.send({ type: "ping" });
    await bot.hears("pong");
    bot.drop();
    await until("the drop", async () => (await connections(whole)) === 0);
    const other = await connected(whole);
    await whole.clock.advance(LEASE_MS - 1_000);
    expect(other.count("turn")).toBe(0);
    await whole.clock.advance(4_000);
    expect(await turnOf(other)).toMatchObject({ turnId: turn.turnId, attempt: 2 });
    const back = await connected(whole, { instance, resume: [refOf(turn)] });
    expect(await back.hears("welcome")).toMatchObject({ resumed: [], lost: [refOf(turn)] });
  });

  test("resumed without the turn: it is handed out again at once", async () => {
    const whole = await started();
    const bot = await connected(whole, { instance });
    await says(whole);
    const turn = await turnOf(bot);
    bot.send({ type: "accept", ...refOf(turn) });
    bot.send({ type: "ping" });
    await bot.hears("pong");
    const back = await connected(whole, { instance });
    expect(await bot.isClosed()).toMatchObject({ code: 4409 });
    expect(await turnOf(back)).toMatchObject({ turnId: turn.turnId, attempt: 2 });
  });

  test("is closed with 1012 when the gateway stops", async () => {
    const whole = await started();
    const bot = await connected(whole);
    const ended = whole.end();
    expect(await bot.isClosed()).toMatchObject({ code: 1012 });
    await ended;
    ends.splice(0, 1);
  });
});
