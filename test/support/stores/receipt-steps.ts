/** Steps on a route without a retry key: a window that opens, calls, and the platform's receipts. */
import type { Failure, InboundReceipt } from "../../../src/core/inbound-receipt.ts";
import { areReceiptsFlowing } from "../../../src/core/receipt.ts";
import { chooseRoute, type UnknownInput } from "../../../src/core/route.ts";
import type { StartAttempt } from "../../../src/store/attempt.ts";
import { queued, settle } from "./conformance-steps.ts";
import { type Bench, oneRow } from "./harness.ts";
import { attemptOf, DAY, message, policy, SECOND, SEND_RETRY, T } from "./samples.ts";

export const PEER = { channel: "messenger", peerId: "P1" };
export const CONVERSATION = { channel: "messenger", account: "default", kind: "user", peerId: "P1" } as const;
const HOLD: UnknownInput = { policy: "hold", waitMs: 30 * SECOND, receiptsTrackedSince: 0, receiptsFlow: false };

/** As the send stage asks for a platform with a window and without retry keys. */
export function bySession(deliveryId: string, unknown: Partial<UnknownInput> = {}): StartAttempt {
  return attemptOf(deliveryId, {
    chooseRoute: ({ routeInput, receipts, now }) =>
      chooseRoute({
        ...routeInput,
        tokenMarginMs: 0,
        paid: "session",
        retryKeyLifeMs: null,
        unknown: { ...HOLD, receiptsFlow: areReceiptsFlowing(receipts, now, HOLD.waitMs), ...unknown },
      }),
  });
}

/** The person writes, the window opens, and an answer is queued. */
export async function asked(bench: Bench, id: string): Promise<string> {
  const [deliveryId] = await queued(bench, id, [`answer to ${id}`], PEER);
  await opens(bench, `${id}-opens`);
  return deliveryId;
}

export function opens(bench: Bench, id: string, change: { sentAt?: number; windowMs?: number } = {}) {
  const event = message(id, { ...PEER, effect: "store", sentAt: change.sentAt ?? bench.clock.now() });
  return bench.store.ingest({ ...event, windowMs: change.windowMs ?? DAY }, policy());
}

export async function call(bench: Bench, deliveryId: string, outcome: "sent" | "unknown" | "retry", mid?: string) {
  const attempt = await bench.store.startAttempt(bySession(deliveryId));
  if (attempt?.kind !== "send") throw new Error(`${deliveryId} is not sent: ${attempt?.kind}`);
  const said =
    outcome === "sent"
      ? ({ kind: "sent", evidence: "accepted", platformMessageIds: [mid ?? `m_${deliveryId}`] } as const)
      : outcome;
  return settle(bench, attempt, said);
}

function receipt(change: Partial<InboundReceipt>): InboundReceipt {
  return {
    channel: "messenger",
    account: "default",
    status: "echo",
    deliveryId: null,
    platformMessageIds: [],
    watermark: null,
    at: T,
    failure: null,
    ...change,
  };
}

export function recordReceipt(bench: Bench, change: Partial<InboundReceipt>) {
  return bench.store.recordReceipt({ receipt: receipt(change), retry: SEND_RETRY, random: 0 });
}

export async function delivery(bench: Bench, deliveryId: string) {
  return await oneRow(bench, "delivery", { delivery_id: deliveryId });
}

export const failure = (kind: "window-closed" | "refused" | "account-stopped"): Failure => ({
  kind,
  reason: `said ${kind}`,
});
