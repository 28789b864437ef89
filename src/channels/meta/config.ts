import { Misconfigured } from "../../core/errors.ts";
import { baseUrl, check, credential, credentials, type Kind, shortName, textLike } from "../../settings/kinds.ts";
import { fill, setting } from "../../settings/setting.ts";
import { CALL_LIMITS } from "../../settings/shared/call-limits.ts";

/** Options that `messenger()` and `whatsapp()` share. */
export interface MetaOptions {
  /** Name of this account in the webhook path, the store and the logs. Default `default`. */
  readonly account?: string;
  /**
   * App secrets that a webhook's signature is checked against, the current one first: one, the old one as well during a
   * rotation, or those of several apps.
   */
  readonly appSecret: readonly string[];
  /** Access token for API calls. */
  readonly accessToken: string;
  /** Verify token, entered in the app's dashboard together with the webhook URL. */
  readonly verifyToken: string;
  /** Base URL of the Graph API; change it for a simulator or a proxy. Default `https://graph.facebook.com`. */
  readonly graphBaseUrl?: string;
  /** Version of the Graph API. Default `v26.0`. Meta supports each for about two years (Graph API: Versioning). */
  readonly graphVersion?: string;
  /**
   * Time limit for an answer once the request is on its way, in ms. Default 10 000, at least 100. After it the outcome
   * is unknown until a receipt arrives.
   */
  readonly sendTimeoutMs?: number;
  /** Time limit for opening a connection, TLS included, in ms. Default 3 000, at least 100. */
  readonly connectTimeoutMs?: number;
}

export type ResolvedMetaOptions = Required<MetaOptions>;

/** Newest version (Graph API: Changelog, 2026-07-29). */
const GRAPH_VERSION = "v26.0";

/** Meta's ids are decimal numbers beyond JavaScript's safe integers: kept as text. */
export const platformId: Kind<string> = textLike(/^\d{1,32}$/, "a number of digits, as Meta's dashboard shows it", {
  example: "100000000000001",
  malformed: "my page",
});

const version: Kind<string> = textLike(/^v\d{1,3}\.\d$/, `a version of the Graph API, as in ${GRAPH_VERSION}`, {
  example: "v25.0",
  malformed: "26",
});

/** Credentials that both platforms call the same. */
export const META_CREDENTIALS = {
  appSecret: setting(credentials, {
    default: null,
    meaning: "app secret; several, separated by commas, the current one first",
    isOwn: true,
  }),
  verifyToken: setting(credential, {
    default: null,
    meaning: "verify token, entered in the app's dashboard together with the webhook URL",
    isOwn: true,
  }),
} as const;

/** Shared settings other than credentials; both platforms read the same variables. */
export const META_SETTINGS = {
  graphBaseUrl: setting(baseUrl, {
    default: "https://graph.facebook.com",
    meaning: "base URL of the Graph API; change it for a simulator or a proxy",
    env: "META_GRAPH_BASE_URL",
  }),
  graphVersion: setting(version, {
    default: GRAPH_VERSION,
    meaning: "version of the Graph API; Meta supports each for about two years",
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

/** Settings that must be set together; `null`: none is set. Throws `Misconfigured` and names a missing one. */
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
