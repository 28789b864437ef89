import type { Agent } from "./agents/agent.ts";
import type { Channel } from "./channels/channel.ts";
import type { BatchPolicy } from "./core/batch.ts";
import type { BusyPolicy } from "./core/busy.ts";
import type { RetryPolicy } from "./core/retry.ts";
import type { Rollout } from "./core/rollout.ts";
import type { Chance } from "./runtime/chance.ts";
import type { Clock } from "./runtime/clock.ts";
import type { Mask } from "./runtime/discretion.ts";
import type { Intake } from "./runtime/intake.ts";
import type { Latch } from "./runtime/latch.ts";
import type { Log } from "./runtime/log.ts";
import type { Runner } from "./runtime/loop.ts";
import type { Metrics } from "./runtime/metrics.ts";
import type { QuotaBook } from "./runtime/quota-book.ts";
import type { Rate } from "./runtime/rate.ts";
import type { Standstill } from "./runtime/standstill.ts";
import type { Tenure } from "./runtime/tenure.ts";
import type { Traces } from "./runtime/traces.ts";
import type { Wake } from "./runtime/wake.ts";
import type { ContextPolicy, Store } from "./store/store.ts";

/** The loops, in the order of a message's way. */
export type Stage = "beat" | "seal" | "claim" | "send" | "sweep" | "quota";

/** What a stage may touch. */
export interface Deps {
  readonly store: Store;
  readonly channels: ChannelSet;
  readonly agent: Agent;
  readonly mediaLinks: MediaLinks;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly log: Log;
  /** Takes our secrets out of what others wrote, before it is stored, shown or logged. */
  readonly mask: Mask;
  readonly metrics: Metrics;
  readonly traces: Traces;
  readonly wake: Wake<Stage>;
  readonly runner: Runner;
  /** Turns that were answered through this process, so that whoever waits for them here need not look. */
  readonly answered: Latch;
  /** Signed webhooks on their way to the store. */
  readonly intake: Intake;
  /** Of the calls that are no deliveries. */
  readonly rate: Rate;
  readonly quota: QuotaBook;
  /** Deliveries that this process is at work on: from before one is claimed until it is settled or taken back. */
  readonly inHand: Set<string>;
  /** Names this process in leases. Another start is another owner. */
  readonly owner: string;
  /** Whether it may rely on those leases. While it can't, it begins no call to an agent or a platform. */
  readonly tenure: Tenure;
  readonly settings: Settings;
  /** Whether what comes in now may have waited, because the process stood still. */
  readonly standstill: Standstill;
  /** Since when webhooks are taken in (epoch ms by `clock`): a receipt that came before may never come again. */
  readonly listening: { since: number };
  /** Aborted when work at hand is to be handed back. */
  readonly stopping: AbortSignal;
}

/** Addresses on our public port where an agent finds what a person sent. */
export interface MediaLinks {
  /** `null`: the public address isn't known, or the channel has no media. */
  urlOf(channel: Channel, reference: string, from: number): string | null;
}

export interface ChannelSet {
  readonly all: readonly Channel[];
  /** `<channel>/<account>` of each. What belongs to another waits. */
  readonly accounts: readonly string[];
  /** `null` when no such channel is configured. */
  find(channel: string, account: string): Channel | null;
}

export interface Settings {
  readonly batch: BatchPolicy;
  /** That of accounts which have their own, by `<channel>/<account>`. */
  readonly accountBatch: Readonly<Record<string, BatchPolicy>>;
  readonly rollout: Rollout;
  readonly busy: BusyPolicy;
  readonly context: ContextPolicy;
  readonly leaseMs: number;
  readonly agentTimeoutMs: number;
  /** When an agent that fails is asked again, and when its turn is dead. */
  readonly turnRetry: RetryPolicy;
  /** When a call that was certainly not accepted is made again, and when its delivery is dead. */
  readonly deliveryRetry: RetryPolicy;
  /** How long an answer that comes bit by bit is gathered before its first call, in ms. */
  readonly coalesceMs: number;
  readonly unknownWaitMs: number;
  readonly namesWaitMs: number;
  readonly media: { readonly linkMs: number; readonly maxBytes: number };
  readonly onUnknown: "hold" | "resend";
  readonly maxTurnsAtOnce: number;
  readonly maxCallsAtOnce: number;
  readonly bodiesMs: number;
  readonly historyMs: number;
  readonly dedupMs: number;
  readonly pollMs: number;
  readonly limits: Limits;
  /** How long the gateway says "not ready" before it takes no more webhooks, in ms. */
  readonly shutdownGraceMs: number;
}

/** What strangers and storms may take of the process. Beyond it they are told so, and come again. */
export interface Limits {
  /** Bodies whose signature isn't known yet hold this much together, in bytes. Default 64 MiB, least 4. */
  readonly unsignedBytes: number;
  /** Signed webhooks of one account that wait for the store at the same time. Default 1 000. */
  readonly webhooksAtOnce: number;
  /** Signed webhooks of one account in a second. Default 0: as many as come; what LINE is refused it may never send again. */
  readonly webhooksPerSecond: number;
  /** Refused requests that one address may send in a minute before it is turned away unheard. Default 600; 0: any number. */
  readonly refusedPerMinute: number;
  /** Contents that are streamed to agents at the same time. Default 32. */
  readonly mediaAtOnce: number;
}
