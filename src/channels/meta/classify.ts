import type { SendOutcome } from "../../core/delivery.ts";
import type { Failure } from "../../core/inbound-receipt.ts";
import type { Reached } from "../transport.ts";
import { meaningOf } from "./classify/codes.ts";
import { type GraphError, readGraphError } from "./wire.ts";

const REASON_LENGTH = 300;

/**
 * The outcome of one Graph API call. Pure.
 *
 * An error envelope decides, whatever the HTTP status: Graph answers 400 to rate limits and 500 to refusals (the
 * platforms' error tables). Without one the status decides. `readIds` reads the message ids of a 2xx answer.
 */
export function classifyGraph(reached: Reached, readIds: (body: string) => readonly string[]): SendOutcome {
  switch (reached.phase) {
    case "not-sent":
      return { kind: "retry", reason: reached.reason, retryAfterMs: 0 };
    case "sent":
      return { kind: "unknown", reason: reached.reason };
    case "answered": {
      const error = readGraphError(reached.body);
      if (error !== null) return classifyError(error, reached.status, reached.retryAfterMs);
      return classifyStatus(reached, readIds);
    }
    default:
      return reached satisfies never;
  }
}

/** Outcome of an error, in an answer or (`status: null`) in a webhook about a failed message. */
export function classifyError(error: GraphError, status: number | null, retryAfterMs = 0): Failure {
  const reason = reasonOf(error, status);
  const meaning = meaningOf(error);
  if (meaning === null) return unlisted(error, status, reason, retryAfterMs);
  switch (meaning.kind) {
    case "retry":
    case "rate-limited":
      return { kind: meaning.kind, reason, retryAfterMs: Math.max(retryAfterMs, meaning.notBeforeMs ?? 0) };
    case "unknown":
    case "window-closed":
    case "account-stopped":
    case "refused":
      return { kind: meaning.kind, reason };
    default:
      return meaning.kind satisfies never;
  }
}

/** A code that isn't in the table. */
function unlisted(error: GraphError, status: number | null, reason: string, retryAfterMs: number): Failure {
  if (error.isTransient) return { kind: "retry", reason, retryAfterMs };
  if (status === null) return { kind: "refused", reason };
  if (status === 401 || status === 403) return { kind: "account-stopped", reason };
  if (status === 429) return { kind: "rate-limited", reason, retryAfterMs };
  return status >= 400 && status < 500 ? { kind: "refused", reason } : { kind: "unknown", reason };
}

type Answered = Extract<Reached, { phase: "answered" }>;

function classifyStatus(
  { status, body, retryAfterMs }: Answered,
  readIds: (body: string) => readonly string[],
): SendOutcome {
  const reason = `${status}: no error envelope`;
  // The status decides: a 2xx whose body can't be read is sent too.
  if (status >= 200 && status < 300) {
    return { kind: "sent", evidence: "accepted", platformMessageIds: body === null ? [] : readIds(body) };
  }
  // Graph never redirects: a proxy or a wrong base URL answered, and Meta has not seen the request.
  if (status >= 300 && status < 400) return { kind: "retry", reason: `${reason}: a redirect, not Meta`, retryAfterMs };
  if (status < 200 || status >= 500) return { kind: "unknown", reason };
  if (status === 401 || status === 403) return { kind: "account-stopped", reason };
  if (status === 429) return { kind: "rate-limited", reason, retryAfterMs };
  if (body === null) return { kind: "retry", reason: `${status}: the answer broke off`, retryAfterMs };
  return { kind: "refused", reason };
}

function reasonOf({ code, subcode, message }: GraphError, status: number | null): string {
  const number = `${code}${subcode === null ? "" : `/${subcode}`}`;
  return [status === null ? null : String(status), number, message].filter(Boolean).join(": ").slice(0, REASON_LENGTH);
}
