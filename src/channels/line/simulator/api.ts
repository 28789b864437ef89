import { parseJson, readList, readObject, readText, type WireObject } from "../../json.ts";
import { answerCall, callOf, headersOf, json, type Open } from "../../simulation/calls.ts";
import type { Fault, FaultAnswer } from "../../simulation/faults.ts";
import type { PlatformAnswer, PlatformRequest, PlatformResult } from "../../simulation/platform.ts";
import { showBubble } from "../../simulation/world.ts";
import { INVALID_REPLY_TOKEN, MONTHLY_LIMIT } from "../wire.ts";
import { isQuotable, problemsOf } from "./messages.ts";
import { isGoodToken, issueToken } from "./tokens.ts";
import {
  type ApiCall,
  displayNameOf,
  type FaultRoute,
  findOrAddPeer,
  type ReplyToken,
  type SentMessage,
  type World,
} from "./world.ts";

const REPLY = "/v2/bot/message/reply";
const PUSH = "/v2/bot/message/push";

const CONTENT = /^\/v2\/bot\/message\/(\d+)\/content(\/preview|\/transcoding)?$/;
const PROFILE = /^\/v2\/bot\/(profile|(?:group|room)\/[^/]+\/member)\/([^/]+)$/;
const TOKENS: Readonly<Record<string, "stateless" | "v2.1">> = {
  "/oauth2/v3/token": "stateless",
  "/oauth2/v2.1/token": "v2.1",
};

const TOKEN_LIFE_AFTER_EVENT_MS = 20 * 60_000;
const RETRY_KEY_LIFE_MS = 24 * 60 * 60_000;
const BODY_LIMIT_BYTES = 2 * 1024 * 1024;
const HEX_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Typing indicators, read marks and reads: they bring nobody a message, and a test of messages doesn't want to see them. */
const BESIDE =
  /^\/v2\/bot\/(message\/quota(\/consumption)?|info|channel\/webhook\/(endpoint|test)|chat\/.*|(group|room)\/[^/]+\/members\/count)$/;

type OpenCall = Open<ApiCall>;

/** LINE's API. Each request is executed in one synchronous step, so that two can't both spend a token. */
export async function handleApiCall(
  world: World,
  request: PlatformRequest,
  testWebhook: TestWebhook,
): Promise<PlatformResult> {
  const headers = headersOf(request);
  const call: OpenCall = {
    ...callOf(world.clock, request, request.path),
    requestId: world.ids.requestId(),
    retryKey: headers.get("x-line-retry-key") ?? null,
  };
  const isBeside = BESIDE.test(call.path);
  (isBeside ? world.besideCalls : world.calls).push(call);
  const result = await answerCall(world, call, {
    fault: isBeside ? faultBeside(world, call.path) : world.faults.take(routeOf(call.path), peerOf(world, call)),
    respond: () => respond(world, call, headers, testWebhook),
    broken: faultAnswer,
  });
  if (result === "disconnect") return result;
  return { ...result, headers: { ...result.headers, "x-line-request-id": call.requestId } };
}

function faultBeside(world: World, path: string): Fault | null {
  const route = routeOf(path);
  return world.besideFaults.take("beside") ?? (route === null ? null : world.faults.take(route));
}

function routeOf(path: string): FaultRoute | null {
  if (path === REPLY) return "reply";
  if (path === PUSH) return "push";
  if (CONTENT.test(path)) return "content";
  if (PROFILE.test(path)) return "profile";
  if (path === "/v2/bot/info") return "info";
  return Object.hasOwn(TOKENS, path) ? "token" : null;
}

/** Whom the call brings a message; `null`: no one. */
function peerOf(world: World, { path, body }: OpenCall): string | null {
  if (path !== REPLY && path !== PUSH) return null;
  const { to, replyToken } = readObject(parseJson(body)) ?? {};
  return readText(to) ?? world.tokens.get(readText(replyToken) ?? "")?.peerId ?? null;
}

const FAULT_MESSAGES: Readonly<Record<number, string>> = {
  401: "Authentication failed due to the following reason: invalid token",
  403: "Access to this API is not available for your account",
  429: "The API rate limit has been exceeded. Try again later.",
};

function faultAnswer(how: FaultAnswer, message?: string): PlatformResult {
  return how === "disconnect"
    ? "disconnect"
    : failure(how, message ?? FAULT_MESSAGES[how] ?? "The server has a problem");
}

function failure(status: number, message: string): PlatformAnswer {
  return json(status, { message });
}

/** Posts an empty webhook to the address that is set. */
type TestWebhook = () => Promise<number | "could_not_connect" | null>;
const TEST_WEBHOOK = "POST /v2/bot/channel/webhook/test";

/** LINE: Messaging API reference, "Test webhook endpoint". The address that is set is the only one that this model tests. */
async function webhookTest(world: World, test: TestWebhook): Promise<PlatformAnswer> {
  if (world.webhookUrl === null) return failure(404, "Webhook endpoint not found");
  const status = await test();
  const said = { timestamp: new Date(world.clock.now()).toISOString() };
  if (typeof status !== "number") {
    const reason = status === null ? "REQUEST_TIMEOUT" : "COULD_NOT_CONNECT";
    return json(200, { success: false, ...said, statusCode: 0, reason, detail: reason.toLowerCase() });
  }
  const success = status >= 200 && status < 300;
  const reason = success ? "OK" : "ERROR_STATUS_CODE";
  return json(200, { success, ...said, statusCode: status, reason, detail: String(status) });
}

type Endpoint = (world: World, call: OpenCall, body: WireObject) => PlatformAnswer;

const GETS: Readonly<Record<string, (world: World) => unknown>> = {
  "/v2/bot/message/quota": ({ quota }) =>
    quota.limit === null ? { type: "none" } : { type: "limited", value: quota.limit },
  "/v2/bot/message/quota/consumption": ({ quota }) => ({ totalUsage: quota.used }),
  "/v2/bot/info": ({ botUserId, options }) => ({
    userId: botUserId,
    basicId: "@simulated",
    displayName: "Simulated bot",
    chatMode: "bot",
    markAsReadMode: options.markAsReadMode ?? "auto",
  }),
};

const WRITES: Readonly<Record<string, Endpoint>> = {
  [`POST ${REPLY}`]: reply,
  [`POST ${PUSH}`]: push,
  "POST /v2/bot/message/validate/reply": (_world, _call, body) => invalid(body) ?? json(200, {}),
  "POST /v2/bot/chat/loading/start": startLoading,
  "POST /v2/bot/chat/markAsRead": markAsRead,
  "PUT /v2/bot/channel/webhook/endpoint": setWebhookUrl,
};

function respond(
  world: World,
  call: OpenCall,
  headers: ReadonlyMap<string, string>,
  testWebhook: TestWebhook,
): PlatformAnswer | Promise<PlatformAnswer> {
  const kind = TOKENS[call.path];
  if (kind !== undefined && call.method === "POST") return issueToken(world, kind, call.body);
  if (!isGoodToken(world, /^Bearer (.+)$/.exec(headers.get("authorization") ?? "")?.[1] ?? "")) {
    return failure(401, "Authentication failed due to the following reason: invalid token");
  }
  const path = call.path.split("?", 1)[0] ?? "";
  if (call.method === "GET") return get(world, path);
  if (`${call.method} ${path}` === TEST_WEBHOOK) return webhookTest(world, testWebhook);
  const endpoint = WRITES[`${call.method} ${path}`];
  if (endpoint === undefined) return failure(404, "Not found");

  const type = headers.get("content-type") ?? "";
  if (type.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") {
    return failure(415, `The content type, ${type}, is not supported`);
  }
  if (Buffer.byteLength(call.body) > BODY_LIMIT_BYTES) return failure(413, "The request body is too large");
  const body = readObject(parseJson(call.body));
  if (body === null) return failure(400, "The request body could not be parsed as JSON (line: 1, column: 1)");
  return endpoint(world, call, body);
}

function get(world: World, path: string): PlatformAnswer {
  const read = GETS[path];
  if (read !== undefined) return json(200, read(world));
  if (path === "/v2/bot/channel/webhook/endpoint") {
    const { webhookUrl } = world;
    return webhookUrl === null
      ? failure(404, "Webhook endpoint not found")
      : json(200, { endpoint: webhookUrl, active: world.isWebhookOn });
  }
  const gathering = /^\/v2\/bot\/(group|room)\/([^/]+)\/members\/count$/.exec(path);
  if (gathering !== null) return countMembers(world, gathering[1] ?? "", decodeURIComponent(gathering[2] ?? ""));
  const [, messageId = "", part] = CONTENT.exec(path) ?? [];
  return messageId === "" ? profile(world, path) : content(world, messageId, part);
}

/** LINE: 202 while it is being prepared, 404 for none, 410 for what was deleted (Messaging API reference, "Get content"). */
function content(world: World, messageId: string, part: string | undefined): PlatformAnswer {
  const kept = world.contents.get(messageId);
  if (kept === undefined) return failure(404, "not found");
  if (kept.state === "gone") return failure(410, "The content is gone");
  const isReady = kept.state === "ready";
  if (part === "/transcoding") return json(200, { status: isReady ? "succeeded" : "processing" });
  if (!isReady) return json(202, {});
  const headers = { "content-type": kept.type, "content-length": String(kept.bytes.length) };
  return { status: 200, headers, body: "", bytes: kept.bytes };
}

/** Of a friend, or of a member of a group or room that the bot is in (Messaging API reference, "Get profile" …). */
function profile(world: World, path: string): PlatformAnswer {
  const [, place, userId] = PROFILE.exec(path) ?? [];
  const peer = world.peers.get(decodeURIComponent(userId ?? ""));
  if (peer?.kind !== "user") return failure(404, "Not found");
  const { peerId } = peer;
  const found = { userId: peerId, displayName: displayNameOf(peerId) };
  if (place === "profile") return peer.blocked ? failure(404, "Not found") : json(200, { ...found, language: "en" });
  const groupId = decodeURIComponent(place?.split("/")[1] ?? "");
  return world.peers.get(groupId)?.members.has(peerId) === true ? json(200, found) : failure(404, "Not found");
}

/** LINE: people only, without the bot itself (Get number of users in a group chat). */
function countMembers(world: World, kind: string, peerId: string): PlatformAnswer {
  const peer = world.peers.get(peerId);
  if (peer?.kind !== kind) return failure(404, "Not found");
  return json(200, { count: peer.members.size });
}

function reply(world: World, call: OpenCall, body: WireObject): PlatformAnswer {
  if (call.retryKey !== null) return failure(400, "The retry key is not allowed for this API");
  const tokenId = readText(body.replyToken) ?? "";
  const token = world.tokens.get(tokenId);
  const problem = invalid(body);
  if (problem !== null) {
    if (token !== undefined && world.options.rejectedReplySpendsToken === true) token.spent = true;
    return problem;
  }
  if (token === undefined || !isAlive(world, token)) return failure(400, INVALID_REPLY_TOKEN);
  token.spent = true;
  return json(200, { sentMessages: accept(world, call, token.peerId, body, tokenId) });
}

/** A minute from the newest copy's delivery, and never past 20 minutes after the event (Messaging API reference). */
function isAlive(world: World, token: ReplyToken): boolean {
  const now = world.clock.now();
  return (
    !token.spent &&
    token.deliveredAt !== null &&
    now - token.deliveredAt <= world.tokenLifeMs &&
    now - token.eventAt <= TOKEN_LIFE_AFTER_EVENT_MS
  );
}

function push(world: World, call: OpenCall, body: WireObject): PlatformAnswer {
  const { retryKey } = call;
  if (retryKey !== null && !HEX_UUID.test(retryKey)) return failure(400, "The retry key must be a hexadecimal UUID");
  const accepted = retryKey === null ? undefined : world.retryKeys.get(retryKey.toLowerCase());
  if (accepted !== undefined && world.clock.now() - accepted.at < RETRY_KEY_LIFE_MS) {
    const { requestId, sentMessages } = accepted;
    const said = { message: "The retry key is already accepted", sentMessages };
    return json(409, said, { "x-line-accepted-request-id": requestId });
  }
  const problem = invalid(body);
  if (problem !== null) return problem;
  const to = readText(body.to);
  if (to === null) return failure(400, "The property, 'to', in the request body is invalid (line: -, column: -)");
  const known = world.peers.get(to);
  if (known === undefined && world.options.strangers === "refused") return failure(400, "Failed to send messages");
  const peer = known ?? findOrAddPeer(world, to, to.startsWith("C") ? "group" : to.startsWith("R") ? "room" : "user");

  // LINE: counted per recipient, however many messages; what can't be delivered isn't counted (Messaging API pricing).
  const recipients = peer.blocked ? 0 : Math.max(1, peer.members.size);
  const { quota } = world;
  if (quota.limit !== null && quota.used + recipients > quota.limit) return failure(429, MONTHLY_LIMIT);
  quota.used += recipients;
  const sentMessages = accept(world, call, to, body, null);
  if (retryKey !== null) {
    world.retryKeys.set(retryKey.toLowerCase(), { at: world.clock.now(), requestId: call.requestId, sentMessages });
  }
  return json(200, { sentMessages });
}

function accept(
  world: World,
  call: OpenCall,
  peerId: string,
  body: WireObject,
  replyToken: string | null,
): readonly SentMessage[] {
  call.accepted = true;
  world.loading.delete(peerId);
  const isShown = world.peers.get(peerId)?.blocked !== true;
  return readList(body.messages).map((given) => {
    const message = readObject(given) ?? {};
    const messageId = world.ids.messageId();
    if (isShown) {
      showBubble(world, {
        at: world.clock.now(),
        peerId,
        route: replyToken === null ? "push" : "reply",
        text: readText(message.text),
        message,
        messageId,
        requestId: call.requestId,
        retryKey: call.retryKey,
        replyToken,
      });
    }
    return isQuotable(message) ? { id: messageId, quoteToken: world.ids.token() } : { id: messageId };
  });
}

function startLoading(world: World, _call: OpenCall, body: WireObject): PlatformAnswer {
  const peer = world.peers.get(readText(body.chatId) ?? "");
  const { loadingSeconds = 20 } = body;
  const isStep = typeof loadingSeconds === "number" && loadingSeconds % 5 === 0;
  if (!isStep || loadingSeconds < 5 || loadingSeconds > 60) {
    return failure(400, "The property, 'loadingSeconds', in the request body is invalid (line: -, column: -)");
  }
  // LINE: one-to-one chats only; it ends by itself, or with the next message from the bot (Display a loading animation).
  if (peer?.kind !== "user") return failure(400, "The property, 'chatId', in the request body is invalid");
  world.loading.set(peer.peerId, world.clock.now() + loadingSeconds * 1_000);
  world.screens.changed(peer.peerId);
  return json(202, {});
}

function markAsRead(world: World, _call: OpenCall, body: WireObject): PlatformAnswer {
  const token = readText(body.markAsReadToken) ?? "";
  const marked = world.markAsReadTokens.get(token);
  if (marked !== undefined) {
    world.readTokens.add(token);
    world.screens.markRead(marked.peerId, marked.messageId);
    return json(200, {});
  }
  return failure(400, "Invalid markAsReadToken. Tokens must be used by the bot that received them via Webhook.");
}

function setWebhookUrl(world: World, _call: OpenCall, body: WireObject): PlatformAnswer {
  const url = readText(body.endpoint);
  if (url === null || !URL.canParse(url)) return failure(400, "Invalid webhook endpoint URL");
  world.webhookUrl = url;
  return json(200, {});
}

function invalid(body: WireObject): PlatformAnswer | null {
  const details = problemsOf(readList(body.messages)).map((problem) => {
    const [property = "", words = ""] = problem.split(/: (.*)/s);
    return { message: words === "missing" ? "May not be empty" : words, property };
  });
  if (details.length === 0) return null;
  const whole = details.find(({ property }) => /^messages\[\d+\]$/.test(property));
  if (whole !== undefined) return failure(400, `A message (${whole.property}) in the request body is invalid`);
  return json(400, { message: `The request body has ${details.length} error(s)`, details });
}
