import { ADMIN_RIGHTS } from "../core/admin-token.ts";
import { CONVERSATION_KINDS } from "../core/conversation.ts";
import { LOG_LEVELS } from "../runtime/log.ts";
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
  secretText,
  shortName,
  textLike,
  textList,
  unspacedText,
  wholeNumber,
} from "../settings/kinds.ts";
import { group, list, setting } from "../settings/setting.ts";
import { CALL_LIMITS } from "../settings/shared/call-limits.ts";
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
  allowed: "a Standard Webhooks secret: whsec_ and base64; several, separated by commas, during a rotation",
  example: "whsec_aW52ZW50ZWQ=",
  malformed: "hush-hush",
};

const days = (least: number) => wholeNumber(least, 3_650, `whole days, ${least} to 3650`);

/** Of the admin port. */
export const ADMIN_SETTINGS = {
  host: setting(unspacedText, {
    default: "127.0.0.1",
    meaning: "listen address of the admin port, for metrics, the admin API and the console",
  }),
  port: setting(port, { default: 8081, meaning: "admin port; 0: a free one" }),
  token: setting(secretText, {
    default: null,
    meaning: "bearer token of the admin port, with the right `operate`; required unless it listens on loopback",
  }),
  tokens: list(
    "More tokens of the admin port, one for each person or program; actions are recorded under their names.",
    {
      name: setting(shortName, { default: null, meaning: "name of the token, the actor of its actions", isId: true }),
      right: setting(oneOf(ADMIN_RIGHTS), {
        default: null,
        meaning: "`read`: only queries; `operate`: actions as well",
      }),
      token: setting(secretKey, { default: null, meaning: "the token itself" }),
    },
    true,
  ),
} as const;

/** Settings of the program other than the gateway's: ports, database, log. */
export const PROGRAM_SETTINGS = {
  host: setting(unspacedText, {
    default: "0.0.0.0",
    meaning: "listen address of the public port, for webhooks, agents and health",
  }),
  port: setting(port, { default: 8080, meaning: "public port; 0: a free one", aliases: ["PORT"] }),
  publicUrl: setting(baseUrl, {
    default: null,
    defaultWords: "this machine's loopback",
    meaning: "URL of the public port for agents, the beginning of media links",
  }),
  requestTimeoutMs: setting(milliseconds(1_000, 300_000), {
    default: 15_000,
    meaning: "time limit for receiving a request; 10 s at most for its headers",
  }),
  maxConnections: setting(wholeNumber(1, 1_000_000), {
    default: 10_000,
    meaning: "maximum number of connections to the public port; further ones are closed at once",
  }),
  trustedProxies: setting(textList, {
    default: [],
    meaning:
      "addresses and networks of your proxies, such as `10.0.0.0/8,192.0.2.7`, whose `X-Forwarded-For` is trusted. Without it clients behind a proxy are not rate limited",
  }),
  admin: group("The admin port.", ADMIN_SETTINGS),
  databaseUrl: setting(databaseUrl, {
    default: "sqlite:data/turnpike.db",
    meaning:
      "SQLite file on a local disk, for one process; or `postgres://user:password@host:5432/database` (14 or newer), for any number of processes",
  }),
  logLevel: setting(oneOf(LOG_LEVELS), {
    default: "info",
    meaning: "lowest level of log lines (JSON, on standard output)",
  }),
  logPayloads: setting(flag, {
    default: false,
    meaning:
      "`on`: message content and people's full ids are logged; secrets never are. See [observability.md](observability.md)",
  }),
  logKey: setting(secretKey, {
    default: null,
    defaultWords: "random at each start",
    meaning:
      "key of the hashes that replace people's ids in logs; set it to keep them equal across restarts and processes",
  }),
  ...CALL_LIMITS,
  keep: group("Retention.", {
    contentDays: setting(days(1), {
      default: 7,
      meaning: "retention of content once it is answered: texts, payloads, names, recorded calls",
    }),
    metadataDays: setting(days(1), { default: 30, meaning: "retention of metadata: events, turns and deliveries" }),
    // WhatsApp retries a webhook for 7 days (WhatsApp: Webhooks, "Retries").
    dedupKeysDays: setting(days(8), { default: 30, meaning: "retention of deduplication keys" }),
  }),
} as const;

const ADDRESSES =
  "A private or loopback address is fine; a link-local, metadata or reserved one is refused, see [agents.md](agents.md#over-http)";
const URL_MEANING = `URL to which turns are posted; default: they go to agents that connect. ${ADDRESSES}`;
const SECRET_MEANING = "`whsec_…`, signs each turn; several, separated by commas, during a rotation";

/** The default agent, for turns without a matching route; its timeout is `agentTimeoutMs`. */
export const AGENT_SETTINGS = {
  url: setting(httpUrl, { default: null, meaning: URL_MEANING }),
  secret: setting(webhookSecrets, { default: null, meaning: SECRET_MEANING }),
  token: setting(secretText, {
    default: null,
    meaning:
      "bearer token for agents that connect (`/v1/agent`, `/ws`), defer replies or send proactive messages; URL-safe characters. Without it those endpoints don't exist",
    aliases: ["GATEWAY_WS_TOKEN"],
  }),
} as const;

/** Name of the agent of `agent.url` or `agent.token` in agent routes. */
export const DEFAULT_AGENT = "default";

export const AGENTS = list("More agents, for `routes`.", {
  name: setting(shortName, { default: null, meaning: "name of the agent in `routes`", isId: true }),
  url: setting(httpUrl, { default: null, meaning: "URL to which its turns are posted; addresses as of `agent.url`" }),
  secret: setting(webhookSecrets, { default: null, meaning: SECRET_MEANING }),
});

export const REHEARSAL_AGENTS = list(
  "Agents for rehearsals: an operator gives them an ended turn once more, and nothing of their answer is sent. They get no turns by themselves.",
  {
    name: setting(shortName, { default: null, meaning: "name of the agent, by which operators choose it", isId: true }),
    url: setting(httpUrl, {
      default: null,
      meaning: "URL to which rehearsed turns are posted; addresses as of `agent.url`",
    }),
    secret: setting(webhookSecrets, { default: null, meaning: SECRET_MEANING }),
  },
  true,
);

export const AGENT_ROUTES = list(
  "Agents by channel, account and conversation kind: the first match counts, and an omitted field matches any value. Turns without a match go to `default`, the agent of `agent.url` or those that connect.",
  {
    channel: setting(unspacedText, { default: null, meaning: "channel, such as `line`" }),
    account: setting(shortName, { default: null, meaning: "account, such as `default`" }),
    kind: setting(oneOf(CONVERSATION_KINDS), { default: null, meaning: "kind of conversation" }),
    agent: setting(shortName, { default: null, meaning: "name of one of `agents`, or `default`" }),
  },
);
