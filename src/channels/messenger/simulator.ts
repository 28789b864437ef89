import type { ReceiptSettings } from "../meta/simulator/receipts.ts";
import type { WebhookRecord } from "../meta/simulator/webhooks.ts";
import type { SharedCall } from "../simulation/calls.ts";
import type { PostOptions } from "../simulation/webhooks.ts";
import { assembleSimulator, type Simulator } from "../simulation/world.ts";
import type { MessengerOptions } from "./config.ts";
import { handleApiCall } from "./simulator/api.ts";
import { createSimulatedClient, type SimulatedClient } from "./simulator/client.ts";
import { type Item, postItems } from "./simulator/events.ts";
import {
  type Bubble,
  createWorld,
  findOrAddPeer,
  type MessengerSimulatorOptions,
  type Peer,
  resetWorld,
  typingUntil,
} from "./simulator/world.ts";

export type { PostedItem, SimulatedClient } from "./simulator/client.ts";
export type { Item } from "./simulator/events.ts";
export type { Bubble, MessengerSimulatorOptions } from "./simulator/world.ts";

/**
 * Messenger's side of the wire. Deterministic: time and randomness come from the outside, and nothing touches a socket. A
 * fault's `message` may name an error: `10/2018278`.
 */
export interface MessengerSimulator extends Simulator<Bubble, SharedCall, "send", WebhookRecord> {
  readonly pageId: string;
  /** A person on Messenger, created at the first use of the id. */
  person(psid: string): SimulatedClient;
  /** One webhook of the page with these items. */
  post(items: readonly Item[], options?: PostOptions & { readonly standby?: boolean }): Promise<WebhookRecord>;
  /** Sends the same bytes again; `null`: there is no such webhook. */
  repeat(webhookId: number): Promise<WebhookRecord | null>;
  /** Settings of echoes and receipts; may be changed at any time. */
  readonly receipts: ReceiptSettings;
  /** Echoes and delivery marks of the next so many messages never come. */
  loseEchoes(count: number): void;
  /** The messages of the page that the person sees, in order. */
  seenBy(psid: string): readonly Bubble[];
  /** Everybody who was named so far. */
  readonly people: readonly Readonly<Peer>[];
  /** `mark_seen` and `typing_on`, in the order they came. */
  signsFor(psid: string): readonly string[];
  /** False after an hour of failing webhooks: none is sent until `subscribe`. */
  readonly isSubscribed: boolean;
  subscribe(): void;
  /** Options of a channel that uses this simulator at that address. */
  channelOptions(graphBaseUrl: string): MessengerOptions;
}

export function createMessengerSimulator(options: MessengerSimulatorOptions): MessengerSimulator {
  const world = createWorld(options);
  const { webhooks } = world;
  const handle: MessengerSimulator["handle"] = (request) => handleApiCall(world, request);
  return assembleSimulator(
    world,
    { webhooks, handle },
    {
      pageId: options.pageId,
      person: (psid) => createSimulatedClient(world, findOrAddPeer(world, psid)),
      post: (items, how) => postItems(world, items, how),
      repeat: (webhookId) => webhooks.repeat(webhookId),
      receipts: world.receipts,
      loseEchoes: (count) => {
        world.lostEchoes += count;
      },
      seenBy: (psid) => world.bubbles.filter((bubble) => bubble.peerId === psid),
      screenOf: (psid) => ({
        peerId: psid,
        entries: world.screens.entries((one) => one === psid, world.bubbles),
        typingUntil: typingUntil(world, psid),
        isBlocked: world.peers.get(psid)?.blocked === true,
      }),
      get people() {
        return [...world.peers.values()];
      },
      reset: () => resetWorld(world),
      signsFor: (psid) => world.peers.get(psid)?.signs ?? [],
      get isSubscribed() {
        return webhooks.isSubscribed;
      },
      subscribe: () => webhooks.subscribe(),
      channelOptions: (graphBaseUrl) => ({
        appSecret: [options.appSecret],
        pageAccessToken: options.pageAccessToken,
        verifyToken: VERIFY_TOKEN,
        pageId: options.pageId,
        graphBaseUrl,
      }),
    },
  );
}

/** What the simulated app's dashboard has for the webhook's address. */
export const VERIFY_TOKEN = "simulated-verify-token";
