import type { Agent } from "../agents/agent.ts";
import type { Channel } from "../channels/channel.ts";
import type { Chance } from "../runtime/chance.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Mask } from "../runtime/discretion.ts";
import type { Intake } from "../runtime/intake.ts";
import type { Latch } from "../runtime/latch.ts";
import type { Runner } from "../runtime/loop.ts";
import type { QuotaBook } from "../runtime/quota-book.ts";
import type { Rate } from "../runtime/rate.ts";
import type { Standstill } from "../runtime/standstill.ts";
import type { Tenure } from "../runtime/tenure.ts";
import type { Wake } from "../runtime/wake.ts";
import type { Settings } from "../settings.ts";
import type { Store } from "../store/store.ts";
import type { Report } from "./report/report.ts";

/** The loops, in the order of a message's way. */
export type Stage = "beat" | "seal" | "claim" | "send" | "sweep" | "quota";

/** All that stages may touch. The signature of each names what it does touch, as a `Pick` of this. */
export interface Deps {
  readonly store: Store;
  readonly channels: ChannelSet;
  readonly agent: Agent;
  readonly mediaLinks: MediaLinks;
  readonly settings: Settings;
  readonly clock: Clock;
  readonly chance: Chance;
  /** Takes our secrets out of what others wrote, before it is stored, shown or logged. */
  readonly mask: Mask;
  /** Where a stage says what happened. */
  readonly report: Report;
  readonly wake: Wake<Stage>;
  readonly runner: Runner;
  /** Aborted when work at hand is to be handed back. */
  readonly stopping: AbortSignal;
  readonly ownership: Ownership;
  readonly inbound: Inbound;
  readonly outbound: Outbound;
  readonly quota: QuotaBook;
  /** Turns that were answered through this process, so that whoever waits for them here need not look. */
  readonly answered: Latch;
}

/** In whose name this process claims turns and deliveries. */
export interface Ownership {
  /** Names this process in leases. Another start is another owner. */
  readonly owner: string;
  /** Whether it may rely on those leases. While it can't, it begins no call to an agent or a platform. */
  readonly tenure: Tenure;
}

/** What this process knows of the webhooks that reach it. */
export interface Inbound {
  /** Signed webhooks on their way to the store. */
  readonly intake: Intake;
  /** Whether what comes in now may have waited, because the process stood still. */
  readonly standstill: Standstill;
}

/** What this process knows of the calls that it makes to platforms. */
export interface Outbound {
  /** Deliveries that this process is at work on: from before one is claimed until it is settled or taken back. */
  readonly inHand: Set<string>;
  /** Of the calls that are no deliveries. */
  readonly rate: Rate;
  /** Since when webhooks are taken in (epoch ms by `clock`): a receipt that came before may never come again. */
  readonly listening: { since: number };
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
