import { Misconfigured } from "../../core/errors.ts";

/** What both of Meta's platforms ask for, as people write it. */
export interface MetaOptions {
  /** Our name for this page or number, in the webhook path, the store and the logs. Default `default`. */
  readonly account?: string;
  /**
   * The app secrets that a webhook's signature is checked against, the current one first. One is enough; give the old
   * one too while a secret is being rotated, or those of several apps.
   */
  readonly appSecrets: readonly string[];
  /** The token that calls are made with. */
  readonly accessToken: string;
  /** The token that the app's dashboard asks for when the webhook's address is entered. */
  readonly verifyToken: string;
  /** Where calls go. Default `https://graph.facebook.com`; a simulator or a proxy otherwise. */
  readonly graphBaseUrl?: string;
  /** Version of the Graph API. Default `v26.0`. Meta keeps each for about two years. */
  readonly graphVersion?: string;
  /**
   * How long an answer may take once the request is on its way, in ms. Default 10 000, at least 100. Past it nobody
   * knows whether Meta has the message, and only a receipt can tell.
   */
  readonly sendTimeoutMs?: number;
  /** How long opening a connection may take, TLS included, in ms. Default 3 000, at least 100. */
  readonly connectTimeoutMs?: number;
}

export type ResolvedMetaOptions = Required<MetaOptions>;

/** The newest version that is known (Graph API: Changelog, 2026-07-29). */
const GRAPH_VERSION = "v26.0";

/** Fills in the defaults. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveMetaOptions(options: MetaOptions): ResolvedMetaOptions {
  if (!Array.isArray(options.appSecrets) || options.appSecrets.length === 0) {
    throw new Misconfigured("appSecrets is empty; allowed: at least one app secret");
  }
  return {
    account: accountName(options.account ?? "default"),
    appSecrets: Object.freeze(options.appSecrets.map((secret, index) => secretWord(`appSecrets[${index}]`, secret))),
    accessToken: secretWord("accessToken", options.accessToken),
    verifyToken: secretWord("verifyToken", options.verifyToken),
    graphBaseUrl: baseUrl("graphBaseUrl", options.graphBaseUrl ?? "https://graph.facebook.com"),
    graphVersion: version("graphVersion", options.graphVersion ?? GRAPH_VERSION),
    sendTimeoutMs: wholeMs("sendTimeoutMs", options.sendTimeoutMs ?? 10_000, 100, 300_000),
    connectTimeoutMs: wholeMs("connectTimeoutMs", options.connectTimeoutMs ?? 3_000, 100, 60_000),
  };
}

/** Variables that both platforms read. */
export const META_VARIABLES = ["META_GRAPH_BASE_URL", "META_GRAPH_VERSION"] as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** The names of one platform's own variables. */
export interface MetaNames {
  readonly appSecret: string;
  readonly accessToken: string;
  readonly verifyToken: string;
  /** Its page or phone number. */
  readonly identity: string;
}

/**
 * One platform's options as the environment has them; `null` when none of its variables is set. Values are trimmed, and
 * an empty one counts as absent. All four go together: throws `Misconfigured` and names the one that is missing.
 */
export function metaFromEnvironment(env: Environment, names: MetaNames): (MetaOptions & { identity: string }) | null {
  const read = (name: string) => env[name]?.trim() || undefined;
  const set = Object.values(names).filter((name) => read(name) !== undefined);
  if (set.length === 0) return null;
  const need = (name: string): string => {
    const value = read(name);
    if (value === undefined)
      throw new Misconfigured(`${name} is not set, ${set.join(" and ")} ${set.length === 1 ? "is" : "are"}`);
    return value;
  };
  const graphUrl = read("META_GRAPH_BASE_URL");
  const graphVersion = read("META_GRAPH_VERSION");
  return {
    appSecrets: need(names.appSecret)
      .split(",")
      .map((secret) => secretWord(names.appSecret, secret.trim())),
    accessToken: secretWord(names.accessToken, need(names.accessToken)),
    verifyToken: secretWord(names.verifyToken, need(names.verifyToken)),
    identity: platformId(names.identity, need(names.identity)),
    ...(graphUrl === undefined ? {} : { graphBaseUrl: baseUrl("META_GRAPH_BASE_URL", graphUrl) }),
    ...(graphVersion === undefined ? {} : { graphVersion: version("META_GRAPH_VERSION", graphVersion) }),
  };
}

/** Meta's ids are decimal numbers, longer than JavaScript's. */
export function platformId(field: string, value: unknown): string {
  if (typeof value === "string" && /^\d{1,32}$/.test(value)) return value;
  throw new Misconfigured(`${field} is ${shown(value)}; allowed: a number of digits, as Meta's dashboard shows it`);
}

export function wholeMs(field: string, value: unknown, least: number, most: number): number {
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

function version(field: string, value: unknown): string {
  if (typeof value === "string" && /^v\d{1,3}\.\d$/.test(value)) return value;
  throw new Misconfigured(`${field} is ${shown(value)}; allowed: a version of the Graph API, as in ${GRAPH_VERSION}`);
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
