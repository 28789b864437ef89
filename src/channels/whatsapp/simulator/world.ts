import type { Random } from "../../../runtime/random.ts";
import { RECEIPTS, type ReceiptSettings } from "../../meta/simulator/receipts.ts";
import type { WebhookRecord } from "../../meta/simulator/webhooks.ts";
import type { OpenCall } from "../../simulation/calls.ts";
import type { PostOptions } from "../../simulation/webhooks.ts";
import {
  idSource,
  type SharedBubble,
  type SharedOptions,
  type SharedWorld,
  sharedWorld,
} from "../../simulation/world.ts";

export interface WhatsAppSimulatorOptions extends SharedOptions {
  /** Webhooks are signed with it, and it proves calls. */
  readonly appSecret: string;
  /** Calls must carry it. */
  readonly accessToken: string;
  /** Default `106540000000001`. */
  readonly phoneNumberId?: string;
  /** How long a webhook may take (ms); WhatsApp names no time. Default 10 000. */
  readonly webhookTimeoutMs?: number;
  /** Waits between the copies of a webhook that got no 200 (ms). Default: growing, up to 7 days in all. */
  readonly retryDelaysMs?: readonly number[];
  /** Webhooks leave up to this long (ms) after they were made, so that they overtake each other. Default 0. */
  readonly jitterMs?: number;
  readonly statuses?: Partial<StatusSettings>;
  /** Accepted messages arrive up to this much later (ms), so that they overtake each other. Default 0. */
  readonly arrivalMs?: number;
  /** Messages to one person: one in `everyMs`, after a burst of `burst` (Cloud API: Throughput). Default 45, 6 000. */
  readonly pairRate?: { readonly burst: number; readonly everyMs: number };
  /** Messages a second of this number (Cloud API: Throughput). Default 80. */
  readonly messagesPerSecond?: number;
}

/** Settings of the statuses of accepted messages. */
export interface StatusSettings extends ReceiptSettings {
  /** How probably `delivered` is left out before `read`. Default 0. */
  skipDelivered: number;
}

/** State of one person. */
export interface Peer {
  readonly name: string;
  waId: string;
  userId: string;
  /** With a username the number is not told to a business that hasn't met it for 30 days. */
  hidesNumber: boolean;
  /** Blocked the business, or has no WhatsApp any more: messages are accepted and fail. */
  isGone: boolean;
  /** When they last wrote or called; `null`: never. */
  lastActAt: number | null;
  /** Until when (epoch ms) the chat shows that the business is typing; `null`: it isn't. */
  typingUntil: number | null;
  /** The pair's bucket: how many may be sent now. */
  allowance: { count: number; at: number } | null;
}

export interface Bubble extends SharedBubble {
  readonly route: "session" | "template";
  readonly callbackData: string | null;
}

interface StoredMedia {
  readonly content: string;
  readonly mimeType: string;
}

export type SimulatedRoute = "send" | "read" | "media";

/** State of the WhatsApp simulator. */
export interface World extends SharedWorld<WhatsAppSimulatorOptions, Bubble, OpenCall, SimulatedRoute> {
  readonly ids: ReturnType<typeof createIds>;
  readonly phoneNumberId: string;
  readonly statuses: StatusSettings;
  /** By every id that the person has or had. */
  readonly peers: Map<string, Peer>;
  readonly media: Map<string, StoredMedia>;
  /** By `hash`: what the link is to, and until when it works. */
  readonly links: Map<string, { readonly mediaId: string; readonly endsAt: number }>;
  /** Messages of people, which can be marked as read. */
  readonly inbound: Map<string, Peer>;
  readonly read: Set<string>;
  /** Codes with which the next accepted messages fail. */
  readonly failingCodes: number[];
  /** Templates that aren't sent any more, by name, with the code that says why: 132001, 132015, 132016 … */
  readonly refusedTemplates: Map<string, number>;
  /** Links from which no media can be fetched: what has one is accepted, and fails afterwards. */
  readonly brokenLinks: Set<string>;
  /** When the last messages were accepted (ms), for the number's own rate. */
  readonly accepted: number[];
  /** Posts a webhook with this one change. Set by whoever sends. */
  post: (field: string, value: Readonly<Record<string, unknown>>, options?: PostOptions) => Promise<WebhookRecord>;
}

export const DISPLAY_NUMBER = "15550009999";

const STATUSES: StatusSettings = { ...RECEIPTS, delayMs: 200, skipDelivered: 0 };

export function createWorld(options: WhatsAppSimulatorOptions): World {
  return {
    ...sharedWorld(options),
    ids: createIds(options.random),
    phoneNumberId: options.phoneNumberId ?? "106540000000001",
    statuses: { ...STATUSES, ...options.statuses },
    peers: new Map(),
    media: new Map(),
    links: new Map(),
    inbound: new Map(),
    read: new Set(),
    failingCodes: [],
    refusedTemplates: new Map(),
    brokenLinks: new Set(),
    accepted: [],
    post: () => Promise.reject(new Error("nobody sends webhooks yet")),
  };
}

/** Faults, statuses, codes, templates and links as they were at the start. People and their screens stay. */
export function resetWorld(world: World): void {
  world.faults.clear();
  Object.assign(world.statuses, STATUSES, world.options.statuses);
  world.failingCodes.length = 0;
  world.refusedTemplates.clear();
  world.brokenLinks.clear();
}

/** The person with that number or user id; they come into being when they are first named. */
export function findOrAddPeer(world: World, id: string): Peer {
  const known = world.peers.get(id);
  if (known !== undefined) return known;
  const isUserId = /^[A-Z]{2}\./.test(id);
  const peer: Peer = {
    name: `Person ${id.slice(-4)}`,
    waId: isUserId ? world.ids.number() : id,
    userId: isUserId ? id : world.ids.userId(),
    hidesNumber: isUserId,
    isGone: false,
    lastActAt: null,
    typingUntil: null,
    allowance: null,
  };
  world.peers.set(peer.waId, peer);
  world.peers.set(peer.userId, peer);
  return peer;
}

/** Until when (epoch ms) that person sees the business typing; `null`: they don't. */
export function typingUntil({ clock }: World, peer: Pick<Peer, "typingUntil"> | undefined): number | null {
  const until = peer?.typingUntil ?? 0;
  return until > clock.now() ? until : null;
}

/** Ids in WhatsApp's forms. */
function createIds(random: Random) {
  const { count, draw } = idSource(random);
  const numbered = (length: number) => draw("0123456789", length - 8) + String(count()).padStart(8, "0");
  return {
    messageId: () => `wamid.HBgL${Buffer.from(numbered(24)).toString("base64")}`,
    mediaId: () => `1${numbered(15)}`,
    userId: () => `US.1${numbered(19)}`,
    number: () => `1555${numbered(10)}`,
    traceId: () => `A${numbered(20)}`,
  };
}
