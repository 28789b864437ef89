import { Misconfigured } from "../../core/errors.ts";
import { CALL_LIMITS } from "../../settings/call-limits.ts";
import { check, shortName } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { fill, type Given, orDefault } from "../../settings/setting.ts";
import { type LineCostPolicyOptions, type ResolvedCostPolicy, resolveCostPolicy } from "./config/cost-policy.ts";
import { CREDENTIALS, type GroupTrigger, LINE_SETTINGS, PREFERENCES, type TokenKind } from "./config/settings.ts";

export type { ReadMode } from "./config/cost-policy.ts";
export type { GroupTrigger, TokenKind } from "./config/settings.ts";

/** One LINE channel, as people write it. */
export interface LineOptions extends LineCostPolicyOptions {
  /** Our name for this LINE channel, in the webhook path, the store and the logs. Default `default`. */
  readonly account?: string;
  /**
   * The channel secrets that a webhook's signature is checked against. One is enough; give the old and the new one
   * while a secret is being rotated.
   */
  readonly channelSecret: readonly string[];
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

/** How tokens are fetched. */
export interface IssuedTokenOptions {
  readonly channelId: string;
  readonly channelSecret: string;
  readonly assertionKey: string | null;
  readonly tokenKind: TokenKind;
}

type Credentials = "channelAccessToken" | "channelId" | "assertionKey" | "tokenKind";

export interface ResolvedLineOptions
  extends Required<Omit<LineOptions, Credentials | keyof LineCostPolicyOptions>>,
    ResolvedCostPolicy {
  /** A token as given, or how to get one. */
  readonly access: string | IssuedTokenOptions;
  /** A token this close to its end (ms) is not started with any more: 5 s, or a tenth of a short life. */
  readonly tokenMarginMs: number;
}

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveLineOptions(options: LineOptions): ResolvedLineOptions {
  const preferences = fill(PREFERENCES, options);
  if (preferences.groupPrefix !== null && preferences.groupTrigger === "every") {
    throw new Misconfigured("groupPrefix: groupTrigger is every; allowed: with mention or mention-or-all");
  }
  return Object.freeze({
    ...resolveCostPolicy(options),
    ...preferences,
    turnEvents: Object.freeze(preferences.turnEvents),
    account: check("account", shortName, options.account ?? "default"),
    channelSecret: Object.freeze(check("channelSecret", CREDENTIALS.channelSecret.kind, options.channelSecret)),
    access: accessOptions(options),
    tokenMarginMs: Math.min(5_000, Math.floor(preferences.replyTokenTtlMs / 10)),
    ...fill(CALL_LIMITS, options),
  });
}

function accessOptions(options: LineOptions): string | IssuedTokenOptions {
  const S = CREDENTIALS;
  const { channelAccessToken, channelSecret } = options;
  if ((channelAccessToken === undefined) === (options.channelId === undefined)) {
    throw new Misconfigured(
      "give either channelAccessToken or channelId: with the id tokens are fetched by the gateway",
    );
  }
  if (channelAccessToken !== undefined)
    return check("channelAccessToken", S.channelAccessToken.kind, channelAccessToken);
  const channelId = check("channelId", S.channelId.kind, options.channelId);
  const assertionKey = orDefault("assertionKey", S.assertionKey, options.assertionKey);
  const tokenKind = orDefault("tokenKind", S.tokenKind, options.tokenKind);
  if (tokenKind === "v2.1" && assertionKey === null) {
    throw new Misconfigured('tokenKind: read "v2.1"; allowed: stateless, or v2.1 with an assertionKey');
  }
  return { channelId, channelSecret: channelSecret[0] ?? "", assertionKey, tokenKind };
}

/** What LINE brings to the settings. */
export const LINE_SECTION: Section<LineOptions, typeof LINE_SETTINGS> = {
  name: "line",
  settings: LINE_SETTINGS,
  account: lineAccount,
  resolve: resolveLineOptions,
};

/** The secret, and either an access token or the channel's id. */
function lineAccount(
  given: Given<typeof LINE_SETTINGS>,
  nameOf: (key: keyof typeof LINE_SETTINGS) => string,
): LineOptions | null {
  const { channelSecret, ...rest } = given;
  const { channelAccessToken, channelId } = rest;
  if (channelSecret === undefined) {
    if (channelAccessToken === undefined && channelId === undefined) return null;
    const there = nameOf(channelAccessToken === undefined ? "channelId" : "channelAccessToken");
    throw new Misconfigured(`${nameOf("channelSecret")} is not set, ${there} is`);
  }
  if (channelAccessToken === undefined && channelId === undefined) {
    throw new Misconfigured(`${nameOf("channelAccessToken")} is not set, ${nameOf("channelSecret")} is`);
  }
  if (channelAccessToken !== undefined && channelId !== undefined) {
    throw new Misconfigured(`${nameOf("channelAccessToken")} and ${nameOf("channelId")} are set; allowed: one of them`);
  }
  return { ...rest, channelSecret };
}
