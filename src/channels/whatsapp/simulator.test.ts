/**
 * Goal: the simulator is WhatsApp as Meta documents it: retries for a week, statuses that get lost and overtake each
 * other, windows, rates, ids that change.
 * Method: its model on a manual clock, without sockets.
 */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { whatsappCommands } from "./simulator/control.ts";
import { createWhatsAppSimulator, type WhatsAppSimulatorOptions } from "./simulator.ts";

const ANN = "15550001111";
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

function simulated(options: Partial<WhatsAppSimulatorOptions> = {}, answer: (copy: number) => number = () => 200) {
  const clock = manualClock();
  const arrived: { body: string; at: number }[] = [];
  const whatsapp = createWhatsAppSimulator({
    clock,
    random: seededRandom(9),
    appSecret: "secret",
    accessToken: "access",
    deliver: async (body) => {
      arrived.push({ body: new TextDecoder().decode(body), at: clock.now() });
      return answer(arrived.length);
    },
    ...options,
  });
  const send = async (message: object, headers: object = {}) => {
    const result = await whatsapp.handle({
      method: "POST",
      path: `/v26.0/${whatsapp.phoneNumberId}/messages`,
      headers: { authorization: "Bearer access", ...headers },
      body: new TextEncoder().encode(JSON.stringify({ messaging_product: "whatsapp", ...message })),
    });
    return result === "disconnect"
      ? { status: 0, body: {} as never }
      : { status: result.status, body: JSON.parse(result.body) };
  };
  const says = (text: string, to = ANN) => send({ to, type: "text", text: { body: text } });
  const statuses = () =>
    arrived
      .flatMap(({ body }) => JSON.parse(body).entry[0].changes[0].value.statuses ?? [])
      .map((said: { status: string }) => said.status);
  /** Moves the clock from timer to timer until nothing waits, or that much time is over. */
  const pass = async (ms: number) => {
    const end = clock.now() + ms;
    for (let next = clock.nextIn(); next !== null && clock.now() + next <= end; next = clock.nextIn()) {
      await clock.advance(next);
    }
  };
  return { clock, whatsapp, arrived, send, says, statuses, pass };
}

describe("webhooks", () => {
  test("tell of edits, revoked messages and a colleague's answers on the phone", async () => {
    const { whatsapp, arrived } = simulated();
    const commands = whatsappCommands(whatsapp);
    const { messageId } = await whatsapp.person(ANN).says("5");
    await commands.edits?.({ peerId: ANN, messageId, text: "6" });
    await commands.revokes?.({ peerId: ANN, messageId });
    await commands["answers-by-hand"]?.({ peerId: ANN, text: "I'm here" });
    const changes = arrived.slice(1).map(({ body }) => JSON.parse(body).entry[0].changes[0]);
    const message = { type: "text", text: { body: "6" } };
    expect(changes).toMatchObject([
      { field: "messages", value: { messages: [{ type: "edit", edit: { original_message_id: messageId, message } }] } },
      { field: "messages", value: { messages: [{ type: "revoke", revoke: { original_message_id: messageId } }] } },
      { field: "smb_message_echoes", value: { message_echoes: [{ to: ANN, text: { body: "I'm here" } }] } },
    ]);
  });

  test("without a 200 come again with growing gaps, for less than 7 days, the same to the byte", async () => {
    const { whatsapp, arrived, pass } = simulated({}, () => 503);
    void whatsapp.person(ANN).says("hi");
    await pass(10 * DAY);
    const gaps = arrived.slice(1).map(({ at }, index) => at - (arrived[index]?.at ?? 0));
    expect(gaps.length).toBeGreaterThan(10);
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b));
    const total = (arrived.at(-1)?.at ?? 0) - (arrived[0]?.at ?? 0);
    expect(total).toBeGreaterThan(5 * DAY);
    expect(total).toBeLessThanOrEqual(7 * DAY);
    expect(new Set(arrived.map(({ body }) => body)).size).toBe(1);
  });

  test("overtake each other where they are told to", async () => {
    const { whatsapp, arrived, pass } = simulated({ jitterMs: 10_000 });
    for (let n = 0; n < 20; n += 1) void whatsapp.person(ANN).says(`number ${String(n).padStart(2, "0")}`);
    await pass(HOUR);
    const order = arrived.map(({ body }) => /number \d\d/.exec(body)?.[0]);
    expect(order).toHaveLength(20);
    expect(order).not.toEqual(order.toSorted((a, b) => String(a).localeCompare(String(b))));
  });

  test("tell no number of somebody with a username, and both ids' change", async () => {
    const { whatsapp, arrived } = simulated();
    const ann = whatsapp.person(ANN);
    const before = ann.userId;
    ann.adoptsUsername();
    await ann.says("hi");
    expect(arrived[0]?.body).not.toContain(ANN);
    expect(arrived[0]?.body).toContain(before);
    await ann.changesNumber("15550009");
    expect(ann.userId).not.toBe(before);
    expect(JSON.parse(arrived.at(-1)?.body ?? "").entry[0].changes[0]).toMatchObject({
      field: "user_id_update",
      value: { user_id_update: [{ user_id: { previous: before, current: ann.userId } }] },
    });
  });
});

describe("statuses", () => {
  test("come as sent, delivered and read, with what we gave them", async () => {
    const { whatsapp, send, arrived, statuses, pass } = simulated({ statuses: { readAfterMs: 1_000 } });
    await whatsapp.person(ANN).says("hi");
    await send({ to: ANN, type: "text", text: { body: "yes" }, biz_opaque_callback_data: "dlv_9" });
    await pass(HOUR);
    expect(statuses()).toEqual(["sent", "delivered", "read"]);
    expect(arrived.at(-1)?.body).toContain("dlv_9");
  });

  test("get lost, come twice and leave delivered out, where they are told to", async () => {
    const all = simulated({ statuses: { loss: 1 } });
    await all.whatsapp.person(ANN).says("hi");
    await all.says("yes");
    await all.pass(HOUR);
    expect(all.statuses()).toEqual([]);
    const twice = simulated({ statuses: { twice: 1, readAfterMs: 10, skipDelivered: 1 } });
    await twice.whatsapp.person(ANN).says("hi");
    await twice.says("yes");
    await twice.pass(HOUR);
    expect(twice.statuses()).toEqual(["sent", "sent", "read", "read"]);
  });

  test("say failed after a 200 for somebody who blocked us, and nothing is seen", async () => {
    const { whatsapp, says, statuses, pass } = simulated();
    await whatsapp.person(ANN).says("hi");
    whatsapp.person(ANN).blocks();
    expect((await says("yes")).status).toBe(200);
    await pass(HOUR);
    expect(statuses()).toEqual(["failed"]);
    expect(whatsapp.seenBy(ANN)).toEqual([]);
  });
});

describe("the API", () => {
  test("takes free-form messages for 24 hours, and templates always", async () => {
    const { clock, whatsapp, says, send } = simulated();
    expect((await says("too early")).body.error).toMatchObject({ code: 131_047 });
    await whatsapp.person(ANN).says("hi");
    expect((await says("yes")).body.messages).toMatchObject([{ message_status: "accepted" }]);
    clock.step(DAY);
    expect((await says("too late")).body.error).toMatchObject({ code: 131_047 });
    const template = { name: "hello", language: { code: "en" } };
    expect((await send({ to: ANN, type: "template", template })).status).toBe(200);
    expect(whatsapp.seenBy(ANN).map(({ route }) => route)).toEqual(["session", "template"]);
  });

  test("lets a pair have 45 at once and then one in 6 seconds", async () => {
    const { clock, whatsapp, says } = simulated();
    await whatsapp.person(ANN).says("hi");
    for (let n = 0; n < 45; n += 1) expect((await says("x")).status).toBe(200);
    expect((await says("x")).body.error).toMatchObject({ code: 131_056 });
    clock.step(6_000);
    expect((await says("x")).status).toBe(200);
    expect((await says("x")).body.error).toMatchObject({ code: 131_056 });
  });

  test("lets the number have so many a second", async () => {
    const { clock, whatsapp, says } = simulated({ messagesPerSecond: 2 });
    for (const to of [ANN, "15550002222"]) await whatsapp.person(to).says("hi");
    expect([(await says("x")).status, (await says("x", "15550002222")).status]).toEqual([200, 200]);
    expect((await says("x")).body.error).toMatchObject({ code: 130_429 });
    clock.step(1_000);
    expect((await says("x")).status).toBe(200);
  });

  test("names people by user id where they are written to by it", async () => {
    const { whatsapp, send } = simulated();
    const { userId } = whatsapp.person(ANN);
    await whatsapp.person(ANN).says("hi");
    const { body } = await send({ recipient: userId, type: "text", text: { body: "yes" } });
    expect(body.contacts).toEqual([{ input: userId, user_id: userId }]);
  });

  test.each([
    ["a text over the limit", { type: "text", text: { body: "x".repeat(4_097) } }, 131_009],
    ["a text of nothing", { type: "text", text: { body: " " } }, 131_008],
    ["four buttons", interactive([1, 2, 3, 4].map(String)), 131_009],
    ["two buttons with one title", interactive(["a", "a"]), 131_009],
    ["a title over the limit", interactive(["x".repeat(21)]), 131_009],
    ["an unheard-of type", { type: "hologram", hologram: {} }, 100],
    ["a caption on a sound", { type: "audio", audio: { link: "https://x", caption: "x" } }, 131_009],
  ])("refuses %s", async (_name, message, code) => {
    const { whatsapp, send } = simulated();
    await whatsapp.person(ANN).says("hi");
    expect((await send({ to: ANN, ...message })).body.error).toMatchObject({ code });
    expect(whatsapp.seenBy(ANN)).toEqual([]);
  });

  test("refuses a wrong token", async () => {
    const { send } = simulated();
    const { status, body } = await send({ to: ANN, type: "text" }, { authorization: "Bearer other" });
    expect([status, body.error.code]).toEqual([401, 190]);
  });
});

function interactive(titles: readonly string[]) {
  const buttons = titles.map((title, id) => ({ type: "reply", reply: { id: String(id), title } }));
  return { type: "interactive", interactive: { type: "button", body: { text: "Which?" }, action: { buttons } } };
}

describe("what WhatsApp refuses later than the gateway can know", () => {
  const image = (link: string) => ({ to: ANN, type: "image", image: { link } });

  test("is media from a link that leads nowhere: accepted, and failed with 131053", async () => {
    const { whatsapp, send, arrived, pass } = simulated();
    await whatsapp.person(ANN).says("hi");
    whatsapp.brokenLinks.add("https://shop.example/gone.jpg");
    expect((await send(image("https://shop.example/gone.jpg"))).status).toBe(200);
    expect((await send(image("https://shop.example/menu.jpg"))).status).toBe(200);
    await pass(HOUR);
    expect(whatsapp.seenBy(ANN)).toHaveLength(1);
    expect(arrived.filter(({ body }) => body.includes("131053"))).toHaveLength(1);
  });

  test("is a template that is paused or gone, in the call's answer", async () => {
    const { whatsapp, send } = simulated();
    const template = { to: ANN, type: "template", template: { name: "late", language: { code: "en" } } };
    whatsapp.refusedTemplates.set("late", 132_001);
    expect(await send(template)).toMatchObject({ status: 404, body: { error: { code: 132_001 } } });
    whatsapp.refusedTemplates.set("late", 132_015);
    expect(await send(template)).toMatchObject({ status: 400, body: { error: { code: 132_015 } } });
    whatsapp.refusedTemplates.clear();
    expect((await send(template)).status).toBe(200);
  });
});

test("a call opens the window from when it began, and its webhooks name the person", async () => {
  const { whatsapp, says, clock, arrived } = simulated();
  const ann = whatsapp.person(ANN);
  expect((await says("hi")).status).toBe(400);
  const id = await ann.calls();
  clock.step(HOUR);
  await ann.hangsUp(id);
  expect((await says("hi")).status).toBe(200);
  clock.step(DAY - HOUR);
  expect((await says("hi")).body).toMatchObject({ error: { code: 131_047 } });
  const calls = arrived.flatMap(({ body }) => JSON.parse(body).entry[0].changes[0].value.calls ?? []);
  expect(calls).toMatchObject([
    { id, from: ANN, event: "connect", direction: "USER_INITIATED" },
    { id, from: ANN, event: "terminate" },
  ]);
});
