import type { AttemptReport, SendOutcome } from "../core/delivery.ts";
import type { Reached } from "./transport.ts";

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
  // A proxy on the way (407, 408, 425), or a page in HTML: the platform's own answers are JSON, and nothing was sent.
  if ([407, 408, 425].includes(status) || isHtml(body)) {
    return { kind: "retry", reason: `${reason}: not an answer of ${platform}`, retryAfterMs };
  }
  if (status === 401 || status === 403) return { kind: "account-stopped", reason };
  if (status === 429) return { kind: "rate-limited", reason, retryAfterMs };
  if (body === null) return { kind: "retry", reason: `${reason}: the answer broke off`, retryAfterMs };
  return { kind: "refused", reason };
}

const isHtml = (body: string | null) => body !== null && /^\s*<(!doctype|html)/i.test(body);

export function recordedAnswer(reached: Reached): Pick<AttemptReport, "status" | "response"> {
  if (reached.phase !== "answered") return { status: null, response: null };
  return { status: reached.status, response: reached.body?.slice(0, RECORDED_ANSWER_LENGTH) ?? null };
}
