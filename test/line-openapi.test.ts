/**
 * Goal: what the simulator and the channel say to each other is what LINE describes.
 * Method: LINE's own OpenAPI descriptions and published signatures, from beside the checkout. Every webhook of a long
 * session, every request of ours and every answer of the simulator is validated.
 */
import { readdirSync, readFileSync } from "node:fs";
import type { ValidateFunction } from "ajv";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { asVerified } from "../src/channels/channel.ts";
import { line as lineChannel } from "../src/channels/line/index.ts";
import { createVerifier } from "../src/channels/line/verify.ts";
import { SYSTEM_MESSAGE_KINDS } from "../src/core/slow-reply.ts";
import { anyReply } from "./support/any-reply.ts";
import { type Description, readDescription } from "./support/openapi.ts";
import { sampleWebhooks } from "./support/openapi-sample.ts";
import { ACCESS_TOKEN, CHANNEL_SECRET, RETRY_KEY, simulatedLine } from "./support/simulated-line.ts";
import { specsOf } from "./support/specs.ts";

const specs = specsOf("line-openapi");
const vectors = specsOf("signature-vectors");

/** What LINE's descriptions of July 2026 don't know yet but its documentation does. */
const NEWER_EVENTS = new Set(["messageEdited"]);

function problems(validate: ValidateFunction, value: unknown): unknown {
  return validate(value) ? [] : validate.errors;
}

describe.skipIf(specs.isMissing)(`LINE's OpenAPI descriptions${specs.note}`, () => {
  let webhooks: Description;
  let api: Description;
  beforeAll(() => {
    webhooks = readDescription(new URL("webhook.yml", specs.folder));
    api = readDescription(new URL("messaging-api.yml", specs.folder));
  });

  test("can fail: they notice a missing and a wrong field, in an event and inside its message", () => {
    const webhook = webhooks.schema("CallbackRequest");
    const body = JSON.parse(readFileSync(new URL("../src/channels/line/fixtures/text.json", import.meta.url), "utf8"));
    const [event] = body.events;
    expect(problems(webhook, body)).toEqual([]);
    for (const broken of [
      { ...event, timestamp: "now" },
      { ...event, message: { ...event.message, text: 5 } },
      { ...event, message: { id: "1", type: "sticker" } },
      { ...event, source: { type: "group" } },
    ]) {
      expect(problems(webhook, { ...body, events: [broken] })).not.toEqual([]);
    }
    expect(problems(api.schema("PushMessageRequest"), { to: "U", messages: [] })).not.toEqual([]);
  });

  const fixtures = new URL("../src/channels/line/fixtures/", import.meta.url);
  test.each(readdirSync(fixtures).filter((file) => file.endsWith(".json")))("describe the fixture %s", (file) => {
    const body = JSON.parse(readFileSync(new URL(file, fixtures), "utf8"));
    expect(problems(webhooks.schema("CallbackRequest"), body)).toEqual([]);
    const kinds = body.events.map((event: { type: string }) => event.type);
    if (kinds.some((kind: string) => NEWER_EVENTS.has(kind))) expect(file).toBe("message-edited.json");
  });

  test("describe kinds of events that are all taken in, each with its type, its sender and all that it says", () => {
    const samples = sampleWebhooks(new URL("webhook.yml", specs.folder));
    const channel = lineChannel({ channelSecret: [CHANNEL_SECRET], channelAccessToken: ACCESS_TOKEN });
    const types = new Set<string>();
    for (const { name, event } of samples) {
      const body = { destination: `U${"0".repeat(32)}`, events: [event] };
      expect(problems(webhooks.schema("CallbackRequest"), body), name).toEqual([]);
      const { events } = channel.normalize(asVerified(new TextEncoder().encode(JSON.stringify(body))));
      const [taken] = events;
      const { type, source } = event as { type: string; source: { type: string; userId?: string } };
      expect(taken, name).toMatchObject({ type, raw: event, sender: { id: source.userId } });
      expect(taken?.conversation.kind, name).toBe(source.type);
      types.add(type);
    }
    expect(types.size).toBeGreaterThan(18);
    expect(samples.length).toBeGreaterThan(50);
  });

  test("describe every webhook that the simulator sends", async () => {
    const { line } = simulatedLine({ oddBodies: true });
    const ann = line.person("Uann");
    const { eventId, messageId } = await ann.says("hello");
    await ann.sends({ type: "sticker", packageId: "1", stickerId: "2", stickerResourceType: "STATIC" });
    await ann.sends({ type: "image", contentProvider: { type: "line" } });
    await ann.sends({ type: "location", latitude: 1.5, longitude: 2.5 });
    await ann.taps("a=1");
    await ann.unsends(messageId ?? "");
    await ann.blocks();
    await ann.follows();
    await ann.says("for the other module", { standby: true });
    await line.group("Cteam", ["Uann"]).person("Ubob").says("hi all");
    await line.group("Cteam").invites();
    await line.room("Rhall").removes();
    const team = line.group("Cteam");
    await team.memberJoins("Ucy");
    await team.memberLeaves("Ucy");
    await team.person("Uann").says("are you there?", { mentions: ["bot", "all", { userId: "Ubob" }] });
    const source = { type: "user", userId: "Uann" } as const;
    const { events } = line;
    await line.post([
      events.videoPlayComplete(source, "t"),
      events.beacon(source, "0000000001"),
      events.accountLink(source, "n"),
      events.membership(source, 1),
    ]);
    await line.post([]);
    await line.redeliver(eventId);
    expect(line.webhooks).toHaveLength(18);
    for (const { body } of line.webhooks) {
      expect(problems(webhooks.schema("CallbackRequest"), JSON.parse(body))).toEqual([]);
    }
  });

  test("describe every request of ours", () => {
    const channel = lineChannel({ channelSecret: [CHANNEL_SECRET], channelAccessToken: ACCESS_TOKEN });
    const replies = [
      { type: "text", text: "one" },
      { type: "raw", channel: "line", message: { type: "sticker", packageId: "1", stickerId: "2" } },
    ] as const;
    const { messages } = channel.render(replies, { message: () => null });
    const delivery = { deliveryId: "dlv_1", peerId: "Uann", messages };
    const reply = channel.buildCall({ ...delivery, more: "tap_1" }, { route: "reply", token: "t" });
    const push = channel.buildCall(delivery, { route: "push", token: null });
    expect(problems(api.schema("ReplyMessageRequest"), JSON.parse(reply.body))).toEqual([]);
    expect(problems(api.schema("PushMessageRequest"), JSON.parse(push.body))).toEqual([]);
    for (const kind of SYSTEM_MESSAGE_KINDS) {
      const said = channel.costPolicy?.systemMessage(kind, "tap_1") ?? [];
      const call = channel.buildCall({ ...delivery, messages: said }, { route: "reply", token: "t" });
      expect(problems(api.schema("ReplyMessageRequest"), JSON.parse(call.body)), kind).toEqual([]);
      expect(channel.problemWith(said), kind).toBeNull();
    }
  });

  test("describe every portable reply, rendered", () => {
    const channel = lineChannel({ channelSecret: [CHANNEL_SECRET], channelAccessToken: ACCESS_TOKEN });
    const push = api.schema("PushMessageRequest");
    fc.assert(
      fc.property(fc.array(anyReply, { maxLength: 4 }), (replies) => {
        const { messages } = channel.render(replies, { message: () => null });
        for (const message of messages) expect(problems(push, { to: "Uann", messages: [message] })).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });

  test("describe every answer of the simulator", async () => {
    const { line, call, reply, push } = simulatedLine({ quota: 3 });
    const { replyToken } = await line.person("Uann").says("hello");
    await reply(replyToken);
    await reply(replyToken);
    await push("Uann", { "x-line-retry-key": RETRY_KEY });
    await push("Uann", { "x-line-retry-key": RETRY_KEY });
    await push("Uann", { "x-line-retry-key": "odd" });
    await push("Uann", {}, [""]);
    await push("Uann");
    await push("Uann");
    await push("Uann");
    for (const path of [
      "message/quota",
      "message/quota/consumption",
      "info",
      "profile/Uann",
      "group/Cteam/member/Uann",
      "group/Cteam/member/Unobody",
      "channel/webhook/endpoint",
    ]) {
      await call("GET", `/v2/bot/${path}`);
    }
    line.group("Cteam", ["Uann"]);
    await call("GET", "/v2/bot/group/Cteam/member/Uann");
    await call("POST", "/v2/bot/message/validate/reply", { messages: [{ type: "text", text: "x" }] });
    await call("POST", "/v2/bot/chat/loading/start", { chatId: "Uann" });
    await call("POST", "/v2/bot/chat/loading/start", { chatId: "Cteam" });
    await call("POST", "/v2/bot/channel/webhook/test", {});
    await call("PUT", "/v2/bot/channel/webhook/endpoint", { endpoint: "https://bot.example/hook" });
    await call("POST", "/v2/bot/channel/webhook/test", {});
    await call("GET", "/v2/bot/channel/webhook/endpoint");

    await call("GET", "/v2/bot/group/Cteam/members/count");
    const seen = [...line.calls, ...line.besideCalls].map(({ method, path, status, response }) => {
      const validate = api.answer(method, path, Number(status)) ?? api.schema("ErrorResponse");
      const isDescribed = Number(status) >= 400 || api.answer(method, path, Number(status)) !== undefined;
      expect.soft({ method, path, status, isDescribed }).toMatchObject({ isDescribed: true });
      const isPlain = Number(status) < 400 && api.answer(method, path, Number(status)) === null;
      expect.soft(isPlain ? [] : problems(validate, JSON.parse(response ?? "")), `${method} ${path}`).toEqual([]);
      return status;
    });
    expect(new Set(seen)).toEqual(new Set([200, 202, 400, 404, 409, 429]));
  });
});

describe.skipIf(vectors.isMissing)(`published LINE signatures${vectors.note}`, () => {
  test("are what our check computes", () => {
    const file = new URL("vectors.json", vectors.folder);
    const published = JSON.parse(readFileSync(file, "utf8")).line as {
      secret: string;
      body: string;
      expected: string;
    }[];
    expect(published.length).toBeGreaterThan(1);
    for (const { secret, body, expected } of published) {
      const verify = createVerifier([secret]);
      const bytes = new TextEncoder().encode(body);
      expect(verify(bytes, new Headers({ "x-line-signature": expected }))).not.toBeNull();
      expect(verify(bytes, new Headers({ "x-line-signature": expected.replace(/./, "_") }))).toBeNull();
    }
  });
});
