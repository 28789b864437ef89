import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import type { Transport } from "../transport.ts";
import { type SocketlessOptions, socketless } from "./calls.ts";
import { Faults } from "./faults.ts";
import { Pending } from "./pending.ts";
import type { DeliverWebhook, SimulatedPlatform } from "./platform.ts";

/** What every simulated platform gets. Time and randomness come from the outside, and nothing touches a socket. */
export interface SharedOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly deliver: DeliverWebhook;
  /** Where webhooks go, as the platform tells when asked; `deliver` decides where they really go. */
  readonly webhookUrl?: string | null;
}

/** What stands on somebody's screen. */
export interface SharedBubble {
  readonly at: number;
  readonly peerId: string;
  /** The words that are seen; `null` for what has none. */
  readonly text: string | null;
  /** As it was sent. */
  readonly message: Readonly<Record<string, unknown>>;
  readonly messageId: string;
}

/** What every simulated platform knows. The two sides of the wire, webhooks and API, work on it. */
export interface SharedWorld<Options, Bubble, Call, Route extends string> {
  readonly options: Options;
  readonly clock: Clock;
  readonly bubbles: Bubble[];
  readonly calls: Call[];
  readonly faults: Faults<Route>;
  readonly pending: Pending;
  webhookUrl: string | null;
}

export function sharedWorld<Options extends SharedOptions, Bubble, Call, Route extends string>(
  options: Options,
  apart: readonly Route[] = [],
): SharedWorld<Options, Bubble, Call, Route> {
  return {
    options,
    clock: options.clock,
    bubbles: [],
    calls: [],
    faults: new Faults(apart),
    pending: new Pending(options.clock),
    webhookUrl: options.webhookUrl ?? null,
  };
}

/** What every simulated platform offers. */
export interface Simulator<Bubble, Call, Route extends string, Webhook> extends SimulatedPlatform {
  /** Faults of the API, by route. */
  readonly faults: Faults<Route>;
  /** What stands on everybody's screens, in order. */
  readonly bubbles: readonly Bubble[];
  /** Every API call that is about messages, in the order they came. */
  readonly calls: readonly Call[];
  /** Every copy of every webhook, in the order they left. */
  readonly webhooks: readonly Webhook[];
  /** Where webhooks go. */
  webhookUrl: string | null;
  /** Resolves when no webhook is on its way, and none waits for its time. */
  idle(): Promise<void>;
  /** A transport from a channel to this simulator that needs no socket. */
  transport(options: SocketlessOptions): Transport;
}

type AnySimulator = Simulator<unknown, unknown, string, unknown>;
type WorldOf<S extends AnySimulator> = Pick<S, "faults" | "bubbles" | "calls" | "webhookUrl"> & {
  readonly pending: Pending;
};
interface SideOf<S extends AnySimulator> {
  readonly webhooks: { readonly records: S["webhooks"]; sign(body: Uint8Array): Readonly<Record<string, string>> };
  readonly handle: S["handle"];
}

/** A simulator from its platform's own part and what every one offers. */
export function simulatorOf<S extends AnySimulator>(
  world: WorldOf<S>,
  { webhooks, handle }: SideOf<S>,
  own: Omit<S, keyof AnySimulator>,
): S {
  const { faults, bubbles, calls, pending } = world;
  const shared: AnySimulator = {
    faults,
    bubbles,
    calls,
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
    transport: (options) => socketless(handle, options),
  };
  return Object.defineProperties(own, Object.getOwnPropertyDescriptors(shared)) as S;
}

/** Draws ids by `random`. The counter keeps them apart whatever the random source says. */
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
