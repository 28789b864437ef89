import type { AttemptReport, SendOutcome } from "../core/delivery.ts";
import { parseJson, readObject } from "./json.ts";
import type { Reached } from "./platform-client.ts";

export type Answered = Extract<Reached, { phase: "answered" }>;

/** Longest reason of an outcome, in UTF-16 units: platforms quote what they were sent. */
export const REASON_LENGTH = 300;
const RECORDED_ANSWER_LENGTH = 500;

/** The outcome of one call, by how far it got. */
export function outcomeOf(reached: Reached, classifyAnswer: (answer: Answered) => SendOutcome): SendOutcome {
  switch (reached.phase) {
    case "not-sent":
      return { kind: "retry", reason: reached.reason, retryAfterMs: 0 };
    case "no-answer":
      return { kind: "unknown", reason: reached.reason };
    case "answered":
      return classifyAnswer(reached);
    default:
      return reached satisfies never;
  }
}

/** What a status alone means. `readIds` reads the message ids of a 2xx body. */
export function outcomeOfStatus(
  { status, body, retryAfterMs }: Answered,
  { platform, reason, readIds }: { platform: string; reason: string; readIds: (body: string) => readonly string[] },
): SendOutcome {
  // The status decides: a 2xx whose body can't be read is sent too.
  if (status >= 200 && status < 300) {
    return { kind: "sent", evidence: "accepted", platformMessageIds: body === null ? [] : readIds(body) };
  }
  // No platform redirects: a proxy or a wrong base URL answered, and the platform has not seen the request.
  if (status >= 300 && status < 400) {
    return { kind: "retry", reason: `${reason}: a redirect, not ${platform}`, retryAfterMs };
  }
  if (status < 200 || status >= 500) return { kind: "unknown", reason };
  // Whoever says it, waiting is right.
  if (status === 429) return { kind: "rate-limited", reason, retryAfterMs };
  // A proxy on the way: nothing was sent, and of the account nothing is known.
  if ([407, 408, 425].includes(status) || isForeign(body)) {
    const words = body === null ? "the answer broke off" : `not an answer of ${platform}`;
    return { kind: "retry", reason: `${reason}: ${words}`, retryAfterMs };
  }
  if (status === 401 || status === 403) return { kind: "account-stopped", reason };
  return { kind: "refused", reason };
}

/**
 * Whether the body of an error isn't the platform's own: their errors are JSON objects (LINE: "Error responses"; Graph
 * API: "Handle errors"), while a proxy says a page, a few words or nothing. `null`, a body that broke off, tells nothing
 * either.
 */
export function isForeign(body: string | null): boolean {
  return readObject(parseJson(body ?? "")) === null;
}

export function recordedAnswer(reached: Reached): Pick<AttemptReport, "status" | "response"> {
  if (reached.phase !== "answered") return { status: null, response: null };
  return { status: reached.status, response: reached.body?.slice(0, RECORDED_ANSWER_LENGTH) ?? null };
}
