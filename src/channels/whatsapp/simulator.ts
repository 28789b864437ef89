import { MetaWebhooks, type WebhookRecord } from "../meta/simulator/webhooks.ts";
import type { SharedCall } from "../simulation/calls.ts";
import type { PostOptions } from "../simulation/webhooks.ts";
import { assembleSimulator, type Simulator } from "../simulation/world.ts";
import type { WhatsAppOptions } from "./config.ts";
import { handleApiCall } from "./simulator/api.ts";
import { createSimulatedClient, type SimulatedClient } from "./simulator/client.ts";
import {
  type Bubble,
  createWorld,
  DISPLAY_NUMBER,
  findOrAddPeer,
  type Peer,
  resetWorld,
  type SimulatedRoute,
  type StatusSettings,
  typingUntil,
  type WhatsAppSimulatorOptions,
  type World,
} from "./simulator/world.ts";

export type { PostedMessage, SimulatedClient } from "./simulator/client.ts";
export type { Bubble, StatusSettings, WhatsAppSimulatorOptions } from "./simulator/world.ts";

/**
 * WhatsApp's side of the wire. Deterministic: time and randomness come from the outside, and nothing touches a socket. A
 * fault's `message` may name Graph's code: `131056`.
 */
export interface WhatsAppSimulator extends Simulator<Bubble, SharedCall, SimulatedRoute, WebhookRecord> {
  readonly phoneNumberId: string;
  /** By number, or by user id for one who tells no number. They come into being when they are first named. */
  person(id: string): SimulatedClient;
  /** A webhook with one change, as it stands: for what no method here makes. */
  post(field: string, value: Readonly<Record<string, unknown>>, options?: PostOptions): Promise<WebhookRecord>;
  /** Sends the same bytes again; `null`: there is no such webhook. */
  repeat(webhookId: number): Promise<WebhookRecord | null>;
  /** Settings of the statuses; may be changed at any time. */
  readonly statuses: StatusSettings;
  /** The next accepted messages fail afterwards, each with the first of these codes; add to them, or take them away. */
  readonly failingCodes: number[];
  /** Templates that are paused or gone, with the code that says so. */
  readonly refusedTemplates: Map<string, number>;
  /** Links from which nothing can be fetched: such a message fails after it was accepted. */
  readonly brokenLinks: Set<string>;
  /** What stands on that person's or group's screen from us, in order, by the ids that it was sent to. */
  seenBy(...peerIds: readonly string[]): readonly Bubble[];
  /** Everybody who was named so far. */
  readonly people: readonly Readonly<Peer>[];
  /** Messages of people that are marked as read. */
  readonly read: ReadonlySet<string>;
  /** Options of a channel that uses this simulator at that address. */
  channelOptions(graphBaseUrl: string): WhatsAppOptions;
}

export const VERIFY_TOKEN = "simulated-verify-token";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** "With decreasing frequency for up to 7 days" (Cloud API: Webhooks); how often, WhatsApp doesn't say. */
const RETRY_DELAYS_MS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  HOUR,
  3 * HOUR,
  6 * HOUR,
  12 * HOUR,
  ...Array.from({ length: 6 }, () => 24 * HOUR),
];

export function createWhatsAppSimulator(options: WhatsAppSimulatorOptions): WhatsAppSimulator {
  const world = createWorld(options);
  const webhooks = new MetaWebhooks(world, {
    timeoutMs: options.webhookTimeoutMs ?? 10 * SECOND,
    retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
    unsubscribeAfterMs: null,
  });
  world.post = poster(world, webhooks);
  const handle: WhatsAppSimulator["handle"] = (request) => handleApiCall(world, request);
  return assembleSimulator(
    world,
    { webhooks, handle },
    {
      phoneNumberId: world.phoneNumberId,
      person: (id) => createSimulatedClient(world, findOrAddPeer(world, id)),
      post: (field, value, posting) => world.post(field, value, posting),
      repeat: (webhookId) => webhooks.repeat(webhookId),
      statuses: world.statuses,
      failingCodes: world.failingCodes,
      refusedTemplates: world.refusedTemplates,
      brokenLinks: world.brokenLinks,
      seenBy: (...peerIds) => world.bubbles.filter((bubble) => peerIds.some((peerId) => isTo(bubble, peerId))),
      screenOf: (peerId) => ({
        peerId,
        entries: world.screens.entries((one) => isSame(world, one, peerId), world.bubbles),
        typingUntil: typingUntil(world, world.peers.get(peerId)),
        isBlocked: world.peers.get(peerId)?.isGone === true,
      }),
      get people() {
        // Each is there by a number and by a user id.
        return [...new Set(world.peers.values())].map((peer) => ({ ...peer, typingUntil: typingUntil(world, peer) }));
      },
      reset: () => resetWorld(world),
      read: world.read,
      channelOptions: (graphBaseUrl) => ({
        appSecret: [options.appSecret],
        accessToken: options.accessToken,
        verifyToken: VERIFY_TOKEN,
        phoneNumberId: world.phoneNumberId,
        graphBaseUrl,
      }),
    },
  );
}

function isTo(bubble: Bubble, peerId: string): boolean {
  return withoutPlus(bubble.peerId) === withoutPlus(peerId);
}

function withoutPlus(peerId: string): string {
  return peerId.replace(/^\+/, "");
}

/** A person has a number and a user id, and is written to by either. */
function isSame({ peers }: World, one: string, other: string): boolean {
  const ids = [one, other].map(withoutPlus);
  const [first, second] = ids.map((id) => peers.get(id) ?? id);
  return first === second;
}

/** One change in an envelope of its own, posted at once or, with jitter, a little later than it was made. */
function poster(world: World, webhooks: MetaWebhooks): World["post"] {
  const { options, phoneNumberId, pending } = world;
  return async (field, value, posting) => {
    const metadata = { display_phone_number: DISPLAY_NUMBER, phone_number_id: phoneNumberId };
    const change = { field, value: { messaging_product: "whatsapp", metadata, ...value } };
    const { jitterMs = 0 } = options;
    if (jitterMs > 0) await pending.pause(Math.floor(options.random.fraction() * jitterMs));
    return await webhooks.post(
      { object: "whatsapp_business_account", entry: [{ id: WABA_ID, changes: [change] }] },
      posting,
    );
  };
}

const WABA_ID = "102290000000001";
