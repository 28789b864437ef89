import type { Clock } from "../../../runtime/clock.ts";
import type { Random } from "../../../runtime/random.ts";
import type { PostOptions, WebhookRecord } from "../../meta/simulator/webhooks.ts";
import { Faults } from "../../simulation/faults.ts";
import type { DeliverWebhook } from "../../simulation/platform.ts";

export interface WhatsAppSimulatorOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Webhooks are signed with it, and it proves calls. */
  readonly appSecret: string;
  /** Calls must carry it. */
  readonly accessToken: string;
  readonly deliver: DeliverWebhook;
  /** Default `106540000000001`. */
  readonly phoneNumberId?: string;
  readonly webhookUrl?: string | null;
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

/** What becomes of the statuses of accepted messages. */
export interface StatusSettings {
  /** None is sent at all. */
  isOff: boolean;
  /** After the message was accepted, in ms. Default 200. */
  delayMs: number;
  /** The person reads it so long after it arrived (ms); `null`, the default: not at all. */
  readAfterMs: number | null;
  /** Of each status, how probably it is lost. Default 0. */
  loss: number;
  /** How probably `delivered` is left out before `read`. Default 0. */
  skipDelivered: number;
  /** Each comes up to this much later (ms), so that they overtake each other. Default 0. */
  jitterMs: number;
  /** How probably each comes twice. Default 0. */
  twice: number;
}

/** Somebody with WhatsApp. */
export interface Peer {
  readonly name: string;
  waId: string;
  userId: string;
  /** With a username the number is not told to a business that hasn't met it for 30 days. */
  hidesNumber: boolean;
  /** Blocked the business, or has no WhatsApp any more: messages are accepted and fail. */
  isGone: boolean;
  lastWroteAt: number | null;
  /** The pair's bucket: how many may be sent now. */
  allowance: { count: number; at: number } | null;
}

/** What one person or group saw. */
export interface Bubble {
  readonly at: number;
  readonly peerId: string;
  readonly route: "session" | "template";
  /** The words that are seen; `null` for what has none. */
  readonly text: string | null;
  readonly message: Readonly<Record<string, unknown>>;
  readonly messageId: string;
  readonly callbackData: string | null;
}

export interface ApiCall {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  readonly body: string;
  /** What went back; `null` while it has not. */
  readonly status: number | "disconnect" | null;
  readonly response: string | null;
  /** This call's message was accepted by it, whatever went back. */
  readonly accepted: boolean;
}

export interface StoredMedia {
  readonly content: string;
  readonly mimeType: string;
}

export type SimulatedRoute = "send" | "read" | "media";

/** Everything that WhatsApp knows. The two sides of the wire work on it. */
export interface World {
  readonly options: WhatsAppSimulatorOptions;
  readonly clock: Clock;
  readonly ids: ReturnType<typeof createIds>;
  readonly phoneNumberId: string;
  readonly statuses: StatusSettings;
  /** By every id that the person has or had. */
  readonly peers: Map<string, Peer>;
  readonly bubbles: Bubble[];
  readonly calls: ApiCall[];
  readonly media: Map<string, StoredMedia>;
  /** Messages of people, which can be marked as read. */
  readonly inbound: Set<string>;
  readonly read: Set<string>;
  readonly faults: Faults<SimulatedRoute>;
  /** Codes with which the next accepted messages fail. */
  readonly failingCodes: number[];
  /** When the last messages were accepted (ms), for the number's own rate. */
  readonly accepted: number[];
  readonly closing: AbortController;
  /** Posts a webhook with this one change. Set by whoever sends. */
  post: (field: string, value: Readonly<Record<string, unknown>>, options?: PostOptions) => Promise<WebhookRecord>;
  webhookUrl: string | null;
}

export const DISPLAY_NUMBER = "15550009999";

export function createWorld(options: WhatsAppSimulatorOptions): World {
  return {
    options,
    clock: options.clock,
    ids: createIds(options.random),
    phoneNumberId: options.phoneNumberId ?? "106540000000001",
    statuses: {
      isOff: false,
      delayMs: 200,
      readAfterMs: null,
      loss: 0,
      skipDelivered: 0,
      jitterMs: 0,
      twice: 0,
      ...options.statuses,
    },
    peers: new Map(),
    bubbles: [],
    calls: [],
    media: new Map(),
    inbound: new Set(),
    read: new Set(),
    faults: new Faults(),
    failingCodes: [],
    accepted: [],
    closing: new AbortController(),
    post: () => Promise.reject(new Error("nobody sends webhooks yet")),
    webhookUrl: options.webhookUrl ?? null,
  };
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
    lastWroteAt: null,
    allowance: null,
  };
  world.peers.set(peer.waId, peer);
  world.peers.set(peer.userId, peer);
  return peer;
}

/** Ids in WhatsApp's forms, drawn by `random`. A counter in each keeps them apart whatever the random source says. */
function createIds(random: Random) {
  let count = 0;
  const draw = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet.charAt(Math.floor(random.fraction() * alphabet.length))).join("");
  const numbered = (length: number) => {
    count += 1;
    return draw("0123456789", length - 8) + String(count).padStart(8, "0");
  };
  return {
    messageId: () => `wamid.HBgL${Buffer.from(numbered(24)).toString("base64")}`,
    mediaId: () => `1${numbered(15)}`,
    userId: () => `US.1${numbered(19)}`,
    number: () => `1555${numbered(10)}`,
    traceId: () => `A${numbered(20)}`,
  };
}
