import { Misconfigured } from "../../core/errors.ts";
import { check, shortName } from "../../settings/kinds.ts";
import type { Section } from "../../settings/section.ts";
import { fill, type Given, orDefault } from "../../settings/setting.ts";
import { CALL_LIMITS } from "../../settings/shared/call-limits.ts";
import { type LineCostPolicyOptions, type ResolvedCostPolicy, resolveCostPolicy } from "./config/cost-policy.ts";
import { CREDENTIALS, type GroupTrigger, LINE_SETTINGS, PREFERENCES, type TokenKind } from "./config/settings.ts";
import { type LineTypingIndicatorOptions, TYPING_INDICATOR_SETTINGS } from "./config/typing-indicator.ts";

export type { GroupTrigger, TokenKind } from "./config/settings.ts";

/** Options of `line()`: one LINE channel. */
export interface LineOptions extends LineCostPolicyOptions, LineTypingIndicatorOptions {
  /** Name of this account in the webhook path, the store and the logs. Default `default`. */
  readonly account?: string;
  /**
   * Channel secrets that a webhook's signature is checked against: one, or the old and the new one during a rotation.
   */
  readonly channelSecret: readonly string[];
  /** Long-lived channel access token. Either this or `channelId` must be set. */
  readonly channelAccessToken?: string;
  /** Channel id, digits. The gateway then fetches and renews tokens itself; excludes `channelAccessToken`. */
  readonly channelId?: string;
  /**
   * Private assertion signing key, as JWK in JSON with its `kid`, to fetch tokens with. Default: they are fetched with
   * the channel secret.
   */
  readonly assertionKey?: string;
  /**
   * Kind of token that is fetched: `stateless` (default), valid for 15 minutes and without a limit on their number, or
   * `v2.1`, of which a channel has at most 30 and which need the `assertionKey` (LINE: Channel access token).
   */
  readonly tokenKind?: TokenKind;
  /** Base URL of the Messaging API; change it for a simulator or a proxy. Default `https://api.line.me`. */
  readonly apiBaseUrl?: string;
  /** Base URL for the content of images and files. Default `https://api-data.line.me`. */
  readonly dataApiBaseUrl?: string;
  /**
   * How long a reply token is used after its webhook arrived, in ms. Default 50 000; 1 000 to 60 000, because LINE
   * guarantees one minute (LINE: "Reply tokens must be used within one minute", Messaging API reference). Shorter means
   * more paid pushes; longer, more refused replies.
   */
  readonly replyTokenTtlMs?: number;
  /**
   * Event types that open a turn; all others are stored only. Default `message`, `postback`, `follow`, `join`.
   */
  readonly turnEvents?: readonly string[];
  /**
   * Which messages of a group or room open a turn. `every` (default); `mention`: those that mention the bot;
   * `mention-or-all`: those that mention everybody, too. The others reach the agent as context of the next turn.
   */
  readonly groupTrigger?: GroupTrigger;
  /** Prefix, such as `!shop`, with which a group's message opens a turn without a mention. Default `null`: none. */
  readonly groupPrefix?: string | null;
  /** The bot's user id (`U…`): a webhook whose `destination` differs is refused. Default `null`: not checked. */
  readonly botUserId?: string | null;
  /**
   * Time limit for an answer once the request is on its way, in ms. Default 10 000, at least 100. After it the outcome
   * is unknown, and the same request is made again.
   */
  readonly sendTimeoutMs?: number;
  /** Time limit for opening a connection, TLS included, in ms. Default 3 000, at least 100. */
  readonly connectTimeoutMs?: number;
}

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
  /** A long-lived token, or how tokens are fetched. */
  readonly access: string | IssuedTokenOptions;
  /** A reply token that expires within this time is not used any more, in ms: 5 s, or a tenth of a short lifetime. */
  readonly tokenMarginMs: number;
}

/** Fills in the defaults and freezes. Throws `Misconfigured` and names the field; a secret's value is never shown. */
export function resolveLineOptions(options: LineOptions): ResolvedLineOptions {
  const preferences = fill(PREFERENCES, options);
  if (preferences.groupPrefix !== null && preferences.groupTrigger === "every") {
    throw new Misconfigured("groupPrefix is set and groupTrigger is every; allowed: mention or mention-or-all");
  }
  return Object.freeze({
    ...resolveCostPolicy(options),
    ...fill(TYPING_INDICATOR_SETTINGS, options),
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
      `channelAccessToken and channelId are both ${channelAccessToken === undefined ? "missing" : "set"}; allowed: one of them (with channelId the gateway fetches tokens itself)`,
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
