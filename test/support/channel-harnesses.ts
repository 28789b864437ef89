import type { Channel } from "../../src/channels/channel.ts";
import { CHANNELS, type ChannelName } from "../../src/channels/index.ts";
import type { Fault } from "../../src/channels/simulation/faults.ts";
import type { SimulatedPlatform, SimulatorEntry } from "../../src/channels/simulation/platform.ts";
import type { Route } from "../../src/core/delivery.ts";
import type { LineSimulator } from "../../src/simulator/index.ts";
import { startSimulator } from "../../src/simulator/registry.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

/** What the conformance suite needs to know of a platform beyond its `Channel`. */
export interface ChannelHarness {
  readonly routes: readonly Route[];
  readonly signatureHeader: string;
  /** The platform says of a copy that it is one. */
  readonly marksCopies: boolean;
  /** Why a call that may have been accepted is never made again; `null` where the platform knows a repeat. */
  readonly noRepeat: string | null;
  /** A good token on each route that asks for one. */
  start(): Promise<ConnectedChannel>;
}

export interface ConnectedChannel extends AsyncDisposable {
  readonly channel: Channel;
  /** The same channel, calling that address instead of the simulator's. */
  channelAt(apiBaseUrl: string): Channel;
  /** What the channel's time limits run on. The platform's clock stands still. */
  readonly clock: ManualClock;
  readonly platform: SimulatedPlatform;
  /** A conversation that can be answered: its peer, and a fresh token where the route needs one. */
  openConversation(route: Route): Promise<{ peerId: string; token: string | null }>;
  fault(route: Route, fault: Fault): void;
  /** Calls that reached the platform. */
  callCount(): number;
  seenBy(peerId: string): readonly string[];
  /** A webhook that brings something large to fetch, its reference, and its bytes as text. Absent without media. */
  picture?(): Promise<{ webhook: string; reference: string; content: string }>;
  /** The bodies of a webhook's first and of its redelivered copy. */
  redelivered(): Promise<{ first: string; second: string }>;
}

/** Of every platform on the list, what its simulator's entry offers. */
export const HARNESSES = Object.fromEntries(
  Object.entries(CHANNELS).map(([name, { simulator }]) => [name, harnessOf(name, simulator)]),
) as Readonly<Record<ChannelName, ChannelHarness>>;

function harnessOf(name: string, entry: SimulatorEntry): ChannelHarness {
  const { routes, signatureHeader, variables, marksCopies, noRepeat } = entry;
  const start = () => startListed(name, variables);
  return {
    routes,
    signatureHeader,
    marksCopies,
    noRepeat,
    start: name === "line" ? () => withPicture(start()) : start,
  };
}

async function startListed(name: string, variables: Readonly<Record<string, string>>): Promise<ConnectedChannel> {
  const clock = manualClock();
  const running = await startSimulator(name, variables, { clock: manualClock(), random: seededRandom(3) });
  const { platform, actions, url, close } = running;
  const channels: Channel[] = [];
  const channelAt = (apiBaseUrl: string) => {
    const channel = actions.channelAt(apiBaseUrl, clock);
    channels.push(channel);
    return channel;
  };
  return {
    ...actions,
    channel: channelAt(url),
    channelAt,
    clock,
    platform,
    async [Symbol.asyncDispose]() {
      await Promise.all(channels.map((channel) => channel.close()));
      await close();
    },
  };
}

/** LINE is the one that keeps what people send, for whoever asks. */
async function withPicture(starting: Promise<ConnectedChannel>): Promise<ConnectedChannel> {
  const connected = await starting;
  const line = connected.platform as LineSimulator;
  return {
    ...connected,
    async picture() {
      const { messageId } = await line.person("Uperson").sends({ type: "image", contentProvider: { type: "line" } });
      const reference = messageId ?? "";
      const content = "a picture ".repeat(50_000);
      line.keeps(reference, { bytes: new TextEncoder().encode(content) });
      return { webhook: line.webhooks.at(-1)?.body ?? "", reference, content };
    },
  };
}
