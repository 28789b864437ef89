import { v5 as uuidv5 } from "uuid";
import type { AttemptReport, RecordedCall, Route, SendOutcome } from "../../core/delivery.ts";
import { assert } from "../../core/errors.ts";
import type { OutboundDelivery } from "../channel.ts";
import { isForeign, recordedAnswer } from "../outcome.ts";
import type { PlatformClient, Reached } from "../platform-client.ts";
import type { AccessTokens, CurrentToken } from "./api/tokens.ts";
import { classify } from "./classify.ts";

/** Namespace of the retry keys. Never change it: a retry after an upgrade must have the key of the first attempt. */
const RETRY_KEY_NAMESPACE = "6f0b6f0e-5d0c-4c55-9b77-7f3a0e6d1c42";

/** The exact request of one delivery. The same delivery on the same route always gives the same bytes. */
export function buildCall(delivery: OutboundDelivery, chosen: { route: Route; token: string | null }): RecordedCall {
  const { messages } = delivery;
  switch (chosen.route) {
    case "reply":
      assert(chosen.token !== null, "a reply needs a reply token");
      // LINE refuses a reply with a retry key; the single-use token makes it idempotent.
      return {
        path: "/v2/bot/message/reply",
        body: JSON.stringify({ replyToken: chosen.token, messages }),
        retryKey: null,
      };
    case "push":
      return {
        path: "/v2/bot/message/push",
        body: JSON.stringify({ to: delivery.peerId, messages }),
        // LINE requires a hexadecimal UUID, which our ids are not.
        retryKey: uuidv5(delivery.deliveryId, RETRY_KEY_NAMESPACE),
      };
    default:
      assert(false, `LINE has no route ${chosen.route}`);
  }
}

export function createSender(platformClient: PlatformClient, tokens: AccessTokens) {
  return async (call: RecordedCall, route: Route): Promise<AttemptReport> => {
    const current = await tokens.current();
    if (current.kind !== "token") return notMade(withoutToken(current));
    const { reached, headers } = await platformClient.post(
      call.path,
      {
        authorization: `Bearer ${current.token}`,
        "content-type": "application/json",
        ...(call.retryKey === null ? {} : { "x-line-retry-key": call.retryKey }),
      },
      call.body,
    );
    return {
      outcome: renewing(classify(route, reached), reached, current.token, tokens),
      ...recordedAnswer(reached),
      requestId: headers.get("x-line-request-id") ?? null,
      acceptedRequestId: headers.get("x-line-accepted-request-id") ?? null,
    };
  };
}

function withoutToken(current: Exclude<CurrentToken, { kind: "token" }>): SendOutcome {
  const { kind, reason } = current;
  return kind === "refused" ? { kind: "account-stopped", reason } : { kind: "retry", reason, retryAfterMs: 0 };
}

function notMade(outcome: SendOutcome): AttemptReport {
  return { outcome, status: null, response: null, requestId: null, acceptedRequestId: null };
}

/**
 * 401 for a fetched token that worked before: renew it and retry; LINE did not process this call. What isn't LINE's
 * answer tells nothing of the token.
 */
function renewing(outcome: SendOutcome, reached: Reached, token: string, tokens: AccessTokens): SendOutcome {
  if (reached.phase !== "answered" || isForeign(reached.body)) return outcome;
  if (reached.status !== 401) {
    tokens.worked(token);
    return outcome;
  }
  if (tokens.failed(token) === "stopped" || outcome.kind !== "account-stopped") return outcome;
  return { kind: "retry", reason: `${outcome.reason}; the channel access token is renewed`, retryAfterMs: 0 };
}
