/** Outcomes beside the stages: each function here reports those of one file in `pipeline/support/`. */
import type { AccountHealth } from "../../core/account.ts";
import type { LeasedTurn } from "../../core/turn.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { Queued } from "../../store/store.ts";
import { reportRefused } from "./outbox.ts";

type Account = { readonly channel: string; readonly account: string };

export type QuotaOutcome =
  /** The month's remaining paid messages; no number: there is no limit, or it isn't known. */
  | ({ readonly kind: "left"; readonly left: number | null | undefined } & Account)
  | ({ readonly kind: "not-read"; readonly error: unknown } & Account)
  | { readonly kind: "members-not-counted"; readonly conversationId: string; readonly error: unknown };

export type SlowReplyOutcome =
  | { readonly kind: "prompted"; readonly lease: LeasedTurn; readonly deliveryId: string }
  | { readonly kind: "failed"; readonly lease: LeasedTurn; readonly error: unknown };

export interface MessageQueued {
  readonly channel: string;
  readonly queued: Queued;
  /** Replies that the channel adapted, with the reason. */
  readonly adapted: readonly string[];
}

export interface AccountChecked {
  readonly channel: string;
  readonly account: string;
  /** Redacted. */
  readonly health: AccountHealth;
  readonly became: "resumed" | "still-stopped";
}

type Watched = Pick<Telemetry, "log" | "metrics">;

export function reportSupport({ log, metrics }: Watched) {
  return {
    quota: reportQuota({ log, metrics }),
    slowReply: reportSlowReply({ log }),
    /** A proactive message was queued. */
    messageQueued({ channel, queued, adapted }: MessageQueued): void {
      const { deliveryIds, refused, repeated, conversation } = queued;
      const { conversationId } = conversation;
      log.info({ conversationId, deliveries: deliveryIds.length, repeated }, "message without a turn queued");
      for (const reason of adapted) log.info({ conversationId, channel, reason }, "reply adapted");
      reportRefused({ log, metrics }, conversation, refused);
    },
    /** A stopped account was asked about. */
    accountChecked({ channel, account, health, became }: AccountChecked): void {
      const reason = health.kind === "well" ? undefined : health.reason;
      const facts = { channel, account, outcome: health.kind, reason };
      if (became === "resumed") log.info(facts, "account resumes: one delivery is sent first");
      else log.warn(facts, "account still stopped");
    },
    /** The process lease became valid. */
    ownershipGained(owner: string): void {
      log.info({ owner }, "process lease valid: this process claims work from now on");
    },
    typingIndicatorFailed({ channel, account, reason }: Account & { readonly reason: string }): void {
      log.debug({ channel, account, reason }, "typing indicator not shown");
    },
    contentNotRead({ channel, account, eventId, error }: Account & { eventId: string; error: unknown }): void {
      log.warn({ channel, account, eventId, reason: reasonOf(error) }, "media not fetched");
    },
    /** The store is unavailable; the write waits in memory. */
    writeDelayed(error: unknown): void {
      log.warn({ reason: reasonOf(error) }, "write delayed: the store is unavailable");
    },
  };
}

function reportQuota({ log, metrics }: Watched) {
  return (outcome: QuotaOutcome): void => {
    switch (outcome.kind) {
      case "left": {
        const { channel, account, left } = outcome;
        if (typeof left === "number") metrics.pushQuotaRemaining.set({ account, channel }, left);
        else metrics.pushQuotaRemaining.remove({ account, channel });
        return;
      }
      case "not-read": {
        const { channel, account, error } = outcome;
        log.warn({ channel, account, reason: reasonOf(error) }, "quota of paid messages not read");
        return;
      }
      case "members-not-counted": {
        const { conversationId, error } = outcome;
        log.debug({ conversationId, reason: reasonOf(error) }, "members not counted");
        return;
      }
      default:
        outcome satisfies never;
    }
  };
}

function reportSlowReply({ log }: Pick<Telemetry, "log">) {
  return (outcome: SlowReplyOutcome): void => {
    const { turnId, fence } = outcome.lease;
    switch (outcome.kind) {
      case "prompted":
        log.info(
          { turnId, fence, deliveryId: outcome.deliveryId },
          "slow reply: the person gets a button for the answer",
        );
        return;
      case "failed":
        log.warn({ turnId, fence, reason: reasonOf(outcome.error) }, "no button yet: the store is unavailable");
        return;
      default:
        outcome satisfies never;
    }
  };
}
