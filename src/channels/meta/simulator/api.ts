import { parseJson, readObject, type WireObject } from "../../json.ts";
import { answerCall, callOf, headersOf, type OpenCall } from "../../simulation/calls.ts";
import type { Fault } from "../../simulation/faults.ts";
import type { PlatformAnswer, PlatformRequest, PlatformResult } from "../../simulation/platform.ts";
import type { SharedOptions, SharedWorld } from "../../simulation/world.ts";
import { appSecretProof } from "../api.ts";
import { faultAnswer, type GraphFailure } from "./errors.ts";

/** A parsed call of the Graph API. */
export interface GraphCall {
  readonly call: OpenCall;
  readonly url: URL;
  readonly headers: ReadonlyMap<string, string>;
  /** `null` when it is no object. */
  readonly body: WireObject | null;
  readonly traceId: string;
}

export interface GraphSide {
  readonly world: Pick<
    SharedWorld<SharedOptions, unknown, OpenCall, string>,
    "clock" | "calls" | "pending" | "changes"
  >;
  readonly newTraceId: () => string;
  readonly faultOf: (given: GraphCall) => Fault | null;
  readonly respond: (given: GraphCall) => PlatformAnswer;
}

/** Answers one call of the Graph API. Each call is executed in one synchronous step. */
export function answerGraphCall(side: GraphSide, request: PlatformRequest): Promise<PlatformResult> {
  const { world } = side;
  const url = new URL(request.path, "http://graph.invalid");
  // The proof is as good as the secret: the query is not kept.
  const call = callOf(world.clock, request, url.pathname);
  world.calls.push(call);
  const traceId = side.newTraceId();
  const body = readObject(parseJson(call.body));
  const given = { call, url, headers: headersOf(request), body, traceId };
  return answerCall(world, call, {
    fault: side.faultOf(given),
    respond: () => side.respond(given),
    broken: (how, message) => faultAnswer(how, message, traceId),
  });
}

interface Access {
  readonly accessToken: string;
  readonly appSecret: string;
  /** A call without a proof is refused. */
  readonly requireProof?: boolean | undefined;
}

/** Why the call may not be made: its token, or the proof beside it. */
export function accessProblem({ url, headers }: GraphCall, access: Access): GraphFailure | null {
  const { accessToken, appSecret, requireProof = false } = access;
  // Graph takes the token in either place (Graph API: Access tokens).
  const shown = headers.get("authorization") ?? `Bearer ${url.searchParams.get("access_token")}`;
  if (shown !== `Bearer ${accessToken}`) return { status: 401, code: 190 };
  const proof = url.searchParams.get("appsecret_proof");
  if (proof === null ? !requireProof : proof === appSecretProof(accessToken, appSecret)) return null;
  return { status: 400, code: 100, message: "Invalid appsecret_proof provided in the API argument" };
}
