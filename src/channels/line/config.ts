import { Misconfigured } from "../../core/errors.ts";
import { readKey } from "./api/assertion.ts";
import {
  ECONOMY_VARIABLES,
  economyFromEnvironment,
  type LineEconomyOptions,
  type ResolvedEconomy,
  resolveEconomy,
} from "./economy/options.ts";
import { KNOWN_EVENT_TYPES } from "./wire.ts";

export type { ReadMode } from "./economy/options.ts";

/** One LINE channel, as people write it. */
export interface LineOptions extends LineEconomyOptions {
  /** Our name for this LINE channel, in the webhook path, the store and the logs. Default `default`. */
  readonly account?: string;
  /**
   * The channel secrets that a webhook's signature is checked against. One is enough; give the old and the new one
   * while a secret is being rotated.
   */
  readonly channelSecrets: readonly string[];
  /** The long-lived channel access token that calls are made with. Without it: `channelId`. */
  readonly channelAccessToken?: string;
  /** The channel's id. With it tokens are fetched and renewed by the gateway, and `channelAccessToken` is left out. */
  readonly channelId?: string;
  /**
   * The private key of an assertion signing key, as JWK in JSON with its `kid`: tokens are then asked for with it.
   * Default: they are asked for with the channel secret.
   */
  readonly assertionKey?: string;
  /**
   * What is fetched: `stateless` tokens (default), which live 15 minutes and need no room, or `v2.1` ones, of which a
   * channel has 30 and which need the `assertionKey`.
   */
  readonly tokenKind?: TokenKind;
  /** Where calls go. Default `https://api.line.me`; a simulator or a proxy otherwise. */
  readonly apiBaseUrl?: string;
  /** Where the content of images and files is fetched. Default `https://api-data.line.me`. */
  readonly dataApiBaseUrl?: string;
  /**
   * How long a reply token is trusted after its webhook came in, in ms. Default 50 000; 1 000 to 60 000, because LINE
   * vouches for one minute (LINE: "Reply tokens must be used within one minute", Messaging API reference) and what is
   * older proves nothing. Shorter means more paid pushes; longer, more replies that are refused.
   */
  readonly replyTokenTtlMs?: number;
  /**
   * The event types that open a turn; all others are stored and visible. Default `message`, `postback`, `follow`, `join`.
   */
  readonly turnEvents?: readonly string[];
  /**
   * Which messages of a group or room are for the bot. `every` (default); `mention`: those that mention it;
   * `mention-or-all`: those that mention everybody, too. The others come along with its next turn, to read.
   */
  readonly groupTrigger?: GroupTrigger;
  /** A beginning that makes a group's message one for the bot, mentioned or not: `!shop`. Default: none. */
  readonly groupPrefix?: string | null;
  /** The bot's own user id (`U…`): a webhook whose `destination` is another bot is refused. Default: it isn't looked at. */
  readonly botUserId?: string | null;
  /**
   * How long an answer may take once the request is on its way, in ms. Default 10 000, at least 100. Past it nobody
   * knows whether LINE has the message, and the same request is made again.
   */
  readonly sendTimeoutMs?: number;
  /** How long opening a connection may take, TLS included, in ms. Default 3 000, at least 100. */
  readonly connectTimeoutMs?: number;
}

export const GROUP_TRIGGERS = ["every", "mention", "mention-or-all"] as const;
export type GroupTrigger = (typeof GROUP_TRIGGERS)[number];

const TURN_EVENTS = ["message", "postback", "follow", "join"] as const;

export const TOKEN_KINDS = ["stateless", "v2.1"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** How tokens are fetched. */
export interface IssuedTokenOptions {
  readonly channelId: string;
  readonly channelSecret: string;
  readonly assertionKey: string | null;
  readonly tokenKind: TokenKind;
}

type Credentials = "channelAccessToken" | "channelId" | "assertionKey" | "tokenKind";

export interface ResolvedLineOptions
  extends Required<Omit<LineOptions, Credentials | keyof LineEconomyOptions>>,
    ResolvedEconomy {
  /** A token as given, or how to get one. */
  readonly access: string | IssuedTokenOptions;
  /** A token this close to its end (ms) is not started with any more: 5 s, or a tenth of a short life. */
  readonly tokenMarginMs: number;
}

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveLineOptions(options: LineOptions): ResolvedLineOptions {
  const replyTokenTtlMs = wholeMs("replyTokenTtlMs", options.replyTokenTtlMs ?? 50_000, 1_000, 60_000);
  if (!Array.isArray(options.channelSecrets) || options.channelSecrets.length === 0) {
    throw new Misconfigured("channelSecrets is empty; allowed: at least one channel secret");
  }
  return Object.freeze({
    ...resolveEconomy(options),
    account: accountName(options.account ?? "default"),
    channelSecrets: Object.freeze(
      options.channelSecrets.map((secret, index) => secretWord(`channelSecrets[${index}]`, secret)),
    ),
    access: accessOptions(options),
    apiBaseUrl: baseUrl("apiBaseUrl", options.apiBaseUrl ?? "https://api.line.me"),
    dataApiBaseUrl: baseUrl("dataApiBaseUrl", options.dataApiBaseUrl ?? "https://api-data.line.me"),
    replyTokenTtlMs,
    tokenMarginMs: Math.min(5_000, Math.floor(replyTokenTtlMs / 10)),
    sendTimeoutMs: wholeMs("sendTimeoutMs", options.sendTimeoutMs ?? 10_000, 100, 300_000),
    ...groupOptions(options),
    turnEvents: Object.freeze((options.turnEvents ?? TURN_EVENTS).map((type) => eventType("turnEvents", type))),
    botUserId: options.botUserId === undefined || options.botUserId === null ? null : userId(options.botUserId),
    connectTimeoutMs: wholeMs("connectTimeoutMs", options.connectTimeoutMs ?? 3_000, 100, 60_000),
  });
}

/** The variables that `lineFromEnvironment` knows. */
export const LINE_VARIABLES = [
  "LINE_CHANNEL_SECRET",
  "LINE_CHANNEL_ACCESS_TOKEN",
  "LINE_CHANNEL_ID",
  "LINE_ASSERTION_KEY",
  "LINE_TOKEN_KIND",
  "LINE_ACCOUNTS",
  "LINE_BOT_USER_ID",
  "LINE_TURN_EVENTS",
  "LINE_GROUP_TRIGGER",
  "LINE_GROUP_PREFIX",
  "LINE_API_BASE_URL",
  "LINE_DATA_API_BASE_URL",
  "LINE_REPLY_TOKEN_TTL_MS",
  ...ECONOMY_VARIABLES,
] as const;

/**
 * The LINE channel that the environment describes; `null` when it describes none. Values are trimmed, and an empty one
 * counts as absent. Throws `Misconfigured` and names the variable when only one of secret and token is there, or when
 * a value isn't what it should be.
 */
export function lineFromEnvironment(variables: Readonly<Record<string, string | undefined>>): LineOptions | null {
  const read = (name: string) => variables[name]?.trim() || undefined;
  const secrets = read("LINE_CHANNEL_SECRET");
  const token = read("LINE_CHANNEL_ACCESS_TOKEN");
  const channelId = read("LINE_CHANNEL_ID");
  if (secrets === undefined && token === undefined && channelId === undefined) return null;
  if (secrets === undefined) {
    const there = token === undefined ? "LINE_CHANNEL_ID" : "LINE_CHANNEL_ACCESS_TOKEN";
    throw new Misconfigured(`LINE_CHANNEL_SECRET is not set, ${there} is`);
  }
  if (token === undefined && channelId === undefined) {
    throw new Misconfigured("LINE_CHANNEL_ACCESS_TOKEN is not set, LINE_CHANNEL_SECRET is");
  }
  if (token !== undefined && channelId !== undefined) {
    throw new Misconfigured("LINE_CHANNEL_ACCESS_TOKEN and LINE_CHANNEL_ID are set; allowed: one of them");
  }
  const assertionKey = read("LINE_ASSERTION_KEY");
  const tokenKind = read("LINE_TOKEN_KIND");
  const botUserId = read("LINE_BOT_USER_ID");
  return {
    ...lineShared(variables),
    channelSecrets: secrets.split(",").map((secret) => secretWord("LINE_CHANNEL_SECRET", secret.trim())),
    ...(token === undefined ? {} : { channelAccessToken: secretWord("LINE_CHANNEL_ACCESS_TOKEN", token) }),
    ...(channelId === undefined ? {} : { channelId }),
    ...(assertionKey === undefined ? {} : { assertionKey }),
    ...(tokenKind === undefined ? {} : { tokenKind: oneOf("LINE_TOKEN_KIND", tokenKind, TOKEN_KINDS) }),
    ...(botUserId === undefined ? {} : { botUserId: userId(botUserId) }),
  };
}

/** What all LINE channels of the environment share. */
export function lineShared(
  variables: Readonly<Record<string, string | undefined>>,
): Omit<LineOptions, "channelSecrets"> {
  const read = (name: string) => variables[name]?.trim() || undefined;
  const apiUrl = read("LINE_API_BASE_URL");
  const dataApiUrl = read("LINE_DATA_API_BASE_URL");
  const ttl = read("LINE_REPLY_TOKEN_TTL_MS");
  const turnEvents = read("LINE_TURN_EVENTS")?.split(",");
  const groupTrigger = read("LINE_GROUP_TRIGGER");
  const groupPrefix = read("LINE_GROUP_PREFIX");
  return {
    ...economyFromEnvironment(read),
    ...(apiUrl === undefined ? {} : { apiBaseUrl: baseUrl("LINE_API_BASE_URL", apiUrl) }),
    ...(dataApiUrl === undefined ? {} : { dataApiBaseUrl: baseUrl("LINE_DATA_API_BASE_URL", dataApiUrl) }),
    ...(ttl === undefined ? {} : { replyTokenTtlMs: wholeMs("LINE_REPLY_TOKEN_TTL_MS", ttl, 1_000, 60_000) }),
    ...(turnEvents && { turnEvents: turnEvents.map((type) => eventType("LINE_TURN_EVENTS", type.trim())) }),
    ...(groupTrigger && { groupTrigger: oneOf("LINE_GROUP_TRIGGER", groupTrigger, GROUP_TRIGGERS) }),
    ...(groupPrefix && { groupPrefix }),
  };
}

function oneOf<const T extends string>(field: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Misconfigured(`${field} is ${shown(value)}; allowed: ${allowed.join(", ")}`);
  return found;
}

function accessOptions(options: LineOptions): string | IssuedTokenOptions {
  const { channelAccessToken, channelId, assertionKey = null, tokenKind = "stateless" } = options;
  if ((channelAccessToken === undefined) === (channelId === undefined)) {
    throw new Misconfigured(
      "give either channelAccessToken or channelId: with the id tokens are fetched by the gateway",
    );
  }
  if (channelId === undefined) return secretWord("channelAccessToken", channelAccessToken);
  if (!/^\d{1,20}$/.test(channelId)) throw new Misconfigured("channelId has odd characters; allowed: its digits");
  if (!TOKEN_KINDS.includes(tokenKind) || (tokenKind === "v2.1" && assertionKey === null)) {
    throw new Misconfigured(`tokenKind is ${shown(tokenKind)}; allowed: stateless, or v2.1 with an assertionKey`);
  }
  if (assertionKey !== null && !isSigningKey(assertionKey)) {
    throw new Misconfigured("assertionKey can't be read; allowed: a private RSA key as JWK in JSON, with its kid");
  }
  return {
    channelId,
    channelSecret: secretWord("channelSecrets[0]", options.channelSecrets[0]),
    assertionKey,
    tokenKind,
  };
}

function isSigningKey(jwk: string): boolean {
  try {
    return readKey(jwk) !== null;
  } catch {
    // Its own words may hold a part of the key.
    return false;
  }
}

function groupOptions({ groupTrigger = "every", groupPrefix = null }: LineOptions) {
  if (!GROUP_TRIGGERS.includes(groupTrigger)) {
    throw new Misconfigured(`groupTrigger is ${shown(groupTrigger)}; allowed: ${GROUP_TRIGGERS.join(", ")}`);
  }
  if (groupPrefix !== null && (groupTrigger === "every" || groupPrefix.trim() === "")) {
    throw new Misconfigured(
      `groupPrefix is ${shown(groupPrefix)}, groupTrigger is ${groupTrigger}; allowed: a text, with mention or mention-or-all`,
    );
  }
  return { groupTrigger, groupPrefix: groupPrefix?.trim() ?? null };
}

function eventType(field: string, type: unknown): string {
  if (typeof type === "string" && KNOWN_EVENT_TYPES.has(type)) return type;
  throw new Misconfigured(`${field} has ${shown(type)}; allowed: ${[...KNOWN_EVENT_TYPES].join(", ")}`);
}

function userId(value: unknown): string {
  if (typeof value === "string" && /^U[0-9a-f]{32}$/.test(value)) return value;
  throw new Misconfigured(`botUserId is ${shown(value)}; allowed: U and 32 hexadecimal digits`);
}

function wholeMs(field: string, value: unknown, least: number, most: number): number {
  // Not Number(text) alone: it takes "", "0x10" and "1e3" for numbers.
  const ms = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  if (typeof ms === "number" && Number.isInteger(ms) && ms >= least && ms <= most) return ms;
  throw new Misconfigured(`${field} is ${shown(value)}; allowed: whole milliseconds from ${least} to ${most}`);
}

function accountName(value: unknown): string {
  // It is a part of a URL path and of log lines.
  if (typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(value)) return value;
  throw new Misconfigured(`account is ${shown(value)}; allowed: 1 to 64 of A-Z a-z 0-9 . _ -, a letter or digit first`);
}

function baseUrl(field: string, value: unknown): string {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  const isPlain = url !== null && url.username === "" && url.password === "" && url.search === "" && url.hash === "";
  if (isPlain && (url.protocol === "https:" || url.protocol === "http:")) return url.href.replace(/\/+$/, "");
  // A URL may carry a password, so a malformed one is not repeated.
  throw new Misconfigured(`${field} can't be used; allowed: an http or https URL without user, query and fragment`);
}

function secretWord(field: string, value: unknown): string {
  if (typeof value === "string" && /^[\x21-\x7e]+$/.test(value)) return value;
  const problem = typeof value !== "string" ? "is not a text" : value === "" ? "is empty" : "has odd characters";
  throw new Misconfigured(`${field} ${problem}; allowed: printable ASCII without spaces`);
}

function shown(value: unknown): string {
  return String(JSON.stringify(value)).slice(0, 80);
}
