import { readObject, readText, type WireObject } from "../../json.ts";
import { accessProblem, answerGraphCall, type GraphCall, type GraphSide } from "../../meta/simulator/api.ts";
import { type GraphFailure, graphAnswer, graphError } from "../../meta/simulator/errors.ts";
import type { OpenCall } from "../../simulation/calls.ts";
import type { PlatformAnswer, PlatformRequest, PlatformResult } from "../../simulation/platform.ts";
import { showBubble } from "../../simulation/world.ts";
import { WINDOW_MS } from "../wire.ts";
import { problemOf } from "./messages.ts";
import { reportMessage } from "./receipts.ts";
import type { Peer, World } from "./world.ts";

export function handleApiCall(world: World, request: PlatformRequest): Promise<PlatformResult> {
  const side: GraphSide = {
    world,
    newTraceId: () => world.newId("A"),
    // A typing indicator is on no route of its own.
    faultOf: ({ body }) =>
      body?.sender_action === undefined
        ? world.faults.take("send", readText(readObject(body?.recipient)?.id))
        : world.faults.take(null),
    respond: (given) => respond(world, given),
  };
  return answerGraphCall(side, request);
}

function respond(world: World, given: GraphCall): PlatformAnswer {
  const { call, body, traceId } = given;
  const fail = (failure: GraphFailure) => graphError(failure, traceId);
  const { options } = world;
  const problem = accessProblem(given, { ...options, accessToken: options.pageAccessToken });
  if (problem !== null) return fail(problem);
  const [, version, id, edge] = call.path.split("/");
  const isPage = id === "me" || id === options.pageId;
  if (!/^v\d+\.\d$/.test(version ?? "") || !isPage)
    return fail({ status: 400, code: 100, message: "Unsupported request" });
  if (call.method === "GET") return read(world, edge, traceId);
  if (edge === "subscribed_apps" && (call.method === "POST" || call.method === "DELETE")) {
    if (call.method === "POST") world.webhooks.subscribe();
    else world.webhooks.unsubscribe();
    return graphAnswer(200, { success: true }, traceId);
  }
  if (call.method !== "POST" || edge !== "messages") {
    return fail({ status: 400, code: 100, message: "Unsupported request" });
  }
  if (body === null) return fail({ status: 400, code: 100, message: "The body is not JSON" });
  const psid = readText(readObject(body.recipient)?.id);
  const peer = psid === null ? undefined : world.peers.get(psid);
  if (peer === undefined)
    return fail({ status: 400, code: 100, subcode: 2_018_001, message: "No matching user found" });
  const refused = refusal(world, peer, body);
  if (refused !== null) return fail(refused);
  if (body.sender_action !== undefined) return sign(world, peer, { action: String(body.sender_action), traceId });
  return graphAnswer(200, { recipient_id: peer.psid, message_id: accept(world, call, peer, body) }, traceId);
}

/** The page itself, and who gets its webhooks (Graph API: Page; Page, subscribed_apps). */
function read({ options, webhooks }: World, edge: string | undefined, traceId: string): PlatformAnswer {
  if (edge === undefined) return graphAnswer(200, { id: options.pageId, name: "Simulated page" }, traceId);
  if (edge !== "subscribed_apps") {
    return graphError({ status: 400, code: 100, message: "Unsupported get request." }, traceId);
  }
  const app = { id: "300000000000001", name: "Simulated app", subscribed_fields: ["messages", "messaging_postbacks"] };
  return graphAnswer(200, { data: webhooks.isSubscribed ? [app] : [] }, traceId);
}

const HUMAN_AGENT_MS = 7 * WINDOW_MS;
const SENDER_ACTIONS: ReadonlySet<unknown> = new Set(["typing_on", "typing_off", "mark_seen"]);

/** Why the page may not say this to that person now; `null`: it may. */
function refusal(world: World, peer: Peer, body: WireObject): GraphFailure | null {
  const { message: given, messaging_type: type, tag, sender_action: action } = body;
  const message = readObject(given);
  if (action !== undefined) {
    const isGood = message === null && type === undefined && SENDER_ACTIONS.has(action);
    return isGood ? null : { status: 400, code: 100, message: "A sender action stands alone" };
  }
  if (peer.blocked) return { status: 400, code: 551, subcode: 1_545_041 };
  if (peer.isElsewhere) return { status: 400, code: 10, subcode: 2_018_300, message: "Another app has the thread" };
  const problem = message === null ? "Param message is missing" : problemOf(message);
  if (problem !== null) return { status: 400, code: 100, message: problem };
  const sinceMs = peer.lastActAt === null ? Number.POSITIVE_INFINITY : world.clock.now() - peer.lastActAt;
  const outside: GraphFailure = { status: 400, code: 10, subcode: 2_018_278 };
  switch (type) {
    case "RESPONSE":
    case "UPDATE":
      return sinceMs <= WINDOW_MS ? null : outside;
    case "MESSAGE_TAG":
      // Since 2026-04-27 the others are refused (Messenger: Message tags).
      if (tag !== "HUMAN_AGENT") return { status: 400, code: 100, message: "The tag is not supported any more" };
      return sinceMs <= HUMAN_AGENT_MS ? null : outside;
    default:
      return { status: 400, code: 100, message: "Param messaging_type is invalid" };
  }
}

/** Messenger: shown for up to 20 seconds, or until a message comes (Sender actions). */
const TYPING_MS = 20_000;

function sign(world: World, peer: Peer, { action, traceId }: { action: string; traceId: string }): PlatformAnswer {
  peer.signs.push(action);
  if (action === "mark_seen") world.screens.markRead(peer.psid);
  else peer.typingUntil = action === "typing_on" ? world.clock.now() + TYPING_MS : null;
  world.screens.changed(peer.psid);
  return graphAnswer(200, { recipient_id: peer.psid }, traceId);
}

function accept(world: World, call: OpenCall, peer: Peer, body: WireObject): string {
  call.accepted = true;
  peer.typingUntil = null;
  const { metadata, ...message } = readObject(body.message) ?? {};
  const bubble = {
    at: world.clock.now(),
    peerId: peer.psid,
    text: readText(message.text),
    message,
    messageId: world.newId("m_"),
    metadata: readText(metadata),
  };
  showBubble(world, bubble);
  reportMessage(world, bubble);
  return bubble.messageId;
}
