import { json } from "../../simulation/calls.ts";
import type { FaultAnswer } from "../../simulation/faults.ts";
import type { PlatformAnswer } from "../../simulation/platform.ts";

/** What Graph says when something is wrong (Graph API: Handle errors). */
export interface GraphFailure {
  readonly status: number;
  readonly code: number;
  readonly subcode?: number;
  readonly message?: string;
  readonly details?: string;
}

/** The answer to a call that was refused. */
export function graphError(failure: GraphFailure, traceId: string): PlatformAnswer {
  const { status, code, subcode, message = MESSAGES[code] ?? "An error", details } = failure;
  const error = {
    message: `(#${code}) ${message}`,
    type: "OAuthException",
    code,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    ...(details === undefined ? {} : { error_data: { messaging_product: "whatsapp", details } }),
    fbtrace_id: traceId,
  };
  return graphAnswer(status, { error }, traceId);
}

export function graphAnswer(status: number, body: unknown, traceId: string): PlatformAnswer {
  return json(status, body, { "content-type": "application/json; charset=UTF-8", "x-fb-trace-id": traceId });
}

const MESSAGES: Readonly<Record<number, string>> = {
  2: "An unexpected error has occurred. Please retry your request later.",
  4: "Application request limit reached",
  10: "This message is sent outside of allowed window.",
  100: "Invalid parameter",
  190: "Error validating access token",
  551: "This person isn't available right now.",
  613: "Calls to this api have exceeded the rate limit.",
  1200: "Temporary send message failure. Please try again later.",
};

/** The codes under which Graph says what an HTTP status would say elsewhere. */
const CODE_OF_STATUS: Readonly<Record<number, number>> = { 400: 100, 401: 190, 403: 200, 429: 613 };

/**
 * The answer of a fault that was asked for by HTTP status: an error envelope for what Graph would refuse, and for a 5xx
 * something in front of Graph that knows no envelope.
 */
export function faultAnswer(
  how: FaultAnswer,
  message: string | undefined,
  traceId: string,
): PlatformAnswer | "disconnect" {
  if (how === "disconnect") return "disconnect";
  const code = readCode(message) ?? CODE_OF_STATUS[how];
  if (code === undefined) return { status: how, headers: { "content-type": "text/html" }, body: "<html>…</html>" };
  const [number = 0, subcode] = String(code).split("/").map(Number);
  return graphError({ status: how, code: number, ...(subcode === undefined ? {} : { subcode }) }, traceId);
}

/** A fault's `message` may name the error: `10/2018278`. */
function readCode(message: string | undefined): string | null {
  return message !== undefined && /^\d+(\/\d+)?$/.test(message) ? message : null;
}
