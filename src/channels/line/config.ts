import { Misconfigured } from "../../core/errors.ts";
import {
  ECONOMY_VARIABLES,
  economyFromEnvironment,
  type LineEconomyOptions,
  type ResolvedEconomy,
  resolveEconomy,
} from "./economy/options.ts";

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
  /** The long-lived or stateless channel access token that calls are made with. */
  readonly channelAccessToken: string;
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
   * How long an answer may take once the request is on its way, in ms. Default 10 000, at least 100. Past it nobody
   * knows whether LINE has the message, and the same request is made again.
   */
  readonly sendTimeoutMs?: number;
  /** How long opening a connection may take, TLS included, in ms. Default 3 000, at least 100. */
  readonly connectTimeoutMs?: number;
}

export interface ResolvedLineOptions extends Required<Omit<LineOptions, keyof LineEconomyOptions>>, ResolvedEconomy {
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
    channelAccessToken: secretWord("channelAccessToken", options.channelAccessToken),
    apiBaseUrl: baseUrl("apiBaseUrl", options.apiBaseUrl ?? "https://api.line.me"),
    dataApiBaseUrl: baseUrl("dataApiBaseUrl", options.dataApiBaseUrl ?? "https://api-data.line.me"),
    replyTokenTtlMs,
    tokenMarginMs: Math.min(5_000, Math.floor(replyTokenTtlMs / 10)),
    sendTimeoutMs: wholeMs("sendTimeoutMs", options.sendTimeoutMs ?? 10_000, 100, 300_000),
    connectTimeoutMs: wholeMs("connectTimeoutMs", options.connectTimeoutMs ?? 3_000, 100, 60_000),
  });
}

/** The variables that `lineFromEnvironment` knows. */
export const LINE_VARIABLES = [
  "LINE_CHANNEL_SECRET",
  "LINE_CHANNEL_ACCESS_TOKEN",
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
  if (secrets === undefined && token === undefined) return null;
  if (secrets === undefined) throw new Misconfigured("LINE_CHANNEL_SECRET is not set, LINE_CHANNEL_ACCESS_TOKEN is");
  if (token === undefined) throw new Misconfigured("LINE_CHANNEL_ACCESS_TOKEN is not set, LINE_CHANNEL_SECRET is");

  const apiUrl = read("LINE_API_BASE_URL");
  const dataApiUrl = read("LINE_DATA_API_BASE_URL");
  const ttl = read("LINE_REPLY_TOKEN_TTL_MS");
  return {
    ...economyFromEnvironment(read),
    channelSecrets: secrets.split(",").map((secret) => secretWord("LINE_CHANNEL_SECRET", secret.trim())),
    channelAccessToken: secretWord("LINE_CHANNEL_ACCESS_TOKEN", token),
    ...(apiUrl === undefined ? {} : { apiBaseUrl: baseUrl("LINE_API_BASE_URL", apiUrl) }),
    ...(dataApiUrl === undefined ? {} : { dataApiBaseUrl: baseUrl("LINE_DATA_API_BASE_URL", dataApiUrl) }),
    ...(ttl === undefined ? {} : { replyTokenTtlMs: wholeMs("LINE_REPLY_TOKEN_TTL_MS", ttl, 1_000, 60_000) }),
  };
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
