import type { Random } from "../../../runtime/random.ts";
import type { SharedCall } from "../../simulation/calls.ts";
import { Faults } from "../../simulation/faults.ts";
import {
  idSource,
  type SharedBubble,
  type SharedOptions,
  type SharedWorld,
  sharedWorld,
} from "../../simulation/world.ts";

export interface LineSimulatorOptions extends SharedOptions {
  /** Webhooks are signed with it. */
  readonly channelSecret: string;
  /** Calls must carry it, or a token that was issued. */
  readonly channelAccessToken: string;
  /** The channel's id, for those who ask for tokens. Default `1234567890`. */
  readonly channelId?: string;
  /** The public key that was registered for assertions, as JWK with its `kid`. Default: none, and no assertion is good. */
  readonly assertionKey?: Readonly<Record<string, unknown>>;
  /** `destination` of every webhook. Default: U and 32 digits. */
  readonly botUserId?: string;
  /**
   * How a webhook without a 2xx in time is sent again. LINE switches it off by default and names neither number nor
   * interval (LINE: Redelivering webhooks). Default: count 0, every 60 000 ms; 2 000 ms is LINE's time limit.
   */
  readonly redelivery?: { readonly count?: number; readonly intervalMs?: number; readonly timeoutMs?: number };
  /** Life of a reply token from its newest copy's delivery, in ms. Default 60 000. */
  readonly tokenLifeMs?: number;
  /** Paid messages of the month; `null`, the default, for no limit. */
  readonly quota?: number | null;
  /** A reply that is refused for its content spends its token. LINE doesn't say; default false. */
  readonly rejectedReplySpendsToken?: boolean;
  /** A push to somebody who was never seen: shown as to a friend (default), or `400 Failed to send messages`. */
  readonly strangers?: "friends" | "refused";
  /** Whether LINE marks messages as read by itself, as it does with "Chat" off. Default `auto`. */
  readonly markAsReadMode?: "auto" | "manual";
  /** Webhook bodies with odd white space and fields that nobody has heard of. Default false. */
  readonly oddBodies?: boolean;
}

export interface Bubble extends SharedBubble {
  readonly route: "reply" | "push";
  /** The call that brought it. */
  readonly requestId: string;
  readonly retryKey: string | null;
  readonly replyToken: string | null;
}

export interface ApiCall extends SharedCall {
  readonly requestId: string;
  readonly retryKey: string | null;
}

/** State of one person, group or room. */
export interface Peer {
  readonly peerId: string;
  readonly kind: "user" | "group" | "room";
  readonly members: Set<string>;
  blocked: boolean;
}

export interface ReplyToken {
  readonly peerId: string;
  readonly eventAt: number;
  /** When the newest copy was delivered; `null` while every copy was lost. */
  deliveredAt: number | null;
  spent: boolean;
}

export interface SentMessage {
  readonly id: string;
  readonly quoteToken?: string;
}

interface AcceptedPush {
  readonly at: number;
  readonly requestId: string;
  readonly sentMessages: readonly SentMessage[];
}

/** What was sent as a picture, film, sound or file. */
export interface StoredContent {
  readonly type: string;
  readonly bytes: Uint8Array;
  /** Films are prepared for a while; after some time everything is deleted (LINE: Get content). */
  readonly state: "ready" | "preparing" | "gone";
}

/** What a fault can be asked for. */
export type FaultRoute = "reply" | "push" | "content" | "profile" | "info" | "token";
/** Calls beside the sending of messages. */
const ROUTES_APART = ["content", "profile", "info", "token"] as const;

/** State of the LINE simulator. Shared by its webhooks and its API. */
export interface World extends SharedWorld<LineSimulatorOptions, Bubble, ApiCall, FaultRoute> {
  readonly ids: ReturnType<typeof createIds>;
  readonly botUserId: string;
  readonly peers: Map<string, Peer>;
  readonly tokens: Map<string, ReplyToken>;
  /** Life of a reply token from its newest copy's delivery, in ms. */
  tokenLifeMs: number;
  /** Mark-as-read tokens, with the message of each. */
  readonly markAsReadTokens: Map<string, { readonly peerId: string; readonly messageId: string }>;
  readonly retryKeys: Map<string, AcceptedPush>;
  readonly contents: Map<string, StoredContent>;
  /** Issued tokens and when they end. */
  readonly issuedTokens: Map<string, number>;
  /** Typing indicators, read marks and reads. */
  readonly besideCalls: ApiCall[];
  readonly besideFaults: Faults<"beside">;
  /** Until when a person's chat shows the loading animation. */
  readonly loading: Map<string, number>;
  /** Mark-as-read tokens that were used. */
  readonly readTokens: Set<string>;
  readonly quota: { limit: number | null; used: number };
  /** The console's switch "Use webhook", as the API tells of it. People's messages are posted all the same. */
  isWebhookOn: boolean;
}

/** LINE: "must be used within one minute after receiving the webhook" (Messaging API reference, "Reply token"). */
const TOKEN_LIFE_MS = 60_000;

export function createWorld(options: LineSimulatorOptions): World {
  return {
    ...sharedWorld(options, ROUTES_APART),
    ids: createIds(options.random),
    botUserId: options.botUserId ?? `U${"b07".padEnd(32, "0")}`,
    peers: new Map(),
    tokens: new Map(),
    tokenLifeMs: options.tokenLifeMs ?? TOKEN_LIFE_MS,
    markAsReadTokens: new Map(),
    retryKeys: new Map(),
    contents: new Map(),
    issuedTokens: new Map(),
    besideCalls: [],
    besideFaults: new Faults(),
    loading: new Map(),
    readTokens: new Set(),
    quota: { limit: options.quota ?? null, used: 0 },
    isWebhookOn: true,
  };
}

/** Faults, quota and the life of reply tokens as they were at the start. People and their screens stay. */
export function resetWorld(world: World): void {
  const { options, quota } = world;
  world.faults.clear();
  world.besideFaults.clear();
  quota.limit = options.quota ?? null;
  quota.used = 0;
  world.tokenLifeMs = options.tokenLifeMs ?? TOKEN_LIFE_MS;
  world.isWebhookOn = true;
}

/** Unspent reply tokens are good no more: all, or those of one person, group or room. */
export function expireReplyTokens({ tokens }: World, peerId: string | null): number {
  const expired = [...tokens.values()].filter((token) => !token.spent && (peerId ?? token.peerId) === token.peerId);
  for (const token of expired) token.spent = true;
  return expired.length;
}

/** Someone or somewhere, for the views. */
export interface KnownPeer {
  readonly peerId: string;
  readonly kind: Peer["kind"];
  readonly members: readonly string[];
  readonly isBlocked: boolean;
  /** Until when (epoch ms) the chat shows the loading animation; `null`: it doesn't. */
  readonly loadingUntil: number | null;
}

export function knownPeers(world: World): readonly KnownPeer[] {
  return [...world.peers.values()].map(({ peerId, kind, members, blocked }) => ({
    peerId,
    kind,
    members: kind === "user" ? [] : [...members],
    isBlocked: blocked,
    loadingUntil: loadingUntil(world, peerId),
  }));
}

/** Until when (epoch ms) that chat shows the loading animation; `null`: it doesn't. */
export function loadingUntil({ loading, clock }: World, peerId: string): number | null {
  const until = loading.get(peerId) ?? 0;
  return until > clock.now() ? until : null;
}

/** As the API tells a person's name. */
export function displayNameOf(userId: string): string {
  return `Person ${userId}`;
}

/** The peer of that id; it comes into being when it is first named. */
export function findOrAddPeer(world: World, peerId: string, kind: Peer["kind"]): Peer {
  const known = world.peers.get(peerId);
  if (known !== undefined) return known;
  const peer: Peer = { peerId, kind, members: new Set(kind === "user" ? [peerId] : []), blocked: false };
  world.peers.set(peerId, peer);
  return peer;
}

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** Ids in LINE's forms. */
function createIds(random: Random) {
  const { count, draw } = idSource(random);
  const numbered = (alphabet: string, length: number) =>
    draw(alphabet, length - 6) + count().toString(16).padStart(6, "0").slice(-6);
  return {
    token: () => numbered("0123456789abcdef", 32),
    requestId: () => numbered("0123456789abcdef", 32).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-"),
    /** Decimal, and growing as LINE's do. */
    messageId: () => `5${String(count()).padStart(11, "0")}${draw("0123456789", 6)}`,
    /** A ULID: 10 characters of time, 16 of randomness. */
    eventId: (now: number) => {
      let time = "";
      for (let rest = now, i = 0; i < 10; i += 1, rest = Math.floor(rest / 32))
        time = CROCKFORD.charAt(rest % 32) + time;
      return time + numbered(CROCKFORD, 16).toUpperCase();
    },
  };
}
