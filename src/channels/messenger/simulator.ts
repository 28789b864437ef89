import { type Clock, pause } from "../../runtime/clock.ts";
import type { PostOptions, WebhookRecord } from "../meta/simulator/webhooks.ts";
import type { Faults } from "../simulation/faults.ts";
import type { SimulatedPlatform } from "../simulation/platform.ts";
import type { PostTransport } from "../transport.ts";
import type { MessengerOptions } from "./config.ts";
import { handleApiCall } from "./simulator/api.ts";
import { createSimulatedClient, type SimulatedClient } from "./simulator/client.ts";
import { type Item, postItems } from "./simulator/events.ts";
import { Receipts } from "./simulator/receipts.ts";
import {
  type ApiCall,
  type Bubble,
  createWorld,
  findOrAddPerson,
  type MessengerSimulatorOptions,
  type ReceiptSettings,
  type World,
} from "./simulator/world.ts";

export type { Posted, SimulatedClient } from "./simulator/client.ts";
export type { Item } from "./simulator/events.ts";
export type { ApiCall, Bubble, MessengerSimulatorOptions, ReceiptSettings } from "./simulator/world.ts";

/** Messenger's side of the wire. Deterministic: time and randomness come from the outside, and nothing touches a socket. */
export interface MessengerSimulator extends SimulatedPlatform {
  readonly pageId: string;
  /** Somebody on Messenger. They come into being when they are first named. */
  person(psid: string): SimulatedClient;
  /** One webhook of the page with these items. */
  post(items: readonly Item[], options?: PostOptions & { readonly standby?: boolean }): Promise<WebhookRecord>;
  /** The same bytes once more; `null` when there is no such webhook. */
  repeat(webhookId: number): Promise<WebhookRecord | null>;
  /** Faults of the Send API. A fault's `message` may name an error: `10/2018278`. */
  readonly faults: Faults<"send">;
  /** What becomes of echoes and marks; may be changed at any time. */
  readonly receipts: ReceiptSettings;
  /** Echoes and delivery marks of the next so many messages never come. */
  loseEchoes(count: number): void;
  /** What stands on that person's screen from the page, in order. */
  seenBy(psid: string): readonly Bubble[];
  /** `mark_seen` and `typing_on`, in the order they came. */
  signsFor(psid: string): readonly string[];
  readonly calls: readonly ApiCall[];
  /** Every copy of every webhook, in the order they left. */
  readonly webhooks: readonly WebhookRecord[];
  /** False after an hour of failing webhooks: none is sent until `subscribe`. */
  readonly isSubscribed: boolean;
  subscribe(): void;
  webhookUrl: string | null;
  /** Resolves when no webhook is on its way and no copy or receipt is waiting. */
  idle(): Promise<void>;
  /** A transport from a channel to this simulator that needs no socket. */
  transport(options: { clock: Clock; sendTimeoutMs: number; isReachable?: () => boolean }): PostTransport;
  /** What a channel needs to talk to this simulator at that address. */
  channelOptions(graphBaseUrl: string): MessengerOptions;
}

export function createMessengerSimulator(options: MessengerSimulatorOptions): MessengerSimulator {
  const world = createWorld(options);
  const { webhooks } = world;
  const receipts = new Receipts(world);
  world.report = (bubble) => receipts.accepted(bubble);
  return {
    pageId: options.pageId,
    person: (psid) => createSimulatedClient(world, findOrAddPerson(world, psid)),
    post: (items, how) => postItems(world, items, how),
    repeat: (webhookId) => webhooks.repeat(webhookId),
    faults: world.faults,
    receipts: world.receipts,
    loseEchoes: (count) => {
      world.lostEchoes += count;
    },
    seenBy: (psid) => world.bubbles.filter((bubble) => bubble.peerId === psid),
    signsFor: (psid) => world.people.get(psid)?.signs ?? [],
    calls: world.calls,
    webhooks: webhooks.records,
    get isSubscribed() {
      return webhooks.isSubscribed;
    },
    subscribe: () => webhooks.subscribe(),
    get webhookUrl() {
      return world.webhookUrl;
    },
    set webhookUrl(url) {
      world.webhookUrl = url;
    },
    handle: (request) => handleApiCall(world, request),
    sign: (body) => webhooks.sign(body),
    idle: async () => {
      await receipts.idle();
      await webhooks.idle();
    },
    close: () => {
      world.closing.abort();
      receipts.close();
      webhooks.close();
    },
    transport: (options) => socketless(world, options),
    channelOptions: (graphBaseUrl) => ({
      appSecret: [options.appSecret],
      pageAccessToken: options.pageAccessToken,
      verifyToken: VERIFY_TOKEN,
      pageId: options.pageId,
      graphBaseUrl,
    }),
  };
}

/** What the simulated app's dashboard has for the webhook's address. */
export const VERIFY_TOKEN = "simulated-verify-token";

function socketless(
  world: World,
  { clock, sendTimeoutMs, isReachable = () => true }: Parameters<MessengerSimulator["transport"]>[0],
): PostTransport {
  return {
    async post(path, headers, body) {
      if (!isReachable()) return { reached: { phase: "not-sent", reason: "connection refused" }, headers: new Map() };
      const late = new AbortController();
      const request = { method: "POST", path, headers, body: new TextEncoder().encode(body) };
      const result = await Promise.race([
        handleApiCall(world, request),
        pause(clock, sendTimeoutMs, late.signal).then(() => "late" as const),
      ]);
      late.abort();
      if (result === "disconnect" || result === "late") {
        return { reached: { phase: "sent", reason: `no answer: ${result}` }, headers: new Map() };
      }
      return {
        reached: { phase: "answered", status: result.status, body: result.body, retryAfterMs: 0 },
        headers: new Map(Object.entries(result.headers)),
      };
    },
    close: async () => {},
  };
}
