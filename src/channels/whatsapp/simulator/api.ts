import { createHmac } from "node:crypto";
import { pause } from "../../../runtime/clock.ts";
import { parseJson, readObject, readText, type WireObject } from "../../json.ts";
import { faultAnswer, type GraphFailure, graphError, json } from "../../meta/simulator/errors.ts";
import type { PlatformAnswer, PlatformRequest, PlatformResult } from "../../simulation/platform.ts";
import { WINDOW_MS } from "../render/limits.ts";
import { isUserId } from "../wire.ts";
import { checkMessage, wordsOf } from "./content.ts";
import { type Attachments, answerMedia } from "./media.ts";
import type { AcceptedMessage } from "./statuses.ts";
import { type ApiCall, findOrAddPeer, type Peer, type SimulatedRoute, type World } from "./world.ts";

type OpenCall = { -readonly [K in keyof ApiCall]: ApiCall[K] };

export interface ApiSide {
  readonly world: World;
  readonly attachments: Attachments;
  readonly accepted: (message: AcceptedMessage) => void;
}

/** The Graph API of one phone number. What happens to a request happens in one step. */
export async function handleApiCall(side: ApiSide, request: PlatformRequest): Promise<PlatformResult> {
  const { world } = side;
  const call: OpenCall = {
    at: world.clock.now(),
    method: request.method,
    // The proof is the secret's; it is not kept.
    path: request.path.replace(/appsecret_proof=[^&]*/, "appsecret_proof=…"),
    body: new TextDecoder().decode(request.body),
    status: null,
    response: null,
    accepted: false,
  };
  world.calls.push(call);
  const traceId = world.ids.traceId();
  const body = readObject(parseJson(call.body)) ?? {};
  const fault = world.faults.take(routeOf(call.method, body));
  if (fault?.at === "before-accept") return finish(call, faultAnswer(fault.how, fault.message, traceId));
  if (fault?.at === "stall") await pause(world.clock, fault.delayMs, world.closing.signal);
  const answer = respond(side, call, request, body, traceId);
  if (fault?.at === "slow") await pause(world.clock, fault.delayMs, world.closing.signal);
  return finish(call, fault?.at === "after-accept" ? faultAnswer(fault.how, fault.message, traceId) : answer);
}

function routeOf(method: string, body: WireObject): SimulatedRoute {
  if (method === "GET") return "media";
  return body.status === "read" ? "read" : "send";
}

function finish(call: OpenCall, answer: PlatformResult): PlatformResult {
  call.status = answer === "disconnect" ? "disconnect" : answer.status;
  call.response = answer === "disconnect" ? null : answer.body;
  return answer;
}

function respond(
  side: ApiSide,
  call: OpenCall,
  request: PlatformRequest,
  body: WireObject,
  traceId: string,
): PlatformAnswer {
  const { world } = side;
  const url = new URL(request.path, "http://simulator");
  const refuse = (failure: GraphFailure) => graphError(failure, traceId);
  const headers = new Map(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  if (headers.get("authorization") !== `Bearer ${world.options.accessToken}`) return refuse({ status: 401, code: 190 });
  const proof = url.searchParams.get("appsecret_proof");
  const { appSecret, accessToken } = world.options;
  const expected = createHmac("sha256", appSecret).update(accessToken).digest("hex");
  if (proof !== null && proof !== expected) {
    return refuse({ status: 400, code: 100, message: "Invalid appsecret_proof provided in the API argument" });
  }
  if (request.method === "GET") {
    if (url.pathname.endsWith(`/${world.phoneNumberId}`)) return json(200, ofNumber(world), traceId);
    return answerMedia(side.attachments, url, headers.get("host"), traceId);
  }
  if (!new RegExp(`^(/v\\d+\\.\\d)?/${world.phoneNumberId}/messages$`).test(url.pathname)) {
    return refuse({ status: 400, code: 100, subcode: 33, message: "Unsupported post request." });
  }
  if (body.messaging_product !== "whatsapp") return refuse({ status: 400, code: 100, details: "messaging_product" });
  if (body.status === "read") return markRead(world, body, traceId);
  return send(side, call, body, traceId);
}

/** Cloud API: "Retrieve WhatsApp Business Phone Number Information". */
function ofNumber({ phoneNumberId }: World) {
  return {
    id: phoneNumberId,
    display_phone_number: "+1 555-000-1111",
    verified_name: "Simulated shop",
    quality_rating: "GREEN",
  };
}

function markRead(world: World, body: WireObject, traceId: string): PlatformAnswer {
  const messageId = readText(body.message_id) ?? "";
  if (!world.inbound.has(messageId)) return graphError({ status: 400, code: 131009, details: "message_id" }, traceId);
  world.read.add(messageId);
  return json(200, { success: true }, traceId);
}

function send({ world, accepted }: ApiSide, call: OpenCall, body: WireObject, traceId: string): PlatformAnswer {
  // If both are there, `to` wins (Cloud API: Business-scoped user IDs).
  const to = readText(body.to) ?? readText(body.recipient);
  if (to === null) return graphError({ status: 400, code: 131008, details: "to is missing" }, traceId);
  if (body.to === undefined && !isUserId(to))
    return graphError({ status: 400, code: 131009, details: "recipient" }, traceId);
  const problem = checkMessage(body);
  if (problem !== null) return graphError({ status: 400, ...problem }, traceId);
  const peer = findOrAddPeer(world, to.replace(/^\+/, ""));
  const isTemplate = body.type === "template";
  const refusal = tooFast(world, peer) ?? (isTemplate ? null : outsideWindow(world, peer));
  if (refusal !== null) return graphError(refusal, traceId);

  call.accepted = true;
  world.accepted.push(world.clock.now());
  const messageId = world.ids.messageId();
  const callbackData = readText(body.biz_opaque_callback_data);
  const failure = peer.isGone ? UNDELIVERABLE : failing(world.failingCodes.shift());
  const arrivesInMs = failure === null ? arrivalOf(world) : 0;
  const arrive = () => {
    world.bubbles.push({
      at: world.clock.now(),
      peerId: to,
      route: isTemplate ? "template" : "session",
      text: wordsOf(body),
      message: body,
      messageId,
      callbackData,
    });
  };
  if (failure === null && arrivesInMs === 0) arrive();
  else if (failure === null) void pause(world.clock, arrivesInMs, world.closing.signal).then(arrive);
  accepted({ messageId, callbackData, peer, failure, arrivesInMs });
  const contact = body.to === undefined ? { input: to, user_id: peer.userId } : { input: to, wa_id: peer.waId };
  const messages = [{ id: messageId, message_status: "accepted" }];
  return json(200, { messaging_product: "whatsapp", contacts: [contact], messages }, traceId);
}

const UNDELIVERABLE = { code: 131026, title: "Message undeliverable" };

function failing(code: number | undefined): AcceptedMessage["failure"] {
  return code === undefined ? null : { code, title: `Message failed to send: ${code}` };
}

function arrivalOf({ options }: World): number {
  const { arrivalMs = 0, random } = options;
  return arrivalMs === 0 ? 0 : Math.floor(random.fraction() * arrivalMs);
}

/** One in six seconds to a person, after a burst of 45; 80 a second in all (Cloud API: Throughput). */
function tooFast(world: World, peer: Peer): GraphFailure | null {
  const { pairRate: { burst, everyMs } = { burst: 45, everyMs: 6_000 }, messagesPerSecond = 80 } = world.options;
  const now = world.clock.now();
  const recent = world.accepted.filter((at) => at > now - 1_000);
  world.accepted.splice(0, world.accepted.length, ...recent);
  if (recent.length >= messagesPerSecond) return { status: 400, code: 130429, message: "Rate limit hit" };
  const before = peer.allowance ?? { count: burst, at: now };
  const count = Math.min(burst, before.count + (now - before.at) / everyMs);
  if (count < 1) {
    return { status: 400, code: 131056, message: "(Business Account, Consumer Account) pair rate limit hit" };
  }
  peer.allowance = { count: count - 1, at: now };
  return null;
}

function outsideWindow(world: World, peer: Peer): GraphFailure | null {
  const isOpen = peer.lastWroteAt !== null && world.clock.now() - peer.lastWroteAt < WINDOW_MS;
  return isOpen ? null : { status: 400, code: 131047, message: "Re-engagement message" };
}
