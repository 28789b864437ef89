import type { Agent } from "../agents/agent.ts";
import type { Channel } from "../channels/channel.ts";
import type { Settings } from "../config/gateway-settings.ts";
import type { AdmissionControl } from "../runtime/admission-control.ts";
import type { Clock } from "../runtime/clock.ts";
import type { CompletionSignals } from "../runtime/completion-signals.ts";
import type { Runner } from "../runtime/loop.ts";
import type { ProcessLease } from "../runtime/process-lease.ts";
import type { QuotaCache } from "../runtime/quota-cache.ts";
import type { Random } from "../runtime/random.ts";
import type { Redactor } from "../runtime/redaction.ts";
import type { StallDetector } from "../runtime/stall-detector.ts";
import type { TokenBuckets } from "../runtime/token-bucket.ts";
import type { Wakeup } from "../runtime/wakeup.ts";
import type { Store } from "../store/store.ts";
import type { Report } from "./report/report.ts";

/** The loops, in the order of a message's way. */
export type Stage = "heartbeat" | "seal" | "claim" | "send" | "sweep" | "quota";

/** All that stages may touch. The signature of each names what it does touch, as a `Pick` of this. */
export interface Deps {
  readonly store: Store;
  readonly channels: ChannelSet;
  readonly agent: Agent;
  readonly mediaLinks: MediaLinks;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  /** Takes our secrets out of what others wrote, before it is stored, shown or logged. */
  readonly redact: Redactor;
  /** Where a stage says what happened. */
  readonly report: Report;
  readonly wake: Wakeup<Stage>;
  readonly runner: Runner;
  /** Aborted when work at hand is to be handed back. */
  readonly stopping: AbortSignal;
  readonly ownership: Ownership;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly quota: QuotaCache;
  /** Turns that were answered through this process, so that whoever waits for them here need not look. */
  readonly turnCompletions: CompletionSignals;
}

/** In whose name this process claims turns and deliveries. */
export interface Ownership {
  /** Names this process in leases. Another start is another owner. */
  readonly owner: string;
  /** Whether it may rely on those leases. While it can't, it begins no call to an agent or a platform. */
  readonly processLease: ProcessLease;
}

/** What this process knows of the webhooks that reach it. */
export interface Inbound {
  /** Signed webhooks on their way to the store. */
  readonly admission: AdmissionControl;
  /** Whether what comes in now may have waited, because the process stood still. */
  readonly stallDetector: StallDetector;
}

/** What this process knows of the calls that it makes to platforms. */
export interface Outbound {
  /** Deliveries that this process is at work on: from before one is claimed until it is settled or taken back. */
  readonly inFlight: Set<string>;
  /** Of the calls that are no deliveries. */
  readonly rate: TokenBuckets;
  /** Since when webhooks are taken in (epoch ms by `clock`): a receipt that came before may never come again. */
  readonly receiptTracking: { since: number };
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
