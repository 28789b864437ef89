import type { Route, SendOutcome } from "../../core/delivery.ts";
import { type Answered, isForeign, outcomeOf, outcomeOfStatus, REASON_LENGTH } from "../outcome.ts";
import type { Reached } from "../platform-client.ts";
import { type LineAnswer, MONTHLY_LIMIT, RATE_LIMIT, readAnswer } from "./wire.ts";

/**
 * The outcome of one call. Pure; earlier, ambiguous attempts of the same delivery are considered in `core/delivery.ts`.
 */
export function classify(route: Route, reached: Reached): SendOutcome {
  return outcomeOf(reached, (answered) => {
    const answer = readAnswer(answered.body);
    const words = [String(answered.status), answer.message, ...answer.details].filter(Boolean);
    const reason = words.join(": ").slice(0, REASON_LENGTH);
    return (
      ownOutcome(route, answered, answer, reason) ??
      outcomeOfStatus(answered, { platform: "LINE", reason, readIds: () => answer.sentMessageIds })
    );
  });
}

/** What only LINE means by a status; `null`: what everybody means. */
function ownOutcome(
  route: Route,
  { status, body, retryAfterMs }: Answered,
  answer: LineAnswer,
  reason: string,
): SendOutcome | null {
  if (isForeign(body)) return null;
  if (status === 409) {
    // LINE: 409 means that a request with this retry key was accepted before. Only a push has one.
    if (route === "push") return { kind: "sent", evidence: "retry-key", platformMessageIds: answer.sentMessageIds };
    return { kind: "refused", reason };
  }
  if (status === 429 && answer.message === MONTHLY_LIMIT) return { kind: "quota-exhausted", reason };
  // Of other words only this delivery is known to be meant.
  if (status === 429 && answer.message !== null && !RATE_LIMIT.test(answer.message)) {
    return { kind: "retry", reason, retryAfterMs };
  }
  // Pushes aren't part of the account's plan: what is free still works, so only the paid route closes.
  if (status === 403 && route === "push" && answer.message !== null) return { kind: "quota-exhausted", reason };
  if (status !== 400) return null;
  if (route === "reply" && isAboutToken(answer)) return { kind: "token-invalid", reason };
  const messages = refusedMessages(answer);
  return messages.length === 0 ? null : { kind: "refused", reason, messages };
}

/**
 * The messages that LINE refuses, by their place in the call, where it names them and nothing else:
 * `A message (messages[2]) in the request body is invalid`, or a detail with the property `messages[2].text`.
 */
function refusedMessages({ message, properties }: LineAnswer): readonly number[] {
  if (properties.some((property) => !/^messages\[\d+\]/.test(property))) return [];
  const named = properties.length > 0 ? properties : [message ?? ""];
  const places = named.flatMap((words) =>
    [...words.matchAll(/\bmessages\[(\d+)\]/g)].map(([, place]) => Number(place)),
  );
  return [...new Set(places)];
}

/**
 * A token that LINE refuses, in whatever words: it has certainly not sent anything. It must be named: other things
 * expire and are invalid, too.
 */
function isAboutToken({ message, details }: LineAnswer): boolean {
  return [message ?? "", ...details].some((words) => /\breply ?token\b/i.test(words));
}
