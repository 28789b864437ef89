import { isIP } from "node:net";
import leven from "leven";
import { z } from "zod";
import { CHANNELS } from "./channels/index.ts";
import { Misconfigured } from "./core/errors.ts";
import { LOG_LEVELS, type LogLevel } from "./runtime/log.ts";
import type { GatewaySettings } from "./settings.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says, checked. Channels read their own variables: see `channels/index.ts`. */
export interface Config {
  readonly public: { readonly host: string; readonly port: number };
  readonly admin: { readonly host: string; readonly port: number; readonly token: string | null };
  /** Where agents reach the public port; the address of its socket when it isn't set. */
  readonly publicUrl: string | null;
  /** SQLite's file, unless `postgresUrl` says otherwise. */
  readonly databaseFile: string;
  /** The PostgreSQL that several processes share; `null` for SQLite. */
  readonly postgresUrl: string | null;
  readonly agent: { readonly url: string; readonly secrets: readonly string[] } | null;
  readonly agentToken: string | null;
  readonly logLevel: LogLevel;
  readonly logPayloads: boolean;
  /** Names people in logs by a hash; `null`: a key is drawn at each start. */
  readonly logKey: string | null;
  readonly settings: GatewaySettings;
  /** Time limit of one platform call, in ms; the channels' own default when it isn't set. */
  readonly sendTimeoutMs: number | undefined;
  /** What was set and has no effect in this version, in a sentence each. */
  readonly warnings: readonly string[];
}

const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= least && value <= most);

interface Variable<T> {
  readonly schema: z.ZodType<T, string>;
  readonly allowed: string;
}

const milliseconds = (least: number, most = 86_400_000): Variable<number> => ({
  schema: wholeNumber(least, most),
  allowed: `whole milliseconds, ${least} to ${most}`,
});
const port: Variable<number> = { schema: wholeNumber(0, 65_535), allowed: "a port number, 0 to 65535" };
const word: Variable<string> = { schema: z.string().regex(/^\S+$/), allowed: "a text without spaces" };
const words: Variable<string[]> = {
  schema: z
    .string()
    .regex(/^[^\s,]+(\s*,\s*[^\s,]+)*$/)
    .transform((list) => list.split(/\s*,\s*/)),
  allowed: "texts without spaces, separated by commas",
};
const oneOf = <const T extends string>(values: readonly [T, ...T[]]): Variable<T> => ({
  schema: z.enum(values),
  allowed: values.join(", "),
});

/** Every variable of ours that this version reads. One that isn't here stops the start: it is a misspelling. */
const VARIABLES = {
  TURNPIKE_HOST: word,
  TURNPIKE_PORT: port,
  TURNPIKE_PUBLIC_URL: {
    schema: z.url({ protocol: /^https?$/ }).refine((url) => !/[?#@]/.test(url)),
    allowed: "an absolute http or https address without user, query and fragment",
  },
  TURNPIKE_ADMIN_HOST: word,
  TURNPIKE_ADMIN_PORT: port,
  TURNPIKE_ADMIN_TOKEN: word,
  TURNPIKE_DATABASE_URL: {
    schema: z
      .string()
      .regex(/^sqlite:(?!\/\/|:memory:).+$|^postgres(ql)?:\/\/[^/]+\/.+$/)
      .transform((url) => (url.startsWith("sqlite:") ? { file: url.slice("sqlite:".length) } : { url })),
    allowed:
      "sqlite: and the path of a file, as in sqlite:data/turnpike.db, or postgres://user:password@host:5432/database",
  },
  TURNPIKE_AGENT_URL: { schema: z.url({ protocol: /^https?$/ }), allowed: "an absolute http or https address" },
  TURNPIKE_AGENT_SECRET: {
    schema: z
      .string()
      .regex(/^whsec_[A-Za-z0-9+/]+=*( *, *whsec_[A-Za-z0-9+/]+=*)*$/)
      .transform((secrets) => secrets.split(/ *, */)),
    allowed: "a Standard Webhooks secret: whsec_ and base64; several, separated by commas, while one is rotated",
  },
  TURNPIKE_AGENT_TOKEN: word,
  TURNPIKE_BATCH_QUIET_MS: milliseconds(0),
  TURNPIKE_BATCH_MAX_WAIT_MS: milliseconds(0),
  TURNPIKE_BATCH_MAX_EVENTS: { schema: wholeNumber(1, 1_000), allowed: "a whole number, 1 to 1000" },
  TURNPIKE_BATCH_PERCENT: { schema: wholeNumber(0, 100), allowed: "a whole number, 0 to 100" },
  TURNPIKE_BATCH_PEERS: words,
  TURNPIKE_BUSY: oneOf(["queue", "interrupt"]),
  TURNPIKE_BUSY_SKIP: words,
  TURNPIKE_CONTEXT_MAX_EVENTS: { schema: wholeNumber(0, 1_000), allowed: "a whole number, 0 to 1000" },
  TURNPIKE_CONTEXT_MAX_AGE_MS: milliseconds(0, 30 * 86_400_000),
  TURNPIKE_NAMES_WAIT_MS: milliseconds(0, 60_000),
  TURNPIKE_MEDIA_LINK_MS: milliseconds(1_000, 30 * 86_400_000),
  TURNPIKE_MEDIA_MAX_BYTES: { schema: wholeNumber(1, 2 ** 40), allowed: "a whole number of bytes, at least 1" },
  TURNPIKE_LEASE_MS: milliseconds(1_000),
  TURNPIKE_AGENT_TIMEOUT_MS: milliseconds(1_000),
  TURNPIKE_SEND_TIMEOUT_MS: milliseconds(100, 300_000),
  TURNPIKE_COALESCE_MS: milliseconds(0, 10_000),
  TURNPIKE_UNKNOWN_WAIT_MS: milliseconds(0),
  TURNPIKE_ON_UNKNOWN: oneOf(["hold", "resend"]),
  TURNPIKE_LOG_LEVEL: oneOf(LOG_LEVELS),
  TURNPIKE_LOG_PAYLOADS: oneOf(["off", "on"]),
  TURNPIKE_LOG_KEY: {
    schema: z.string().regex(/^\S{16,}$/),
    allowed: "a text of at least 16 characters without spaces",
  },
} as const satisfies Record<string, Variable<unknown>>;

type Name = keyof typeof VARIABLES;
type ValueOf<N extends Name> = z.output<(typeof VARIABLES)[N]["schema"]>;

/** Names under which a variable is also read: hosts set `PORT`, openab sets `GATEWAY_WS_TOKEN`. */
const ALIASES: Partial<Record<Name, string>> = { TURNPIKE_PORT: "PORT", TURNPIKE_AGENT_TOKEN: "GATEWAY_WS_TOKEN" };

/** Names whose values are never shown. */
const SECRETS: ReadonlySet<string> = new Set([
  "TURNPIKE_ADMIN_TOKEN",
  "TURNPIKE_AGENT_SECRET",
  "TURNPIKE_AGENT_TOKEN",
  "TURNPIKE_LOG_KEY",
]);

/** Checked and frozen. Throws `Misconfigured` naming the variable, what was read and what is allowed. */
export function readConfig(env: Environment): Config {
  refuseUnknown(env);
  const read = <N extends Name>(name: N): ValueOf<N> | undefined => readVariable(env, name);
  const admin = {
    host: read("TURNPIKE_ADMIN_HOST") ?? "127.0.0.1",
    port: read("TURNPIKE_ADMIN_PORT") ?? 8081,
    token: read("TURNPIKE_ADMIN_TOKEN") ?? null,
  };
  if (admin.token === null && !isLoopback(admin.host)) {
    throw new Misconfigured(
      `TURNPIKE_ADMIN_HOST is ${admin.host}, which others can reach: set TURNPIKE_ADMIN_TOKEN, or leave it at 127.0.0.1`,
    );
  }
  const database = read("TURNPIKE_DATABASE_URL") ?? { file: "data/turnpike.db" };
  const url = read("TURNPIKE_AGENT_URL");
  const secrets = read("TURNPIKE_AGENT_SECRET") ?? [];
  const agent = url === undefined ? null : { url, secrets };
  return Object.freeze({
    public: { host: read("TURNPIKE_HOST") ?? "0.0.0.0", port: read("TURNPIKE_PORT") ?? 8080 },
    admin,
    publicUrl: read("TURNPIKE_PUBLIC_URL") ?? null,
    databaseFile: "file" in database ? database.file : "",
    postgresUrl: "url" in database ? database.url : null,
    agent,
    agentToken: read("TURNPIKE_AGENT_TOKEN") ?? null,
    logLevel: read("TURNPIKE_LOG_LEVEL") ?? "info",
    logPayloads: read("TURNPIKE_LOG_PAYLOADS") === "on",
    logKey: read("TURNPIKE_LOG_KEY") ?? null,
    settings: readSettings(read),
    sendTimeoutMs: read("TURNPIKE_SEND_TIMEOUT_MS"),
    warnings: warningsOf(env, read),
  });
}

function readSettings(read: <N extends Name>(name: N) => ValueOf<N> | undefined): GatewaySettings {
  const batch = {
    quietMs: read("TURNPIKE_BATCH_QUIET_MS"),
    maxWaitMs: read("TURNPIKE_BATCH_MAX_WAIT_MS"),
    maxEvents: read("TURNPIKE_BATCH_MAX_EVENTS"),
  };
  const times = {
    leaseMs: read("TURNPIKE_LEASE_MS"),
    agentTimeoutMs: read("TURNPIKE_AGENT_TIMEOUT_MS"),
    coalesceMs: read("TURNPIKE_COALESCE_MS"),
    unknownWaitMs: read("TURNPIKE_UNKNOWN_WAIT_MS"),
    namesWaitMs: read("TURNPIKE_NAMES_WAIT_MS"),
    onUnknown: read("TURNPIKE_ON_UNKNOWN"),
  };
  const context = { maxEvents: read("TURNPIKE_CONTEXT_MAX_EVENTS"), maxAgeMs: read("TURNPIKE_CONTEXT_MAX_AGE_MS") };
  const media = { linkMs: read("TURNPIKE_MEDIA_LINK_MS"), maxBytes: read("TURNPIKE_MEDIA_MAX_BYTES") };
  const rollout = { percent: read("TURNPIKE_BATCH_PERCENT"), peers: read("TURNPIKE_BATCH_PEERS") };
  const busy = { mode: read("TURNPIKE_BUSY"), skip: read("TURNPIKE_BUSY_SKIP") };
  return {
    batch: present(batch),
    rollout: present(rollout),
    busy: present(busy),
    context: present(context),
    media: present(media),
    ...present(times),
  };
}

/** Without the fields that were not set, so that their defaults stand. */
function present<T extends Record<string, unknown>>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

function readVariable<N extends Name>(env: Environment, name: N): ValueOf<N> | undefined {
  const used = [name, ALIASES[name]].find((key) => key !== undefined && (env[key]?.trim() ?? "") !== "");
  if (used === undefined) return undefined;
  const text = env[used]?.trim() ?? "";
  const { schema, allowed } = VARIABLES[name];
  const result = schema.safeParse(text);
  if (result.success) return result.data as ValueOf<N>;
  // A URL may hold a password or a key.
  const isSecret = SECRETS.has(name) || /[@?&]/.test(text);
  const shown = isSecret ? `a value of ${text.length} characters` : JSON.stringify(text);
  throw new Misconfigured(`${used}: read ${shown}; allowed: ${allowed}`);
}

/** A name of ours that we don't know is a misspelling. A platform's may be another program's, unless it is close. */
function refuseUnknown(env: Environment): void {
  const ours = Object.keys(VARIABLES);
  const channels: readonly string[] = Object.values(CHANNELS).flatMap(({ variables }) => [...variables]);
  for (const name of Object.keys(env)) {
    if (ours.includes(name) || channels.includes(name) || name.startsWith("TURNPIKE_TEST_")) continue;
    const isOurs = name.startsWith("TURNPIKE_");
    const near = nearest(name, isOurs ? ours : channels);
    if (!isOurs && near === null) continue;
    const hint = near === null ? `known are ${ours.join(", ")}` : `did you mean ${near}?`;
    throw new Misconfigured(`${name}: there is no such setting; ${hint}`);
  }
}

/** Edits that a slip of the fingers makes. */
const SLIP = 3;

function nearest(name: string, known: readonly string[]): string | null {
  const [best] = known
    .map((candidate) => ({ candidate, edits: leven(candidate, name) }))
    .toSorted((a, b) => a.edits - b.edits);
  return best !== undefined && best.edits <= SLIP ? best.candidate : null;
}

function warningsOf(env: Environment, read: <N extends Name>(name: N) => ValueOf<N> | undefined): string[] {
  const warnings: string[] = [];
  const known: readonly string[] = Object.values(CHANNELS).flatMap(({ variables }) => [...variables]);
  for (const name of Object.keys(env)) {
    const isOfPlatform = /^(MESSENGER|WHATSAPP|META)_/.test(name);
    if (isOfPlatform && !known.includes(name)) warnings.push(`${name} has no effect: this version doesn't speak to it`);
  }
  if (env.LINE_SLOW_REPLY_AFTER_MS !== undefined && env.LINE_SLOW_REPLY?.trim() !== "button") {
    warnings.push("LINE_SLOW_REPLY_AFTER_MS has no effect: LINE_SLOW_REPLY is not button");
  }
  if (read("TURNPIKE_LOG_PAYLOADS") === "on") {
    warnings.push(
      "TURNPIKE_LOG_PAYLOADS=on: what people write and who they are goes into the log; switch it off again",
    );
  }
  if (read("TURNPIKE_ON_UNKNOWN") === "resend") {
    warnings.push("TURNPIKE_ON_UNKNOWN=resend: where a platform has no retry key, a person may read a message twice");
  }
  if (read("TURNPIKE_AGENT_URL") === undefined) {
    warnings.push(read("TURNPIKE_AGENT_TOKEN") === undefined ? NO_AGENT : NOT_YET_AN_AGENT);
  } else if (read("TURNPIKE_AGENT_SECRET") === undefined) {
    warnings.push("TURNPIKE_AGENT_SECRET is not set: the agent can't tell our turns from somebody else's");
  }
  return warnings;
}

const NOT_YET_AN_AGENT =
  "TURNPIKE_AGENT_URL is not set: turns wait until an agent connects to /v1/agent or /ws with TURNPIKE_AGENT_TOKEN";
const NO_AGENT = "TURNPIKE_AGENT_URL is not set: webhooks are stored and acked, and turns wait for an agent";

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}
