import { z } from "zod";
import {
  baseUrl,
  credential,
  credentials,
  type Kind,
  milliseconds,
  oneOf,
  someOf,
  textLike,
  textUpTo,
} from "../../../settings/kinds.ts";
import { setting } from "../../../settings/setting.ts";
import { readKey } from "../api/assertion.ts";
import { KNOWN_EVENT_TYPES } from "../wire.ts";
import { COST_POLICY_SETTINGS } from "./cost-policy.ts";
import { TYPING_INDICATOR_SETTINGS } from "./typing-indicator.ts";

const GROUP_TRIGGERS = ["every", "mention", "mention-or-all"] as const;
export type GroupTrigger = (typeof GROUP_TRIGGERS)[number];

const TOKEN_KINDS = ["stateless", "v2.1"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** JSON text, or a map in YAML, which becomes JSON text. */
const signingKey: Kind<string> = {
  ...credential,
  schema: z
    .union([z.string(), z.record(z.string(), z.unknown())])
    .transform((key) => (typeof key === "string" ? key : JSON.stringify(key)))
    .refine(isSigningKey),
  allowed: "a private RSA key as JWK in JSON, with its kid",
  example: null,
  malformed: "{}",
};

function isSigningKey(jwk: string): boolean {
  try {
    return readKey(jwk) !== null;
  } catch {
    // The parser's message may quote the key.
    return false;
  }
}

/** Our own limit, in characters; LINE has none but that of a message. */
const PREFIX_LIMIT = 100;

/** Who a LINE channel is. */
export const CREDENTIALS = {
  channelSecret: setting(credentials, {
    default: null,
    meaning: "channel secret; several, separated by commas, during a rotation",
    isOwn: true,
  }),
  channelAccessToken: setting(credential, {
    default: null,
    meaning: "long-lived channel access token; LINE is off without it (or `channelId`) and the secret",
    isOwn: true,
  }),
  channelId: setting(textLike(/^\d{1,20}$/, "its digits", { example: "1234567890", malformed: "12a" }), {
    default: null,
    meaning: "channel id, instead of the access token: the gateway fetches and renews tokens itself",
    isOwn: true,
    isId: true,
  }),
  assertionKey: setting(signingKey, {
    default: null,
    meaning:
      "private assertion signing key, as JWK in JSON with its `kid`, to fetch tokens with; default: they are fetched with the secret",
    isOwn: true,
  }),
  tokenKind: setting(oneOf(TOKEN_KINDS), {
    default: "stateless",
    meaning: "kind of token that is fetched: `stateless`, or `v2.1`, which needs the assertion key",
    isOwn: true,
  }),
} as const;

export const PREFERENCES = {
  botUserId: setting(
    textLike(/^U[0-9a-f]{32}$/, "U and 32 hexadecimal digits", { example: `U${"0".repeat(32)}`, malformed: "me" }),
    {
      default: null,
      meaning: "the bot's user id; a webhook whose `destination` differs is refused",
      isOwn: true,
      isId: true,
    },
  ),
  turnEvents: setting(someOf([...KNOWN_EVENT_TYPES] as [string, ...string[]]), {
    default: ["message", "postback", "follow", "join"],
    meaning: "event types that open a turn; all others are stored only",
  }),
  groupTrigger: setting(oneOf(GROUP_TRIGGERS), {
    default: "every",
    meaning:
      "which messages of a group or room open a turn: `every`, `mention` (of the bot), `mention-or-all` (of everybody, too)",
  }),
  groupPrefix: setting(textUpTo(PREFIX_LIMIT, "!shop"), {
    default: null,
    meaning: "prefix with which a group's message opens a turn without a mention, as in `!shop`",
  }),
  apiBaseUrl: setting(baseUrl, {
    default: "https://api.line.me",
    meaning: "base URL of the Messaging API; change it for a simulator or a proxy",
  }),
  dataApiBaseUrl: setting(baseUrl, {
    default: "https://api-data.line.me",
    meaning: "base URL for the content of images and files",
  }),
  // LINE guarantees one minute ("Reply tokens must be used within one minute", Messaging API reference).
  replyTokenTtlMs: setting(milliseconds(1_000, 60_000), {
    default: 50_000,
    meaning: "how long a reply token is used after its webhook arrived; LINE guarantees one minute",
  }),
} as const;

export const LINE_SETTINGS = {
  ...CREDENTIALS,
  ...PREFERENCES,
  ...COST_POLICY_SETTINGS,
  ...TYPING_INDICATOR_SETTINGS,
} as const;
