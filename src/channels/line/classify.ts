import type { Route, SendOutcome } from "../../core/delivery.ts";
import type { Reached } from "../transport.ts";
import { INVALID_REPLY_TOKEN, MONTHLY_LIMIT, readAnswer } from "./wire.ts";

const REASON_LENGTH = 300;

/**
 * The outcome of one call. Pure; earlier, ambiguous attempts of the same delivery are considered in `core/delivery.ts`.
 */
export function classify(route: Route, reached: Reached): SendOutcome {
  switch (reached.phase) {
    case "not-sent":
      return { kind: "retry", reason: reached.reason, retryAfterMs: 0 };
    case "sent":
      return { kind: "unknown", reason: reached.reason };
    case "answered":
      return classifyAnswer(route, reached);
    default:
      return reached satisfies never;
  }
}

type Answered = Extract<Reached, { phase: "answered" }>;

function classifyAnswer(route: Route, { status, body, retryAfterMs }: Answered): SendOutcome {
  const answer = readAnswer(body);
  const reason = [String(status), answer.message, ...answer.details].filter(Boolean).join(": ").slice(0, REASON_LENGTH);

  // The status decides: a 2xx whose body can't be read is sent too.
  if (status >= 200 && status < 300) {
    return { kind: "sent", evidence: "accepted", platformMessageIds: answer.sentMessageIds };
  }
  // LINE never redirects: a proxy or a wrong base URL answered, and LINE has not seen the request.
  if (status >= 300 && status < 400) return { kind: "retry", reason: `${reason}: a redirect, not LINE`, retryAfterMs };
  if (status < 200 || status >= 500) return { kind: "unknown", reason };

  switch (status) {
    case 401:
    case 403:
      return { kind: "account-stopped", reason };
    case 409:
      // LINE: 409 means that a request with this retry key was accepted before. Only a push has one.
      if (route === "push") return { kind: "sent", evidence: "retry-key", platformMessageIds: answer.sentMessageIds };
      return { kind: "refused", reason };
    case 429:
      if (answer.message === MONTHLY_LIMIT) return { kind: "quota-exhausted", reason };
      return { kind: "rate-limited", reason, retryAfterMs };
    default:
      if (body === null) return { kind: "retry", reason: `${reason}: the answer broke off`, retryAfterMs };
      if (status === 400 && route === "reply" && answer.message === INVALID_REPLY_TOKEN) {
        return { kind: "token-invalid", reason };
      }
      return { kind: "refused", reason };
  }
}
