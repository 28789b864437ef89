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

export const GROUP_TRIGGERS = ["every", "mention", "mention-or-all"] as const;
export type GroupTrigger = (typeof GROUP_TRIGGERS)[number];

export const TOKEN_KINDS = ["stateless", "v2.1"] as const;
export type TokenKind = (typeof TOKEN_KINDS)[number];

/** JSON, or a map in YAML: it stays the JSON text that it came as. */
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
    // Its own words may hold a part of the key.
    return false;
  }
}

/** LINE's own limit is that of a message; nobody types more than this to call a bot. */
const PREFIX_LIMIT = 100;

/** Who a LINE channel is. */
export const CREDENTIALS = {
  channelSecret: setting(credentials, {
    default: null,
    meaning: "several, separated by commas, while one is being rotated",
    isOwn: true,
  }),
  channelAccessToken: setting(credential, {
    default: null,
    meaning: "long-lived; with the secret, or LINE is off",
    isOwn: true,
  }),
  channelId: setting(textLike(/^\d{1,20}$/, "its digits", { example: "1234567890", malformed: "12a" }), {
    default: null,
    meaning: "in place of the access token: tokens are fetched and renewed by the gateway",
    isOwn: true,
    isId: true,
  }),
  assertionKey: setting(signingKey, {
    default: null,
    meaning:
      "the private assertion signing key, as JWK in JSON with its `kid`; without it tokens are asked for with the secret",
    isOwn: true,
  }),
  tokenKind: setting(oneOf(TOKEN_KINDS), {
    default: "stateless",
    meaning: "or `v2.1`, which needs the key",
    isOwn: true,
  }),
} as const;

export const PREFERENCES = {
  botUserId: setting(
    textLike(/^U[0-9a-f]{32}$/, "U and 32 hexadecimal digits", { example: `U${"0".repeat(32)}`, malformed: "me" }),
    {
      default: null,
      meaning: "the bot's own user id; with it a webhook whose `destination` is another bot is refused",
      isOwn: true,
      isId: true,
    },
  ),
  turnEvents: setting(someOf([...KNOWN_EVENT_TYPES] as [string, ...string[]]), {
    default: ["message", "postback", "follow", "join"],
    meaning: "the event types that open a turn; the rest is stored",
  }),
  groupTrigger: setting(oneOf(GROUP_TRIGGERS), {
    default: "every",
    meaning: "which messages of a group are for the bot: `every`, `mention`, `mention-or-all`",
  }),
  groupPrefix: setting(textUpTo(PREFIX_LIMIT, "!shop"), {
    default: null,
    meaning: "a beginning that makes a message one for the bot as well, as in `!shop`",
  }),
  apiBaseUrl: setting(baseUrl, { default: "https://api.line.me", meaning: "for a simulator or a proxy" }),
  dataApiBaseUrl: setting(baseUrl, {
    default: "https://api-data.line.me",
    meaning: "the same, for the content of images and files",
  }),
  // LINE vouches for one minute ("Reply tokens must be used within one minute", Messaging API reference).
  replyTokenTtlMs: setting(milliseconds(1_000, 60_000), {
    default: 50_000,
    meaning: "how long a free reply token is trusted; LINE vouches for a minute",
  }),
} as const;

/** One LINE channel. */
export const LINE_SETTINGS = { ...CREDENTIALS, ...PREFERENCES, ...COST_POLICY_SETTINGS } as const;
