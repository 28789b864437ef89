import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { PlatformClient } from "../platform-client.ts";
import { type SocketlessOptions, socketless } from "./calls.ts";
import { Changes } from "./changes.ts";
import { Faults } from "./faults.ts";
import { Pending } from "./pending.ts";
import type { DeliverWebhook, SimulatedPlatform } from "./platform.ts";
import { type Screen, Screens } from "./screen.ts";

/** Options of every simulated platform. Time and randomness are injected, and there are no sockets. */
export interface SharedOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly deliver: DeliverWebhook;
  /** The configured webhook URL, as the platform's API reports it; `deliver` does the posting. */
  readonly webhookUrl?: string | null;
}

/** A message as a person sees it. */
export interface SharedBubble {
  readonly at: number;
  readonly peerId: string;
  /** The displayed text; `null` without one. */
  readonly text: string | null;
  /** As it was sent. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly messageId: string;
}

/** State of a simulated platform, shared by its webhooks and its API. */
export interface SharedWorld<Options, Bubble, Call, Route extends string> {
  readonly options: Options;
  readonly clock: Clock;
  readonly bubbles: Bubble[];
  readonly calls: Call[];
  readonly faults: Faults<Route>;
  readonly pending: Pending;
  readonly changes: Changes;
  readonly screens: Screens;
  webhookUrl: string | null;
}

export function sharedWorld<Options extends SharedOptions, Bubble, Call, Route extends string>(
  options: Options,
  apart: readonly Route[] = [],
): SharedWorld<Options, Bubble, Call, Route> {
  const changes = new Changes();
  return {
    options,
    clock: options.clock,
    bubbles: [],
    calls: [],
    faults: new Faults(apart),
    pending: new Pending(options.clock),
    changes,
    screens: new Screens(changes),
    webhookUrl: options.webhookUrl ?? null,
  };
}

/** A message of the bot appears on a screen: that of `peerId`, where people have several ids. */
export function showBubble<B extends SharedBubble>(
  { bubbles, changes, screens }: { readonly bubbles: B[]; readonly changes: Changes; readonly screens: Screens },
  bubble: B,
  peerId = bubble.peerId,
): void {
  bubbles.push(bubble);
  changes.emit("bubble", bubble);
  screens.changed(peerId);
}

/** Interface of every simulated platform. */
export interface Simulator<Bubble, Call, Route extends string, Webhook> extends SimulatedPlatform {
  /** Faults of the API, by route. */
  readonly faults: Faults<Route>;
  /** All displayed messages, in order. */
  readonly bubbles: readonly Bubble[];
  /** Every API call about messages, in order. */
  readonly calls: readonly Call[];
  /** Every copy of every webhook, in the order of sending. */
  readonly webhooks: readonly Webhook[];
  /** URL for webhooks. */
  webhookUrl: string | null;
  /** What stands on that person's, or group's, screen from both sides. */
  screenOf(peerId: string): Screen;
  /** Faults and settings as they were at the start. People, screens and records stay. */
  reset(): void;
  /** Resolves when no webhook is in flight or scheduled. */
  idle(): Promise<void>;
  /** A platform client of this simulator, in memory. */
  platformClient(options: SocketlessOptions): PlatformClient;
}

type AnySimulator = Simulator<unknown, unknown, string, unknown>;
type WorldOf<S extends AnySimulator> = Pick<S, "faults" | "bubbles" | "calls" | "changes" | "webhookUrl"> & {
  readonly pending: Pending;
};
interface SideOf<S extends AnySimulator> {
  readonly webhooks: { readonly records: S["webhooks"]; sign(body: Uint8Array): Readonly<Record<string, string>> };
  readonly handle: S["handle"];
}

/** Combines a platform's own members with the shared ones. */
export function assembleSimulator<S extends AnySimulator>(
  world: WorldOf<S>,
  { webhooks, handle }: SideOf<S>,
  own: Omit<S, Exclude<keyof AnySimulator, "reset" | "screenOf">>,
): S {
  const { faults, bubbles, calls, changes, pending } = world;
  const shared: Omit<AnySimulator, "reset" | "screenOf"> = {
    faults,
    bubbles,
    calls,
    changes,
    webhooks: webhooks.records,
    get webhookUrl() {
      return world.webhookUrl;
    },
    set webhookUrl(url) {
      world.webhookUrl = url;
    },
    handle,
    sign: (body) => webhooks.sign(body),
    idle: () => pending.idle(),
    close: () => pending.close(),
    platformClient: (options) => socketless(handle, options),
  };
  return Object.defineProperties(own, Object.getOwnPropertyDescriptors(shared)) as S;
}

/** Draws ids from `random`; the counter keeps them unique even if `random` repeats. */
export function idSource(random: Random) {
  let count = 0;
  return {
    count: () => {
      count += 1;
      return count;
    },
    draw: (alphabet: string, length: number) =>
      Array.from({ length }, () => alphabet.charAt(Math.floor(random.fraction() * alphabet.length))).join(""),
  };
}
