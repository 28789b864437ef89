import { readObject, readText, type WireObject } from "../../json.ts";
import { accessProblem, answerGraphCall, type GraphCall, type GraphSide } from "../../meta/simulator/api.ts";
import { type GraphFailure, graphAnswer, graphError } from "../../meta/simulator/errors.ts";
import type { OpenCall } from "../../simulation/calls.ts";
import type { PlatformAnswer, PlatformRequest, PlatformResult } from "../../simulation/platform.ts";
import { showBubble } from "../../simulation/world.ts";
import { isUserId, WINDOW_MS } from "../wire.ts";
import { answerMedia } from "./media.ts";
import { problemOf, wordsOf } from "./messages.ts";
import { type AcceptedMessage, reportStatuses } from "./receipts.ts";
import { type Bubble, findOrAddPeer, type Peer, type SimulatedRoute, type World } from "./world.ts";

export function handleApiCall(world: World, request: PlatformRequest): Promise<PlatformResult> {
  const graph: GraphSide = {
    world,
    newTraceId: () => world.ids.traceId(),
    faultOf: ({ call, body }) => {
      const route = routeOf(call.method, body ?? {});
      return world.faults.take(route, route === "send" ? recipientOf(body ?? {}) : null);
    },
    respond: (given) => respond(world, given),
  };
  return answerGraphCall(graph, request);
}

function routeOf(method: string, body: WireObject): SimulatedRoute {
  if (method === "GET") return "media";
  return body.status === "read" ? "read" : "send";
}

/** If both are there, `to` wins (Cloud API: Business-scoped user IDs). */
function recipientOf(body: WireObject): string | null {
  return readText(body.to) ?? readText(body.recipient);
}

function respond(world: World, given: GraphCall): PlatformAnswer {
  const { call, url, headers, traceId } = given;
  const body = given.body ?? {};
  const refuse = (failure: GraphFailure) => graphError(failure, traceId);
  const problem = accessProblem(given, world.options);
  if (problem !== null) return refuse(problem);
  if (call.method === "GET") {
    if (url.pathname.endsWith(`/${world.phoneNumberId}`)) return graphAnswer(200, ofNumber(world), traceId);
    return answerMedia(world, url, headers.get("host"), traceId);
  }
  if (!new RegExp(`^(/v\\d+\\.\\d)?/${world.phoneNumberId}/messages$`).test(url.pathname)) {
    return refuse({ status: 400, code: 100, subcode: 33, message: "Unsupported post request." });
  }
  if (body.messaging_product !== "whatsapp") return refuse({ status: 400, code: 100, details: "messaging_product" });
  if (body.status === "read") return markRead(world, body, traceId);
  return send(world, call, body, traceId);
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

/** Cloud API: "dismissed once you respond, or after 25 seconds, whichever comes first" (Typing indicators). */
const TYPING_MS = 25_000;

function markRead(world: World, body: WireObject, traceId: string): PlatformAnswer {
  const messageId = readText(body.message_id) ?? "";
  const peer = world.inbound.get(messageId);
  if (peer === undefined) return graphError({ status: 400, code: 131009, details: "message_id" }, traceId);
  world.read.add(messageId);
  if (readObject(body.typing_indicator) !== null) peer.typingUntil = world.clock.now() + TYPING_MS;
  world.screens.markRead(peer.waId, messageId);
  return graphAnswer(200, { success: true }, traceId);
}

function send(world: World, call: OpenCall, body: WireObject, traceId: string): PlatformAnswer {
  const to = recipientOf(body);
  if (to === null) return graphError({ status: 400, code: 131008, details: "to is missing" }, traceId);
  if (body.to === undefined && !isUserId(to))
    return graphError({ status: 400, code: 131009, details: "recipient" }, traceId);
  const problem = problemOf(body);
  if (problem !== null) return graphError({ status: 400, ...problem }, traceId);
  const peer = findOrAddPeer(world, to.replace(/^\+/, ""));
  const isTemplate = body.type === "template";
  const refusal = tooFast(world, peer) ?? (isTemplate ? templateRefused(world, body) : outsideWindow(world, peer));
  if (refusal !== null) return graphError(refusal, traceId);

  call.accepted = true;
  world.accepted.push(world.clock.now());
  peer.typingUntil = null;
  const messageId = world.ids.messageId();
  const callbackData = readText(body.biz_opaque_callback_data);
  const failure = peer.isGone ? UNDELIVERABLE : (mediaFailure(world, body) ?? failing(world.failingCodes.shift()));
  const arrivesInMs = failure === null ? arrivalOf(world) : 0;
  const arrive = () => {
    const bubble: Bubble = {
      at: world.clock.now(),
      peerId: to,
      route: isTemplate ? "template" : "session",
      text: wordsOf(body),
      message: body,
      messageId,
      callbackData,
    };
    showBubble(world, bubble, peer.waId);
  };
  if (failure === null && arrivesInMs === 0) arrive();
  else if (failure === null) void world.pending.pause(arrivesInMs).then(arrive);
  reportStatuses(world, { messageId, callbackData, peer, failure, arrivesInMs });
  const contact = body.to === undefined ? { input: to, user_id: peer.userId } : { input: to, wa_id: peer.waId };
  const messages = [{ id: messageId, message_status: "accepted" }];
  return graphAnswer(200, { messaging_product: "whatsapp", contacts: [contact], messages }, traceId);
}

const UNDELIVERABLE = { code: 131026, title: "Message undeliverable" };

/** A link is only followed after the call (Cloud API: Error codes). */
function mediaFailure({ brokenLinks }: World, body: WireObject): AcceptedMessage["failure"] {
  const { link } = readObject(body[String(body.type)]) ?? {};
  return typeof link === "string" && brokenLinks.has(link) ? { code: 131053, title: "Media upload error" } : null;
}

function templateRefused({ refusedTemplates }: World, { template }: WireObject): GraphFailure | null {
  const code = refusedTemplates.get(readText(readObject(template)?.name) ?? "");
  if (code === undefined) return null;
  return { status: code === 132001 ? 404 : 400, code, message: "The template can't be sent" };
}

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
  const isOpen = peer.lastActAt !== null && world.clock.now() - peer.lastActAt < WINDOW_MS;
  return isOpen ? null : { status: 400, code: 131047, message: "Re-engagement message" };
}
