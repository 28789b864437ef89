/**
 * Goal: each trouble of a platform can be made by a command of the control API, and undone by `reset`.
 * Method: every simulator as `turnpike simulate` has it, without a socket and on a manual clock.
 */
import { describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../test/support/manual-clock.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { CHANNELS, type ChannelName } from "../channels/index.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Ids as each platform gives them. */
const PEOPLE: Readonly<Record<string, string>> = { line: "Uann", messenger: "200001", whatsapp: "15550001111" };
const NAMES = (Object.keys(CHANNELS) as ChannelName[]).filter((name) => name in PEOPLE);
type Fields = Readonly<Record<string, unknown>>;

/** A simulator whose webhooks are all taken. */
function start(name: ChannelName) {
  const clock: ManualClock = manualClock();
  const bodies: string[] = [];
  const { variables, set } = CHANNELS[name].simulator;
  const { commands, views, platform } = set(variables)({
    clock,
    random: seededRandom(4),
    webhookUrl: "http://gateway.invalid/",
    deliver: async (body) => {
      bodies.push(new TextDecoder().decode(body));
      return 200;
    },
  });
  const peerId = PEOPLE[name] ?? "";
  const command = async <T = Fields>(named: string, input: Fields = {}) =>
    (await commands[named]?.({ peerId, ...input })) as T;
  const view = <T = readonly Fields[]>(named: string, argument = "") => views[named]?.(argument) as T;
  const call = async (path: string, body: Fields, token: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const result = await platform.handle({ method: "POST", path, headers, body: bytes });
    return result === "disconnect" ? 0 : result.status;
  };
  return { clock, bodies, command, view, call, peerId };
}

const texts = (bodies: readonly string[]) => bodies.map((body) => /"text":"(\w+)"|"body":"(\w+)"/.exec(body)?.[0]);

describe.each(NAMES)("%s", (name) => {
  test("an answer that is lost on its way: the platform sends the webhook again", async () => {
    const { clock, bodies, command } = start(name);
    const said = await command("says", { text: "hello", answerLost: true });
    expect(said).toMatchObject({ status: null, result: expect.stringMatching(/timeout/) });
    expect(bodies).toHaveLength(1);
    await clock.advance(10_000);
    expect(bodies.length).toBeGreaterThan(1);
    const after = bodies.length;
    await clock.advance(HOUR);
    expect(bodies).toHaveLength(after);
  });

  test("a webhook that leaves later is overtaken by the next one", async () => {
    const { clock, bodies, command } = start(name);
    const slow = command("says", { text: "one", delayMs: 700 });
    await command("says", { text: "two" });
    await clock.advance(699);
    expect(bodies).toHaveLength(1);
    await clock.advance(1);
    expect(await slow).toMatchObject({ status: 200, result: "ok" });
    expect(texts(bodies).map((text) => /one|two/.exec(text ?? "")?.[0])).toEqual(["two", "one"]);
  });

  test("armed faults are listed until they are met or cleared, and reset clears them", async () => {
    const { command, view } = start(name);
    const fault = { route: "any", at: "before-accept", how: 503, times: 2 };
    await command("faults", fault);
    await command("faults", { route: "any", at: "slow", delayMs: 5 });
    const route = name === "messenger" ? "send" : "any";
    expect(view("faults")).toEqual([
      { route: name === "messenger" ? expect.anything() : route, at: "before-accept", how: 503, left: 2 },
      { route: name === "messenger" ? expect.anything() : route, at: "slow", delayMs: 5, left: 1 },
    ]);
    await command("reset");
    expect(view("faults")).toEqual([]);
  });

  test("whoever was named is listed, with what they did to the bot", async () => {
    const { command, view, peerId } = start(name);
    await command("says", { text: "hi" });
    await command("blocks");
    expect(view("people")).toEqual([expect.objectContaining({ peerId, isBlocked: true })]);
    await command(name === "line" ? "follows" : "unblocks");
    expect(view("people")).toEqual([expect.objectContaining({ peerId, isBlocked: false })]);
  });
});

describe("LINE", () => {
  const reply = (replyToken: unknown) => ({ replyToken, messages: [{ type: "text", text: "yes" }] });
  const REPLY = "/v2/bot/message/reply";

  test("reply tokens live as long as it is told, until reset", async () => {
    const { clock, command, view, call } = start("line");
    await command("reply-token-life", { ms: 500 });
    const { replyToken } = await command("says", { text: "hi" });
    await clock.advance(501);
    expect(await call(REPLY, reply(replyToken), "access-token")).toBe(400);
    await command("reset");
    expect(view<Fields>("reply-token-life")).toEqual({ ms: MINUTE });
    expect(await call(REPLY, reply(replyToken), "access-token")).toBe(200);
  });

  test("reply tokens expire on command: one person's, or all", async () => {
    const { command, call } = start("line");
    const tokens: unknown[] = [];
    for (const peerId of ["Uann", "Ubob", "Ucarl"]) {
      tokens.push((await command("says", { peerId, text: "hi" })).replyToken);
    }
    expect(await command("expire-reply-tokens", { peerId: "Uann" })).toEqual({ expired: 1 });
    const [ann, bob, carl] = tokens;
    expect(await call(REPLY, reply(ann), "access-token")).toBe(400);
    expect(await call(REPLY, reply(bob), "access-token")).toBe(200);
    expect(await command("expire-reply-tokens", { peerId: undefined })).toEqual({ expired: 1 });
    expect(await call(REPLY, reply(carl), "access-token")).toBe(400);
  });

  test("the bot is invited to a group, members come and go, and it is removed", async () => {
    const { bodies, command, view } = start("line");
    const place = { groupId: "Cteam" };
    await command("invites", place);
    await command("joins", { ...place, peerId: "Ubob" });
    await command("joins", { ...place, peerId: "Ucarl" });
    await command("leaves", { ...place, peerId: "Ubob" });
    expect(view("people")[0]).toMatchObject({ peerId: "Cteam", kind: "group", members: ["Ucarl"] });
    await command("removes", place);
    const types = bodies.map((body) => JSON.parse(body).events[0].type);
    expect(types).toEqual(["join", "memberJoined", "memberJoined", "memberLeft", "leave"]);
    await expect(command("invites", { groupId: "Cteam", roomId: "Rteam" })).rejects.toThrow(/either groupId or roomId/);
    await expect(command("invites")).rejects.toThrow(/either groupId or roomId/);
  });

  test("its loading animation and read marks are seen", async () => {
    const { clock, bodies, command, view, call } = start("line");
    const { messageId } = await command("says", { text: "hi" });
    await call("/v2/bot/chat/loading/start", { chatId: "Uann", loadingSeconds: 5 }, "access-token");
    expect(view("people")).toMatchObject([{ loadingUntil: clock.now() + 5_000 }]);
    await clock.advance(5_000);
    expect(view("people")).toMatchObject([{ loadingUntil: null }]);
    const { markAsReadToken } = JSON.parse(bodies[0] ?? "").events[0].message;
    expect(view("read")).toEqual([]);
    await call("/v2/bot/chat/markAsRead", { markAsReadToken }, "access-token");
    expect(view("read")).toEqual([messageId]);
  });

  test("a fault of the bot's own entry is met there, and only there", async () => {
    const { command, view, call } = start("line");
    await command("faults", { route: "info", at: "before-accept", how: 401 });
    expect(await call("/v2/bot/chat/markAsRead", { markAsReadToken: "none" }, "access-token")).toBe(400);
    expect(view("faults")).toHaveLength(1);
    expect(await call("/v2/bot/info", {}, "access-token")).toBe(401);
    expect(view("faults")).toEqual([]);
  });

  test("reset restores the quota", async () => {
    const { command, view, call } = start("line");
    await command("quota", { limit: 0 });
    const push = { to: "Uann", messages: [{ type: "text", text: "news" }] };
    expect(await call("/v2/bot/message/push", push, "access-token")).toBe(429);
    await command("reset");
    expect(await call("/v2/bot/message/push", push, "access-token")).toBe(200);
    await command("reset");
    expect(view<Fields>("quota")).toEqual({ limit: null, used: 0 });
  });
});

describe("Messenger", () => {
  const SEND = "/v26.0/me/messages";
  const answer = { recipient: { id: "200001" }, messaging_type: "RESPONSE", message: { text: "yes" } };

  test("echoes and receipts are set, lost and restored", async () => {
    const { clock, bodies, command, view, call } = start("messenger");
    await command("says", { text: "hi" });
    expect(await command("receipts", { isOff: true })).toMatchObject({ isOff: true, delayMs: 0 });
    await command("lose-echoes", { count: 9 });
    expect(await call(SEND, answer, "page-token")).toBe(200);
    await clock.advance(1_000);
    expect(bodies).toHaveLength(1);
    await command("reset");
    expect(view<Fields>("receipts")).toMatchObject({ isOff: false });
    expect(await call(SEND, answer, "page-token")).toBe(200);
    await clock.advance(1_000);
    expect(bodies).toHaveLength(3);
    await command("receipts", { readAfterMs: 10 });
    expect(await call(SEND, answer, "page-token")).toBe(200);
    await clock.advance(1_000);
    expect(bodies.at(-1)).toContain('"read"');
  });

  test("the 24 hours close on command, and the next message opens them", async () => {
    const { command, call } = start("messenger");
    await command("says", { text: "hi" });
    await command("closes-window");
    expect(await call(SEND, answer, "page-token")).toBe(400);
    await command("says", { text: "hi again" });
    expect(await call(SEND, answer, "page-token")).toBe(200);
  });

  test("a person reacts", async () => {
    const { bodies, command } = start("messenger");
    const { messageId } = await command("says", { text: "hi" });
    await command("reacts", { messageId, emoji: "😀" });
    expect(JSON.parse(bodies[1] ?? "").entry[0].messaging[0].reaction).toMatchObject({ mid: messageId, emoji: "😀" });
  });
});

describe("WhatsApp", () => {
  const SEND = "/v26.0/106540000000001/messages";
  const answer = { messaging_product: "whatsapp", to: "15550001111", type: "text", text: { body: "yes" } };
  const failures = (bodies: readonly string[]) => bodies.flatMap((body) => /"code":(\d+)/.exec(body)?.[1] ?? []);

  test("the next messages fail after they were accepted, with that code; reset ends it", async () => {
    const { clock, bodies, command, view, call } = start("whatsapp");
    await command("says", { text: "hi" });
    expect(await command("fails-next", { code: 131_026, times: 2 })).toEqual({ codes: [131_026, 131_026] });
    expect(await call(SEND, answer, "access-token")).toBe(200);
    await clock.advance(1_000);
    expect(failures(bodies)).toEqual(["131026"]);
    await command("statuses", { isOff: true });
    await command("reset");
    expect(view("failing-codes")).toEqual([]);
    expect(view<Fields>("statuses")).toMatchObject({ isOff: false, delayMs: 200 });
    expect(await call(SEND, answer, "access-token")).toBe(200);
    await clock.advance(1_000);
    expect(failures(bodies)).toEqual(["131026"]);
    expect(view("seen", "15550001111")).toHaveLength(1);
  });

  test("the 24 hours close on command, and the next message opens them", async () => {
    const { command, call } = start("whatsapp");
    await command("says", { text: "hi" });
    await command("closes-window");
    expect(await call(SEND, answer, "access-token")).toBe(400);
    await command("says", { text: "hi again" });
    expect(await call(SEND, answer, "access-token")).toBe(200);
  });

  test("a person reacts, and takes the reaction back", async () => {
    const { bodies, command } = start("whatsapp");
    const { messageId } = await command("says", { text: "hi" });
    await command("reacts", { messageId, emoji: "😀" });
    await command("reacts", { messageId, emoji: null });
    const said = bodies.slice(1).map((body) => JSON.parse(body).entry[0].changes[0].value.messages[0].reaction);
    expect(said).toEqual([{ message_id: messageId, emoji: "😀" }, { message_id: messageId }]);
  });

  test("the person sees the bot typing for 25 s, or until it answers", async () => {
    const { clock, command, view, call } = start("whatsapp");
    const { messageId } = await command("says", { text: "hi" });
    const typing = { messaging_product: "whatsapp", status: "read", message_id: messageId };
    await call(SEND, { ...typing, typing_indicator: { type: "text" } }, "access-token");
    expect(view("people")).toMatchObject([{ typingUntil: clock.now() + 25_000 }]);
    await clock.advance(25_000);
    expect(view("people")).toMatchObject([{ typingUntil: null }]);
    await call(SEND, { ...typing, typing_indicator: { type: "text" } }, "access-token");
    await call(SEND, answer, "access-token");
    expect(view("people")).toMatchObject([{ typingUntil: null }]);
  });
});
