import type { Channel } from "../../src/channels/channel.ts";
import { CHANNELS, type ChannelName, simulatorOf } from "../../src/channels/index.ts";
import type { Fault } from "../../src/channels/simulation/faults.ts";
import type { SimulatedPlatform } from "../../src/channels/simulation/platform.ts";
import type { Route } from "../../src/core/delivery.ts";
import { startSimulatorOf } from "../../src/simulator/registry.ts";
import { startSimulator, startWhatsApp } from "../../src/simulator/server.ts";
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

const OWN: Readonly<Partial<Record<string, ChannelHarness>>> = {
  line: {
    routes: ["reply", "push"],
    signatureHeader: "x-line-signature",
    marksCopies: true,
    noRepeat: null,
    start: startLine,
  },
  whatsapp: {
    routes: ["session"],
    signatureHeader: "x-hub-signature-256",
    marksCopies: false,
    noRepeat: "WhatsApp takes no idempotency key: only a status tells",
    start: startWhatsAppChannel,
  },
};

/** Of every platform on the list: its own, or what its simulator's entry offers. One that has neither fails here. */
export const HARNESSES = Object.fromEntries(
  Object.keys(CHANNELS).map((name) => [name, OWN[name] ?? listedHarness(name)]),
) as Readonly<Record<ChannelName, ChannelHarness>>;

function listedHarness(name: string): ChannelHarness {
  const entry = simulatorOf(name);
  if (entry === null) throw new Error(`the channel ${name} has no harness and no simulator`);
  const { routes, signatureHeader, variables, marksCopies, noRepeat } = entry;
  return { routes, signatureHeader, marksCopies, noRepeat, start: () => startListed(name, variables) };
}

async function startListed(name: string, variables: Readonly<Record<string, string>>): Promise<ConnectedChannel> {
  const clock = manualClock();
  const running = await startSimulatorOf(name, variables, { clock: manualClock(), random: seededRandom(3) });
  const { platform, verbs, url, close } = running;
  const channels: Channel[] = [];
  const channelAt = (apiBaseUrl: string) => {
    const channel = verbs.channelAt(apiBaseUrl, clock);
    channels.push(channel);
    return channel;
  };
  return {
    ...verbs,
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

async function startLine(): Promise<ConnectedChannel> {
  const clock = manualClock();
  const { line, url, close } = await startSimulator({
    line: { channelSecret: "channel-secret", channelAccessToken: "access-token" },
    clock: manualClock(),
    random: seededRandom(3),
  });
  const channels: Channel[] = [];
  const channelAt = (apiBaseUrl: string) => {
    const channel = CHANNELS.line.create(line.channelOptions(apiBaseUrl), { clock });
    channels.push(channel);
    return channel;
  };
  let people = 0;
  return {
    channel: channelAt(url),
    channelAt,
    clock,
    platform: line,
    async openConversation(route) {
      people += 1;
      const peerId = `Uperson${people}`;
      const { eventId, replyToken } = await line.person(peerId).says("hello", { lost: true });
      await line.redeliver(eventId);
      return { peerId, token: route === "reply" ? replyToken : null };
    },
    fault: (route, fault) => line.faults.next(route === "reply" ? "reply" : "push", fault),
    callCount: () => line.calls.length,
    seenBy: (peerId) => line.seenBy(peerId).map((bubble) => bubble.text ?? ""),
    async picture() {
      const { messageId } = await line.person("Uperson").sends({ type: "image", contentProvider: { type: "line" } });
      const reference = messageId ?? "";
      const content = "a picture ".repeat(50_000);
      line.keeps(reference, { bytes: new TextEncoder().encode(content) });
      return { webhook: line.webhooks.at(-1)?.body ?? "", reference, content };
    },
    async redelivered() {
      const { eventId } = await line.person("Uperson").says("is anybody there?");
      await line.redeliver(eventId);
      const [first, second] = line.webhooks.slice(-2);
      return { first: first?.body ?? "", second: second?.body ?? "" };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(channels.map((channel) => channel.close()));
      await close();
    },
  };
}

async function startWhatsAppChannel(): Promise<ConnectedChannel> {
  const clock = manualClock();
  const { whatsapp, url, close } = await startWhatsApp({
    whatsapp: { appSecret: "app-secret", accessToken: "access-token", messagesPerSecond: 10_000 },
    clock: manualClock(),
    random: seededRandom(3),
  });
  const channels: Channel[] = [];
  const channelAt = (graphBaseUrl: string) => {
    const channel = CHANNELS.whatsapp.create(whatsapp.channelOptions(graphBaseUrl), { clock });
    channels.push(channel);
    return channel;
  };
  let people = 0;
  return {
    channel: channelAt(url),
    channelAt,
    clock,
    platform: whatsapp,
    async openConversation() {
      people += 1;
      const peerId = `1555${String(people).padStart(7, "0")}`;
      await whatsapp.person(peerId).says("hello", { lost: true });
      return { peerId, token: null };
    },
    fault: (_route, fault) => whatsapp.faults.next("send", fault),
    callCount: () => whatsapp.calls.length,
    seenBy: (peerId) => whatsapp.seenBy(peerId).map((bubble) => bubble.text ?? ""),
    async redelivered() {
      const { webhook } = await whatsapp.person("15559999999").says("is anybody there?", { lost: true });
      await whatsapp.repeat(webhook.webhookId).catch(() => undefined);
      const [first, second] = whatsapp.webhooks.filter(({ webhookId }) => webhookId === webhook.webhookId);
      return { first: first?.body ?? "", second: second?.body ?? "" };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(channels.map((channel) => channel.close()));
      await close();
    },
  };
}
