import type { SendOutcome } from "../../core/delivery.ts";
import type { Failure } from "../../core/inbound-receipt.ts";
import { outcomeOf, outcomeOfStatus, REASON_LENGTH } from "../outcome.ts";
import type { Reached } from "../platform-client.ts";
import { meaningOf } from "./classify/codes.ts";
import { type GraphError, readGraphError } from "./wire.ts";

/**
 * The outcome of one Graph API call. Pure.
 *
 * An error envelope decides, whatever the HTTP status: Graph answers 400 to rate limits and 500 to refusals (the
 * platforms' error tables). Without one the status decides. `readIds` reads the message ids of a 2xx answer.
 */
export function classifyGraph(reached: Reached, readIds: (body: string) => readonly string[]): SendOutcome {
  return outcomeOf(reached, (answered) => {
    const { body, status, retryAfterMs } = answered;
    const error = readGraphError(body);
    if (error !== null) return classifyError(error, status, retryAfterMs);
    return outcomeOfStatus(answered, { platform: "Meta", reason: `${status}: no error envelope`, readIds });
  });
}

/** Outcome of an error, in an answer or (`status: null`) in a webhook about a failed message. */
export function classifyError(error: GraphError, status: number | null, retryAfterMs = 0): Failure {
  const reason = reasonOf(error, status);
  const meaning = meaningOf(error);
  // Meta says of it that the same call may succeed later, whatever the code usually means.
  if (error.isTransient && !isAboutLimits(meaning)) return { kind: "retry", reason, retryAfterMs };
  if (meaning === null) return unlisted(status, reason, retryAfterMs);
  switch (meaning.kind) {
    case "retry":
      return { kind: meaning.kind, reason, retryAfterMs: waitMsOf(meaning, retryAfterMs), ...aboutTemplate(meaning) };
    case "rate-limited":
      return { kind: meaning.kind, reason, retryAfterMs: waitMsOf(meaning, retryAfterMs) };
    case "account-stopped":
      return { kind: meaning.kind, reason, ...(meaning.isSuspicion === true && { isSuspicion: true }) };
    case "window-closed":
      return { kind: meaning.kind, reason, ...(meaning.isWindow === true && { isWindow: true }) };
    case "refused":
      return { kind: meaning.kind, reason, ...aboutTemplate(meaning) };
    case "unknown":
    case "media-failed":
      return { kind: meaning.kind, reason };
    default:
      return meaning.kind satisfies never;
  }
}

type Meaning = NonNullable<ReturnType<typeof meaningOf>>;

const waitMsOf = ({ notBeforeMs = 0 }: Meaning, retryAfterMs: number) => Math.max(retryAfterMs, notBeforeMs);

const aboutTemplate = ({ templateRefused }: Meaning) => (templateRefused === undefined ? {} : { templateRefused });

const isAboutLimits = (meaning: ReturnType<typeof meaningOf>) =>
  meaning !== null && ["retry", "media-failed", "rate-limited", "unknown"].includes(meaning.kind);

/** A code that isn't in the table. */
function unlisted(status: number | null, reason: string, retryAfterMs: number): Failure {
  if (status === null) return { kind: "refused", reason };
  if (status === 401 || status === 403) return { kind: "account-stopped", reason, isSuspicion: true };
  if (status === 429) return { kind: "rate-limited", reason, retryAfterMs };
  return status >= 400 && status < 500 ? { kind: "refused", reason } : { kind: "unknown", reason };
}

function reasonOf({ code, subcode, message }: GraphError, status: number | null): string {
  const number = `${code}${subcode === null ? "" : `/${subcode}`}`;
  return [status === null ? null : String(status), number, message].filter(Boolean).join(": ").slice(0, REASON_LENGTH);
}
