/**
 * A platform as a seed plays it: people, what they see, what goes wrong there, and how its webhooks and screens are read.
 * One file a channel, `src/channels/<name>/fixtures/seeds.ts`, so that a channel goes with its folder.
 */
import type { WireTurn } from "../../../../src/agents/protocol.ts";
import type { Channel } from "../../../../src/channels/channel.ts";
import type { Fault } from "../../../../src/channels/simulator/faults.ts";
import type { PostTransport } from "../../../../src/channels/transport.ts";
import type { GatewaySettings } from "../../../../src/config/gateway-settings.ts";
import type { Route } from "../../../../src/core/delivery.ts";
import type { Clock } from "../../../../src/runtime/clock.ts";
import type { Random } from "../../../../src/runtime/random.ts";
import type { LocalRefusals } from "../local-fault.ts";
import type { Act, ChatKind, PlatformRoute, Trouble } from "../script.ts";
import type { Prng } from "../seeded-prng.ts";

/** What a channel's `fixtures/seeds.ts` gives. */
export interface SeedsOf {
  readonly name: string;
  /** How it refuses one person's messages and takes the next person's, and how it slows a whole account. */
  readonly refusals: LocalRefusals;
  readonly limits: LocalRefusals;
  /** What may go wrong there, and how probably it does in a run. */
  readonly troubles: readonly Trouble[];
  putUp(parts: PlatformParts): SeedPlatform;
}

export interface PlatformParts {
  readonly clock: Clock;
  readonly random: Random;
  /** For how the platform is set in this seed, and for its people. */
  readonly prng: Prng;
  readonly chats: readonly ChatKind[];
  readonly times: PlatformTimes;
  /** A fault stays with some: there are two accounts, `LOCAL_ACCOUNTS`, and the platform has no limits of its own. */
  readonly isLocal: boolean;
  /** Brings a webhook to whichever process is there. Rejects when none is. */
  deliver(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<number>;
}

export interface PlatformTimes {
  readonly tokenTtlMs: number;
  readonly tokenLifeMs: number;
  readonly sendTimeoutMs: number;
}

/** What a new process needs to talk to it. */
export interface Seams {
  readonly clock: Clock;
  /** What lies between a channel and the platform. */
  readonly wrap: <T extends PostTransport>(transport: T) => T;
}

/** One message of a person, as the platform knows it. */
export interface Sent {
  readonly eventId: string;
  /** The free answer that came with it; empty where there is none. */
  readonly token: string;
  /** One more copy; `marked` where the platform says that it is one. */
  copy(marked: boolean): void;
  /** `null` where it can't be taken back. */
  readonly unsend: (() => void) | null;
}

export interface Speech {
  readonly how: "says" | "taps";
  /** Several are in one webhook, or leave at the same moment. */
  readonly numbers: readonly number[];
  readonly lost: boolean;
  readonly lateMs: number;
}

/** The platform's receipt for a message of ours. */
export interface Word {
  readonly deliveryId: string;
  readonly messageId: string;
  readonly status: string;
  /** Why it failed; `null` for any other word. */
  readonly code: number | null;
}

/** A message of ours on somebody's screen; `at`: since when (epoch ms). */
export interface Shown {
  readonly at: number;
  readonly text: string;
  readonly route: Route;
}

export interface SeedPlatform {
  readonly name: string;
  /** How the gateway is set for it. */
  readonly settings: Pick<GatewaySettings, "onUnknown">;
  /** Copies of a reply that a person may see, when the delivery admits to have been sent again. */
  readonly copiesMost: number;
  /** Messages overtake each other there; only who waits until one has arrived keeps their order. */
  readonly isDisordered: boolean;
  channels(seams: Seams): readonly Channel[];
  kindOf(chat: number): ChatKind;
  /** The one name of a chat. */
  chatName(chat: number): string;
  chatOf(turn: WireTurn): string;
  speak(chat: number, speech: Speech): readonly Sent[];
  /** What people say in the body of a webhook. */
  heardIn(body: string): readonly { readonly chat: string; readonly said: string }[];
  /** What the platform says there of messages of ours. */
  wordsIn(body: string): readonly Word[];
  /** What stands on that chat's screen from us, in order. */
  screenOf(chat: string): readonly Shown[];
  /** Messages of that delivery which the platform accepted and which never arrive. */
  failedOf(deliveryId: string): number;
  fault(route: PlatformRoute, fault: (Act & { do: "platform" })["fault"]): void;
  /** What each call to a chat meets from now on, until there is calm. */
  faultsOf(faultOf: (chat: number) => Fault | null): void;
  /** Paid messages that are left; `null`: as many as you like. */
  quota(left: number | null): void;
  /** Something that only this platform knows. */
  own(act: Act & { do: "own" }): void;
  /** Days go by, for it and for everybody. */
  passDays(days: number): void;
  /** From now on no call goes wrong any more. */
  calm(): void;
  /** And from now on what was accepted arrives: everybody writes once more. */
  lastWord(): void;
  /** Resolves when no webhook is on its way and none waits. */
  idle(): Promise<void>;
  close(): void;
  /** Everything that it saw. */
  evidence(): unknown;
  /** What it broke itself: then the oracle is wrong. */
  broken(): readonly string[];
}
