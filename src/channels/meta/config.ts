import { Misconfigured } from "../../core/errors.ts";
import { CALL_LIMITS } from "../../settings/call-limits.ts";
import { baseUrl, check, credential, credentials, type Kind, shortName, textLike } from "../../settings/kinds.ts";
import { fill, setting } from "../../settings/setting.ts";

/** What both of Meta's platforms ask for, as people write it. */
export interface MetaOptions {
  /** Our name for this page or number, in the webhook path, the store and the logs. Default `default`. */
  readonly account?: string;
  /**
   * The app secrets that a webhook's signature is checked against, the current one first. One is enough; give the old
   * one too while a secret is being rotated, or those of several apps.
   */
  readonly appSecret: readonly string[];
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

/** Meta's ids are decimal numbers, longer than JavaScript's. */
export const platformId: Kind<string> = textLike(/^\d{1,32}$/, "a number of digits, as Meta's dashboard shows it", {
  example: "100000000000001",
  malformed: "my page",
});

const version: Kind<string> = textLike(/^v\d{1,3}\.\d$/, `a version of the Graph API, as in ${GRAPH_VERSION}`, {
  example: "v25.0",
  malformed: "26",
});

/** What both platforms have beside their credentials. Both read the same variables. */
export const META_SETTINGS = {
  graphBaseUrl: setting(baseUrl, {
    default: "https://graph.facebook.com",
    meaning: "for a simulator or a proxy",
    env: "META_GRAPH_BASE_URL",
  }),
  graphVersion: setting(version, {
    default: GRAPH_VERSION,
    meaning: "version of the Graph API; Meta keeps one for about two years",
    env: "META_GRAPH_VERSION",
  }),
} as const;

/** Fills in the defaults. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveMetaOptions(options: MetaOptions): ResolvedMetaOptions {
  return {
    account: check("account", shortName, options.account ?? "default"),
    appSecret: Object.freeze(check("appSecret", credentials, options.appSecret)),
    accessToken: check("accessToken", credential, options.accessToken),
    verifyToken: check("verifyToken", credential, options.verifyToken),
    ...fill(META_SETTINGS, options),
    ...fill(CALL_LIMITS, options),
  };
}

/** Those that go together: all of them, or `null` when none is there. Throws `Misconfigured` and names a missing one. */
export function allOrNone<T extends Readonly<Record<string, unknown>>>(
  given: T,
  nameOf: (key: keyof T & string) => string,
): { readonly [K in keyof T]: Exclude<T[K], undefined> } | null {
  const keys = Object.keys(given) as (keyof T & string)[];
  const there = keys.filter((key) => given[key] !== undefined).map(nameOf);
  if (there.length === 0) return null;
  const missing = keys.find((key) => given[key] === undefined);
  if (missing === undefined) return given as { readonly [K in keyof T]: Exclude<T[K], undefined> };
  throw new Misconfigured(`${nameOf(missing)} is not set, ${there.join(" and ")} ${there.length === 1 ? "is" : "are"}`);
}
