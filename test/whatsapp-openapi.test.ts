/**
 * Goal: what we and the simulator send to each other is what Meta describes, and whatever Meta has published or somebody
 * has recorded is taken in.
 * Method: Meta's own OpenAPI description of the Cloud API with its examples, and webhooks recorded by others, from beside
 * the checkout. Every request body that the channel can make, every answer of the simulator, every example is looked at.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { ValidateFunction } from "ajv";
import { beforeAll, describe, expect, test } from "vitest";
import { asVerified } from "../src/channels/channel.ts";
import { whatsapp } from "../src/channels/whatsapp/index.ts";
import { normalizeWebhook } from "../src/channels/whatsapp/normalize.ts";
import { createWhatsAppSimulator } from "../src/channels/whatsapp/simulator.ts";
import type { Reply } from "../src/core/reply.ts";
import { manualClock } from "./support/manual-clock.ts";
import { type Description, readDescription } from "./support/openapi.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { specsOf } from "./support/specs.ts";

const specs = specsOf("facebook-openapi");
const recorded = specsOf("recorded-webhooks");

/** Fields of a request that Meta's description of version 23 doesn't know and its documentation does. */
const NEWER_FIELDS = new Set(["recipient", "biz_opaque_callback_data"]);
const KNOWN_FIELDS = new Set(["messaging_product", "recipient_type", "to", "type", "context"]);

const SCHEMAS: Readonly<Record<string, string>> = {
  text: "TextMessage",
  audio: "AudioMessage",
  document: "DocumentMessage",
  image: "ImageMessage",
  location: "LocationMessage",
  video: "VideoMessage",
  interactive: "InteractiveMessage",
  template: "TemplateMessage",
};

const choices = (count: number, label = (n: number) => `Choice ${n}`) =>
  Array.from({ length: count }, (_, n) => ({ label: label(n), value: `v${n}` }));
const url = "https://files.example/a.jpg";
const value = (n: number) => ({ label: `Button ${n}`, value: `v${n}` });
const link = (n: number) => ({ label: `Link ${n}`, url: `https://shop.example/${n}` });

/** Every reply that there is, with every route through the rendering. */
const REPLIES: readonly Reply[] = [
  { type: "text", text: "one" },
  { type: "text", text: "A sentence. ".repeat(1_000) },
  { type: "text", text: "quoting", replyTo: "wamid.theirs" },
  { type: "image", url, caption: "Look" },
  { type: "image", url, caption: "x".repeat(1_500) },
  { type: "video", url },
  { type: "audio", url, caption: "Listen" },
  { type: "file", url, name: "plan.pdf" },
  { type: "location", title: "Us", address: "1 Way", latitude: 1.5, longitude: -2 },
  { type: "choices", text: "Which?", choices: choices(1) },
  { type: "choices", text: "Which? ".repeat(500), choices: choices(3) },
  { type: "choices", text: "Which?", choices: choices(10) },
  { type: "choices", text: "", choices: choices(2, (n) => `A label over the limit, ${n}`) },
  { type: "choices", text: "Which?", choices: choices(30) },
  { type: "card", title: "Tea", text: "Green", imageUrl: url, actions: [value(1), value(2)] },
  { type: "card", title: "Tea", actions: [1, 2, 3, 4, 5].map(value) },
  { type: "card", title: "Tea", imageUrl: url, actions: [1, 2, 3, 4, 5].map(value) },
  { type: "card", title: "T".repeat(200), text: "Green", actions: [value(1), link(1)] },
  { type: "card", title: "Tea", imageUrl: url },
  {
    type: "carousel",
    cards: [
      { title: "Tea", actions: [value(1)] },
      { title: "Cake", imageUrl: url },
    ],
  },
  {
    type: "raw",
    channel: "whatsapp",
    message: {
      type: "template",
      template: { name: "hello", language: { policy: "deterministic", code: "en_US" }, components: [] },
    },
  },
];
const LINK_CARD: Reply = { type: "card", title: "Tea", text: "Green", actions: [link(1)] };

function problems(validate: ValidateFunction, value: unknown): unknown {
  return validate(value) ? [] : validate.errors;
}

function simulated() {
  const clock = manualClock();
  const simulator = createWhatsAppSimulator({
    clock,
    random: seededRandom(7),
    appSecret: "secret",
    accessToken: "access",
    deliver: async () => 200,
    messagesPerSecond: 1_000,
    pairRate: { burst: 1_000, everyMs: 1 },
  });
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: 1_000 });
  const merged = whatsapp(simulator.channelOptions("https://graph.facebook.com"), { platformClient });
  const apart = whatsapp(
    { ...simulator.channelOptions("https://graph.facebook.com"), mergeReplies: false },
    { platformClient },
  );
  return { simulator, merged, apart };
}

type Channel = ReturnType<typeof whatsapp>;

function requestsOf(channel: Channel, replies: readonly Reply[], peerId = "15550001111") {
  const context = { message: (id: string) => (id === "wamid.theirs" ? { id, type: "text" } : null) };
  return channel
    .render(replies, context)
    .messages.map((message, index) =>
      channel.buildCall({ deliveryId: `dlv_${index}`, peerId, messages: [message] }, { route: "session", token: null }),
    );
}

test("WhatsApp, as its simulator knows it, takes every request body that we make", async () => {
  const { simulator, merged, apart } = simulated();
  await simulator.person("15550001111").says("hello");
  for (const channel of [merged, apart]) {
    for (const call of requestsOf(channel, [...REPLIES, LINK_CARD])) {
      expect(await channel.send(call, "session"), call.body).toMatchObject({ outcome: { kind: "sent" } });
    }
  }
});

describe.skipIf(specs.isMissing)(`Meta's OpenAPI description${specs.note}`, () => {
  let api: Description;
  beforeAll(() => {
    api = readDescription(new URL("business-messaging-api_v23.0.yaml", specs.folder), [
      ...Object.values(SCHEMAS),
      "MessageResponsePayload",
      "MarkMessageRequestPayload",
      "MarkMessageResponsePayload",
    ]);
  });

  test("can fail: it notices a missing and a wrong field, and what is over a limit", () => {
    const good = { messaging_product: "whatsapp", recipient_type: "individual", to: "+1", type: "interactive" };
    const body = { text: "Which?" };
    const button = (title: string) => ({ type: "reply", reply: { id: "a", title } });
    const schema = api.schema("InteractiveMessage");
    const message = (buttons: unknown[]) => ({ ...good, interactive: { type: "button", body, action: { buttons } } });
    expect(problems(schema, message([button("Yes")]))).toEqual([]);
    for (const broken of [
      message([]),
      message([1, 2, 3, 4].map(() => button("Yes"))),
      message([button("x".repeat(21))]),
      { ...message([button("Yes")]), to: 5 },
      good,
    ]) {
      expect(problems(schema, broken)).not.toEqual([]);
    }
  });

  test("describes every request of ours", () => {
    const { merged, apart } = simulated();
    for (const { body } of [...requestsOf(merged, REPLIES), ...requestsOf(apart, REPLIES)]) {
      const request = JSON.parse(body);
      const { type } = request;
      expect(problems(api.schema(SCHEMAS[type] ?? "none"), request), body.slice(0, 500)).toEqual([]);
      const fields = Object.keys(request).filter((field) => field !== type && !KNOWN_FIELDS.has(field));
      expect(fields.filter((field) => !NEWER_FIELDS.has(field))).toEqual([]);
    }
  });

  test("describes the same when it goes to a group, and, but for the newer way to name people, to a user id", () => {
    const { merged } = simulated();
    for (const { body } of requestsOf(merged, REPLIES, "Y2FwaV9ncm91cDoxNTU1MDAwOTk5OQZD")) {
      const request = JSON.parse(body);
      expect(request.recipient_type).toBe("group");
      expect(problems(api.schema(SCHEMAS[request.type] ?? "none"), request)).toEqual([]);
    }
    for (const { body } of requestsOf(merged, REPLIES, "US.13491208655302741918")) {
      const { recipient, ...request } = JSON.parse(body);
      expect(recipient).toBe("US.13491208655302741918");
      expect(problems(api.schema(SCHEMAS[request.type] ?? "none"), { ...request, to: recipient })).toEqual([]);
    }
  });

  test("describes the simulator's answers to them", async () => {
    const { simulator, merged } = simulated();
    const { messageId } = await simulator.person("15550001111").says("hello");
    for (const call of requestsOf(merged, REPLIES)) await merged.send(call, "session");
    const sent = simulator.calls.map(({ response }) => JSON.parse(response ?? ""));
    for (const answer of sent) expect(problems(api.schema("MessageResponsePayload"), answer)).toEqual([]);
    const target = {
      conversation: { channel: "whatsapp", account: "default", kind: "user", peerId: "1" },
      lastEvent: { platformEventId: messageId, type: "message" },
    } as never;
    await merged.typingIndicator?.show(target);
    const last = simulator.calls.at(-1);
    expect(problems(api.schema("MarkMessageRequestPayload"), JSON.parse(last?.body ?? ""))).toEqual([]);
    expect(problems(api.schema("MarkMessageResponsePayload"), JSON.parse(last?.response ?? ""))).toEqual([]);
  });

  const webhooks = new URL("examples/webhooks/", specs.folder);
  test.each(specs.isMissing ? [] : readdirSync(webhooks))("'s example %s is taken in with the right type", (file) => {
    const text = readFileSync(new URL(file, webhooks), "utf8");
    const { events } = takenIn(text);
    expect(events.map(({ type }) => type)).toEqual([TYPES[file.replace(".json", "")] ?? "message"]);
    expect(events[0]?.conversation.peerId).not.toBe("");
  });
});

const TYPES: Readonly<Record<string, string>> = {
  "button-message": "postback",
  "interactive-button-reply-message": "postback",
  "interactive-list-reply-message": "postback",
  "group-create-message": "group_lifecycle_update",
  "group-remove-participants": "group_participants_update",
  "group-settings-update": "group_settings_update",
  "reaction-message": "reaction",
  "system-message": "system",
};

/** Taken in by whoever has the number that it names. */
function takenIn(text: string) {
  const phoneNumberId = /"phone_number_id":\s*"(\d+)"/.exec(text)?.[1] ?? "";
  return normalizeWebhook(asVerified(new TextEncoder().encode(text)), { account: "default", phoneNumberId });
}

describe.skipIf(recorded.isMissing)(`webhooks that others recorded${recorded.note}`, () => {
  test("of a dialogue are taken in with the right types", () => {
    const dialogue = JSON.parse(readFileSync(new URL("dm-whatsapp.json", recorded.folder), "utf8"));
    for (const name of ["firstMessage", "secondMessage"]) {
      expect(takenIn(JSON.stringify(dialogue[name], null, 1)).events).toMatchObject([{ type: "message" }]);
    }
    const { events, receipts } = takenIn(JSON.stringify(dialogue.statusUpdate, null, 1));
    expect(events).toEqual([]);
    expect(receipts).toMatchObject([{ status: "sent", platformMessageIds: ["wamid.FAKE_MSG_SENT_001"] }]);
  });

  test("of every kind are taken in with the right types", () => {
    const pages = readFileSync(new URL("sample-messages-whatsapp.md", recorded.folder), "utf8");
    const bodies = [...pages.matchAll(/## (.*)\n[\s\S]*?```json\n([\s\S]*?)```/g)];
    const seen = bodies.map(([, title, body = ""]) => {
      const { events, receipts = [] } = takenIn(body);
      return [title, [...events.map(({ type }) => type), ...receipts.map(({ status }) => `status ${status}`)].join()];
    });
    expect(Object.fromEntries(seen)).toMatchObject({
      "Text message": "message",
      "Image message": "message",
      Reaction: "reaction",
      "Interactive button reply": "postback",
      "Text message with business-scoped user IDs": "message",
      "System message (user_changed_number)": "system",
      "System message (user_changed_user_id)": "system",
      "BSUID rotation (user_id_update)": "user_id_update",
      "Status update (message delivered)": "status delivered",
    });
  });
});
