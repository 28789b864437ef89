import { CONVERSATION_KINDS } from "../core/conversation.ts";
import { LOG_LEVELS } from "../runtime/log.ts";
import { CALL_LIMITS } from "../settings/call-limits.ts";
import {
  baseUrl,
  credentials,
  flag,
  httpUrl,
  type Kind,
  milliseconds,
  oneOf,
  port,
  secretKey,
  secretWord,
  shortName,
  textLike,
  wholeNumber,
  word,
  words,
} from "../settings/kinds.ts";
import { group, list, setting } from "../settings/setting.ts";
import { STORE_URL } from "../store/index.ts";

const databaseUrl: Kind<string> = {
  ...textLike(STORE_URL.pattern, STORE_URL.allowed, {
    example: STORE_URL.examples[0] ?? "",
    malformed: "data/turnpike.db",
  }),
  secrecy: "address",
};

const WEBHOOK_SECRET = /^whsec_[A-Za-z0-9+/]+=*$/;

const webhookSecrets: Kind<readonly string[]> = {
  ...credentials,
  schema: credentials.schema.refine((secrets) => secrets.every((secret) => WEBHOOK_SECRET.test(secret))),
  allowed: "a Standard Webhooks secret: whsec_ and base64; several, separated by commas, while one is rotated",
  example: "whsec_aW52ZW50ZWQ=",
  malformed: "hush-hush",
};

const days = (least: number) => wholeNumber(least, 3_650, `whole days, ${least} to 3650`);

/** What the program asks for beside the gateway's own settings: sockets, the database, agents. */
export const PROGRAM_SETTINGS = {
  host: setting(word, { default: "0.0.0.0", meaning: "where webhooks, agents and health are listened for" }),
  port: setting(port, { default: 8080, meaning: "… and the port; 0: a free one", aliases: ["PORT"] }),
  publicUrl: setting(baseUrl, {
    default: null,
    defaultWords: "this machine's loopback",
    meaning: "where agents reach the public port: links to what people sent begin with it",
  }),
  requestTimeoutMs: setting(milliseconds(1_000, 300_000), {
    default: 15_000,
    meaning: "how long a request may take to come in; its headers have 10 s of it at most",
  }),
  maxConnections: setting(wholeNumber(1, 1_000_000), {
    default: 10_000,
    meaning: "connections to the public port; one more is closed at once",
  }),
  trustedProxies: setting(words, {
    default: [],
    meaning:
      "addresses and networks of your own proxies, as in `10.0.0.0/8,192.0.2.7`, whose `X-Forwarded-For` is believed. Without it nobody who comes through a proxy is rate limited",
  }),
  admin: group("The operator's port.", {
    host: setting(word, { default: "127.0.0.1", meaning: "where metrics are listened for" }),
    port: setting(port, { default: 8081, meaning: "… and the port; 0: a free one" }),
    token: setting(secretWord, {
      default: null,
      meaning: "asked for by the admin port; required when it is off loopback",
    }),
  }),
  databaseUrl: setting(databaseUrl, {
    default: "sqlite:data/turnpike.db",
    meaning:
      "on a local disk; one file belongs to one process. Or `postgres://user:password@host:5432/database` (14 or newer), which any number of processes share",
  }),
  logLevel: setting(oneOf(LOG_LEVELS), { default: "info", meaning: "one JSON line per fact, on standard output" }),
  logPayloads: setting(flag, {
    default: false,
    meaning:
      "`on`: what people and bots say and people's whole ids are logged; secrets never are. See [observability.md](observability.md)",
  }),
  logKey: setting(secretKey, {
    default: null,
    defaultWords: "drawn at each start",
    meaning:
      "people are named in logs by a hash made with it, which so stays the same from start to start and from process to process",
  }),
  ...CALL_LIMITS,
  keep: group("How long things are kept.", {
    bodiesDays: setting(days(1), {
      default: 7,
      meaning: "how long what was said is kept once it is answered: texts, payloads, names, recorded calls",
    }),
    historyDays: setting(days(1), { default: 30, meaning: "how long events, turns and deliveries are kept" }),
    // Platforms send a webhook again for 7 days (WhatsApp: Webhooks, "Retries").
    keysDays: setting(days(8), { default: 30, meaning: "how long an event's key is kept, to know a late copy" }),
  }),
} as const;

const URL_MEANING = "where turns are posted; without it they go to whoever connects";
const SECRET_MEANING = "`whsec_…`, signs each turn; several, separated by commas, while one is being rotated";

/** The agent that gets what no route gives to another; its time limit is the gateway's. */
export const AGENT_SETTINGS = {
  url: setting(httpUrl, { default: null, meaning: URL_MEANING }),
  secret: setting(webhookSecrets, { default: null, meaning: SECRET_MEANING }),
  token: setting(secretWord, {
    default: null,
    meaning:
      "for agents that connect (`/v1/agent`, `/ws`), defer replies or send proactive messages; URL-safe characters. Without it those endpoints don't exist",
    aliases: ["GATEWAY_WS_TOKEN"],
  }),
} as const;

/** The name by which routes call the agent of `agent.url` or `agent.token`. */
export const DEFAULT_AGENT = "default";

export const AGENTS = list("More agents, for `routes`.", {
  name: setting(shortName, { default: null, meaning: "what `routes` call it", isId: true }),
  url: setting(httpUrl, { default: null, meaning: "where its turns are posted" }),
  secret: setting(webhookSecrets, { default: null, meaning: SECRET_MEANING }),
});

export const ROUTES = list(
  "Which agent gets which turns: the first that fits. What is left out stands for any. What fits none goes to `default`, the agent of `agent.url` or whoever connects.",
  {
    channel: setting(word, { default: null, meaning: "the platform, as in `line`" }),
    account: setting(shortName, { default: null, meaning: "its account, as in `default`" }),
    kind: setting(oneOf(CONVERSATION_KINDS), { default: null, meaning: "the kind of conversation" }),
    agent: setting(shortName, { default: null, meaning: "the name of one of `agents`, or `default`" }),
  },
);
