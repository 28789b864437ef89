/** Goal: the simulator does what Messenger does, also what hurts. Method: each rule of the platform, once. */
import { describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { messengerCommands } from "./simulator/control.ts";
import { createMessengerSimulator, type MessengerSimulatorOptions } from "./simulator.ts";

const PAGE = "100000000000001";
const HOUR = 3_600_000;

function start(change: Partial<MessengerSimulatorOptions> = {}) {
  const clock: ManualClock = manualClock();
  const bodies: Record<string, unknown>[] = [];
  let status = 200;
  const simulator = createMessengerSimulator({
    clock,
    random: seededRandom(1),
    appSecret: "secret",
    pageAccessToken: "token",
    pageId: PAGE,
    deliver: async (body) => {
      bodies.push(JSON.parse(new TextDecoder().decode(body)) as Record<string, unknown>);
      return status;
    },
    ...change,
  });
  const call = async (body: unknown, path = `/v26.0/${PAGE}/messages`, token = "token") => {
    const answer = await simulator.handle({
      method: "POST",
      path,
      headers: { Authorization: `Bearer ${token}` },
      body: new TextEncoder().encode(JSON.stringify(body)),
    });
    if (answer === "disconnect") return { status: 0, error: "disconnect" };
    const { error, ...rest } = JSON.parse(answer.body) as { error?: { code: number; error_subcode?: number } };
    return { status: answer.status, error: error && [error.code, error.error_subcode ?? null], ...rest };
  };
  const send = (change: Record<string, unknown> = {}) =>
    call({
      recipient: { id: "P1" },
      messaging_type: "RESPONSE",
      message: { text: "hi", metadata: "dlv_1" },
      ...change,
    });
  const answerWith = (code: number) => {
    status = code;
  };
  return { simulator, clock, bodies, call, send, answerWith };
}

describe("a webhook", () => {
  test("of an edit counts the edits of that message; one of a greeting names no app", async () => {
    const { simulator, bodies } = start();
    const commands = messengerCommands(simulator);
    const { messageId } = await simulator.person("P1").says("5");
    await commands.edits?.({ peerId: "P1", messageId, text: "6" });
    await commands.edits?.({ peerId: "P1", messageId, text: "7" });
    await commands.greets?.({ peerId: "P1", text: "Welcome" });
    await commands["answers-by-hand"]?.({ peerId: "P1", text: "I'm here" });
    const items = bodies.slice(1).map((body) => (body.entry as { messaging: unknown[] }[])[0]?.messaging[0]);
    expect(items).toMatchObject([
      { sender: { id: "P1" }, message_edit: { mid: messageId, text: "6", num_edit: 1 } },
      { sender: { id: "P1" }, message_edit: { mid: messageId, text: "7", num_edit: 2 } },
      { sender: { id: PAGE }, message: { is_echo: true, text: "Welcome" } },
      { sender: { id: PAGE }, message: { is_echo: true, app_id: expect.any(Number), text: "I'm here" } },
    ]);
    expect(items[2]).not.toHaveProperty("message.app_id");
  });
});

describe("sending", () => {
  test("is echoed with our app id and metadata, and reported as delivered", async () => {
    const { simulator, send, bodies } = start();
    await simulator.person("P1").says("hello");
    expect(await send()).toMatchObject({ status: 200, recipient_id: "P1" });
    await simulator.idle();
    const items = bodies.slice(1).map((body) => (body.entry as { messaging: unknown[] }[])[0]?.messaging[0]);
    expect(items).toMatchObject([
      { sender: { id: PAGE }, message: { is_echo: true, app_id: 1517776481860111, metadata: "dlv_1", text: "hi" } },
      { sender: { id: "P1" }, delivery: { mids: [expect.stringMatching(/^m_/)] } },
    ]);
    expect(simulator.seenBy("P1").map((bubble) => bubble.text)).toEqual(["hi"]);
  });

  test("outside the window is refused, and a human agent has seven days", async () => {
    const { simulator, clock, send } = start();
    await simulator.person("P1").says("hello");
    await clock.advance(24 * HOUR + 1);
    expect(await send()).toMatchObject({ status: 400, error: [10, 2_018_278] });
    const tagged = { messaging_type: "MESSAGE_TAG" };
    expect(await send({ ...tagged, tag: "HUMAN_AGENT" })).toMatchObject({ status: 200 });
    expect(await send({ ...tagged, tag: "ACCOUNT_UPDATE" })).toMatchObject({ error: [100, null] });
    expect(await send({ ...tagged, tag: "CONFIRMED_EVENT_UPDATE" })).toMatchObject({ error: [100, null] });
  });

  test("to a stranger, to one who blocked the page, in another app's conversation: each has its code", async () => {
    const { simulator, send } = start();
    expect(await send()).toMatchObject({ error: [100, 2_018_001] });
    const person = simulator.person("P1");
    await person.says("hello");
    await person.goesElsewhere();
    expect(await send()).toMatchObject({ error: [10, 2_018_300] });
    await person.comesBack();
    expect(await send()).toMatchObject({ status: 200 });
    person.blocks();
    expect(await send()).toMatchObject({ error: [551, 1_545_041] });
  });

  test("with a wrong token, a wrong proof, too long a text, or a message and an action together is refused", async () => {
    const { simulator, send, call } = start();
    await simulator.person("P1").says("hello");
    expect(await call({}, `/v26.0/${PAGE}/messages`, "other")).toMatchObject({ status: 401, error: [190, null] });
    expect(await call({}, `/v26.0/${PAGE}/messages?appsecret_proof=00`)).toMatchObject({ error: [100, null] });
    expect(await send({ message: { text: "x".repeat(2_000) } })).toMatchObject({ error: [100, null] });
    expect(await send({ sender_action: "typing_on" })).toMatchObject({ error: [100, null] });
    expect(await call({ recipient: { id: "P1" }, sender_action: "typing_on" })).toMatchObject({ status: 200 });
  });

  test.each([
    ["2", 500],
    ["4", 400],
    ["613", 400],
    ["1200", 400],
    ["551", 400],
    ["190", 401],
  ])("can be made to fail with %s", async (code, status) => {
    const { simulator, send } = start();
    await simulator.person("P1").says("hello");
    simulator.faults.next("send", { at: "before-accept", how: status, message: code });
    expect(await send()).toMatchObject({ status, error: [Number(code), null] });
    expect(simulator.seenBy("P1")).toEqual([]);
  });
});

describe("webhooks", () => {
  test("are escaped ASCII, and what another app's conversation says is in standby", async () => {
    const { simulator, bodies } = start();
    const person = simulator.person("P1");
    const { webhook } = await person.says("☃ and / slash");
    expect(webhook.body).toMatch(/^[\x20-\x7e]*$/);
    expect(webhook.body).toContain("\\u2603");
    await person.goesElsewhere();
    await person.taps("BUY", "Buy");
    expect(bodies.at(-1)).toMatchObject({ entry: [{ standby: [{ postback: { title: "Buy" } }] }] });
    expect(JSON.stringify(bodies.at(-1))).not.toContain("payload");
  });

  test("that fail are sent a few times more at once, and then no more", async () => {
    const { simulator, clock, answerWith } = start();
    answerWith(500);
    await simulator.person("P1").says("hello");
    await clock.advance(HOUR / 2);
    expect(simulator.webhooks.map((copy) => [copy.copy, copy.result])).toEqual(
      [1, 2, 3, 4].map((copy) => [copy, "error-status"]),
    );
  });

  test("that fail for an hour end the subscription until somebody subscribes again", async () => {
    const { simulator, clock, answerWith, call } = start();
    const person = simulator.person("P1");
    answerWith(500);
    await person.says("one");
    await clock.advance(HOUR);
    await person.says("two");
    expect(simulator.isSubscribed).toBe(false);
    answerWith(200);
    expect((await person.says("three")).webhook.result).toBe("unsubscribed");
    expect(await call({}, `/v26.0/${PAGE}/subscribed_apps`)).toMatchObject({ status: 200, success: true });
    expect((await person.says("four")).webhook.result).toBe("ok");
  });

  test("come twice at the same time, or again later to the byte", async () => {
    const { simulator, bodies } = start();
    const { webhook } = await simulator.person("P1").says("hello", { copies: 2 });
    await simulator.repeat(webhook.webhookId);
    expect(bodies).toHaveLength(3);
    expect(new Set(simulator.webhooks.map((copy) => copy.body)).size).toBe(1);
  });

  test("bring stickers in both shapes", async () => {
    for (const oldStickers of [false, true]) {
      const { simulator, bodies } = start({ oldStickers });
      await simulator.person("P1").sticker(369239263222822);
      expect(JSON.stringify(bodies).match(/sticker_id/g)).toHaveLength(oldStickers ? 2 : 1);
    }
  });
});
