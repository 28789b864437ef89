import { RECEIPTS, type ReceiptSettings } from "../../meta/simulator/receipts.ts";
import { MetaWebhooks } from "../../meta/simulator/webhooks.ts";
import type { OpenCall } from "../../simulation/calls.ts";
import {
  idSource,
  type SharedBubble,
  type SharedOptions,
  type SharedWorld,
  sharedWorld,
} from "../../simulation/world.ts";

export interface MessengerSimulatorOptions extends SharedOptions {
  readonly appSecret: string;
  readonly pageAccessToken: string;
  readonly pageId: string;
  /** Waits before copies 2, 3, … of a webhook that wasn't answered with 200 (ms). Default: three, at once. */
  readonly retryDelaysMs?: readonly number[];
  /** How long an answer to a webhook may take (ms). Default 5 000. */
  readonly timeoutMs?: number;
  /** When, and whether, echoes and marks come. Default: each at once, and no read marks. */
  readonly receipts?: Partial<ReceiptSettings>;
  /** Stickers as two attachments, as until 2026-08-30. Default false. */
  readonly oldStickers?: boolean;
  /** Calls without `appsecret_proof` are refused. Default false. */
  readonly requireProof?: boolean;
}

export interface Bubble extends SharedBubble {
  readonly metadata: string | null;
}

/** State of one person. */
export interface Peer {
  readonly psid: string;
  /** When they last did something that opens the window; `null`: never. */
  lastActAt: number | null;
  blocked: boolean;
  /** Another app has the conversation. */
  isElsewhere: boolean;
  /** The page is shown as typing, or as having seen it. */
  readonly signs: string[];
  /** Until when (epoch ms) the chat shows that the page is typing; `null`: it was never, or has stopped. */
  typingUntil: number | null;
}

/** State of the Messenger simulator. Shared by its webhooks and its API. */
export interface World extends SharedWorld<MessengerSimulatorOptions, Bubble, OpenCall, "send"> {
  readonly appId: number;
  readonly peers: Map<string, Peer>;
  readonly webhooks: MetaWebhooks;
  readonly receipts: ReceiptSettings;
  /** Echoes of the next so many messages never come. */
  lostEchoes: number;
  /** How often each message was edited, by its id. */
  readonly edits: Map<string, number>;
  readonly newId: (prefix: string) => string;
}

/** Messenger: "we will immediately try a few more times" and "after 1 hour of failing the app is unsubscribed". */
const RETRY_DELAYS_MS = [0, 0, 0];
const UNSUBSCRIBE_AFTER_MS = 60 * 60_000;

export function createWorld(options: MessengerSimulatorOptions): World {
  const shared = sharedWorld<MessengerSimulatorOptions, Bubble, OpenCall, "send">(options);
  const { count } = idSource(options.random);
  return {
    ...shared,
    appId: 1_517_776_481_860_111,
    peers: new Map(),
    webhooks: new MetaWebhooks(shared, {
      timeoutMs: options.timeoutMs ?? 5_000,
      retryDelaysMs: options.retryDelaysMs ?? RETRY_DELAYS_MS,
      unsubscribeAfterMs: UNSUBSCRIBE_AFTER_MS,
    }),
    receipts: { ...RECEIPTS, ...options.receipts },
    lostEchoes: 0,
    edits: new Map(),
    newId: (prefix) => {
      const drawn = Math.floor(options.random.fraction() * 0x7fffffff).toString(36);
      return `${prefix}${drawn}${String(count()).padStart(6, "0")}`;
    },
  };
}

/** Faults, echoes and receipts as they were at the start, and the app subscribed. People and their screens stay. */
export function resetWorld(world: World): void {
  world.faults.clear();
  world.lostEchoes = 0;
  Object.assign(world.receipts, RECEIPTS, world.options.receipts);
  world.webhooks.subscribe();
}

export function findOrAddPeer(world: World, psid: string): Peer {
  const known = world.peers.get(psid);
  if (known !== undefined) return known;
  const peer: Peer = { psid, lastActAt: null, blocked: false, isElsewhere: false, signs: [], typingUntil: null };
  world.peers.set(psid, peer);
  return peer;
}

/** Until when (epoch ms) that person sees the page typing; `null`: they don't. */
export function typingUntil({ peers, clock }: World, psid: string): number | null {
  const until = peers.get(psid)?.typingUntil ?? 0;
  return until > clock.now() ? until : null;
}
