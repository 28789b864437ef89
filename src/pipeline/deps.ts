import type { Agent } from "../agents/agent.ts";
import type { Channel } from "../channels/channel.ts";
import type { Settings } from "../config/gateway-settings.ts";
import type { AccountKey } from "../core/conversation.ts";
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

/** The loops, in the order of a message's path. `seal`, `claim`, `send` and `sweep` poll for the stage of their name. */
export type LoopName = "heartbeat" | "seal" | "claim" | "send" | "sweep" | "check-accounts" | "quota";

/** Dependencies of the stages. The signature of each names those that it uses, as a `Pick` of this. */
export interface Deps {
  readonly store: Store;
  readonly channels: ChannelSet;
  readonly agent: Agent;
  readonly mediaLinks: MediaLinks;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly random: Random;
  /** Redacts our secrets in foreign texts before they are stored, shown or logged. */
  readonly redact: Redactor;
  /** Takes a stage's outcomes. */
  readonly report: Report;
  readonly wake: Wakeup<LoopName>;
  readonly runner: Runner;
  /** Aborted at shutdown, when work in progress is to be handed back. */
  readonly stopping: AbortSignal;
  readonly ownership: Ownership;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly quota: QuotaCache;
  /** Signals turns that ended through this process, so that an agent call that waits for one needn't poll. */
  readonly turnCompletions: CompletionSignals;
}

/** This process as the owner of leases. */
export interface Ownership {
  /** Identifies this process in leases. Every start is a new owner. */
  readonly owner: string;
  /** Whether it may rely on those leases. While it can't, it begins no call to an agent or a platform. */
  readonly processLease: ProcessLease;
}

/** State of this process about incoming webhooks. */
export interface Inbound {
  /** Bounds signed webhooks that wait for the store. */
  readonly admission: AdmissionControl;
  /** Tells how long what comes in now may have waited because the event loop stalled. */
  readonly stallDetector: StallDetector;
  /** Where no ready turn waits for a place (an agent and an account): elsewhere a new turn doesn't pass those that may. */
  readonly withoutBacklog: Set<string>;
}

/** State of this process about calls to the platforms. */
export interface Outbound {
  /**
   * Deliveries that this process is sending, from before the claim until it is settled or abandoned; and turns whose answer
   * is being queued with its first attempt, as long.
   */
  readonly inFlight: Set<string>;
  /** Accounts of which no due delivery waits for a place: of the others a new answer's doesn't pass those that may. */
  readonly withoutBacklog: Set<string>;
  /** Rate limits of calls that aren't deliveries. */
  readonly rate: TokenBuckets;
  /** Since when webhooks are taken in (epoch ms by `clock`): a receipt from before may never come again. */
  readonly receiptTracking: { since: number };
}

/** URLs on our public port from which an agent fetches a person's media. */
export interface MediaLinks {
  /** `null`: the public URL isn't known, or the channel has no media. */
  urlOf(channel: Channel, reference: string, from: number): string | null;
}

export interface ChannelSet {
  readonly all: readonly Channel[];
  /** Of each. Work of other accounts waits for a process that has them. */
  readonly accountKeys: readonly AccountKey[];
  /** `null` when no such channel is configured. */
  find(channel: string, account: string): Channel | null;
}
