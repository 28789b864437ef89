/** Goal: a valid setting has its value, and an invalid one is refused with one sentence. */
import { describe, expect, test } from "vitest";
import { Misconfigured } from "../core/errors.ts";
import { readConfig } from "./config.ts";

const AGENT = { TURNPIKE_AGENT_URL: "http://127.0.0.1:3000/turns" };
const WHSEC = `whsec_${Buffer.from("a secret of some length").toString("base64")}`;

function refusal(env: Readonly<Record<string, string>>): string {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof Misconfigured) return error.message;
    throw error;
  }
  return "nothing was refused";
}

test("without any variable all defaults apply, with a warning for what is missing", () => {
  expect(readConfig({})).toEqual({
    public: { host: "0.0.0.0", port: 8080, requestTimeoutMs: 15_000, connectionsMax: 10_000 },
    trustedProxies: [],
    admin: { host: "127.0.0.1", port: 8081, token: null, tokens: [] },
    publicUrl: null,
    databaseUrl: "sqlite:data/turnpike.db",
    agent: null,
    agentToken: null,
    agents: {},
    routes: [],
    rehearsalAgents: {},
    channels: [],
    logLevel: "info",
    logPayloads: false,
    logKey: null,
    settings: {
      batch: {},
      rollout: {},
      busy: {},
      context: {},
      media: {},
      turnRetry: {},
      deliveryRetry: {},
      handover: {},
      limits: {},
    },
    sendTimeoutMs: 10_000,
    connectTimeoutMs: 3_000,
    entries: expect.any(Array),
    warnings: ["TURNPIKE_AGENT_URL is not set: webhooks are stored and acked, and turns wait for an agent"],
  });
  expect(Object.isFrozen(readConfig({}))).toBe(true);
});

describe("a valid value", () => {
  test.each<[Record<string, string>, Record<string, unknown>]>([
    [{ TURNPIKE_HOST: "127.0.0.1" }, { public: { host: "127.0.0.1", port: 8080 } }],
    [{ TURNPIKE_PORT: "0" }, { public: { host: "0.0.0.0", port: 0 } }],
    [{ TURNPIKE_PORT: "65535" }, { public: { host: "0.0.0.0", port: 65_535 } }],
    [{ TURNPIKE_ADMIN_HOST: "::1" }, { admin: { host: "::1", port: 8081, token: null, tokens: [] } }],
    [{ TURNPIKE_LOG_PAYLOADS: " on\n" }, { logPayloads: true }],
    [{ TURNPIKE_LOG_KEY: " the-key-of-our-logs " }, { logKey: "the-key-of-our-logs" }],
    [{ TURNPIKE_ADMIN_PORT: "9000" }, { admin: { host: "127.0.0.1", port: 9_000, token: null, tokens: [] } }],
    [{ TURNPIKE_ADMIN_TOKEN: "t" }, { admin: { host: "127.0.0.1", port: 8081, token: "t", tokens: [] } }],
    [
      { TURNPIKE_DATABASE_URL: "sqlite:/var/lib/turnpike/my data.db" },
      { databaseUrl: "sqlite:/var/lib/turnpike/my data.db" },
    ],
    [{ TURNPIKE_DATABASE_URL: "postgres://me:hush@db:5432/bots" }, { databaseUrl: "postgres://me:hush@db:5432/bots" }],
    [{ TURNPIKE_DATABASE_URL: "postgresql://db/bots" }, { databaseUrl: "postgresql://db/bots" }],
    [AGENT, { agent: { url: "http://127.0.0.1:3000/turns", secrets: [] } }],
    [{ ...AGENT, TURNPIKE_AGENT_SECRET: WHSEC }, { agent: { url: AGENT.TURNPIKE_AGENT_URL, secrets: [WHSEC] } }],
    [{ ...AGENT, TURNPIKE_AGENT_SECRET: `${WHSEC}, ${WHSEC}` }, { agent: { secrets: [WHSEC, WHSEC] } }],
    [{ TURNPIKE_AGENT_TOKEN: "t" }, { agentToken: "t" }],
    [{ TURNPIKE_BATCH_QUIET_MS: "0" }, { settings: { batch: { quietMs: 0 } } }],
    [{ TURNPIKE_BATCH_MAX_WAIT_MS: "86400000" }, { settings: { batch: { maxWaitMs: 86_400_000 } } }],
    [{ TURNPIKE_KEEP_CONTENT_DAYS: " 3 " }, { settings: { contentMs: 3 * 86_400_000 } }],
    [{ TURNPIKE_KEEP_METADATA_DAYS: "3650" }, { settings: { metadataMs: 3_650 * 86_400_000 } }],
    [{ TURNPIKE_KEEP_DEDUP_KEYS_DAYS: "8" }, { settings: { dedupKeysMs: 8 * 86_400_000 } }],
    [{ TURNPIKE_BATCH_MAX_EVENTS: "1" }, { settings: { batch: { maxEvents: 1 } } }],
    [{ TURNPIKE_BATCH_PERCENT: "10" }, { settings: { rollout: { percent: 10 } } }],
    [{ TURNPIKE_BATCH_PEERS: " Uann , Ubob" }, { settings: { rollout: { peers: ["Uann", "Ubob"] } } }],
    [{ TURNPIKE_BUSY: "interrupt" }, { settings: { busy: { mode: "interrupt" } } }],
    [{ TURNPIKE_BUSY_SKIP: "action=other" }, { settings: { busy: { skip: ["action=other"] } } }],
    [{ TURNPIKE_KEEP_METADATA_DAYS: "1" }, { settings: { metadataMs: 86_400_000 } }],
    [{ TURNPIKE_KEEP_DEDUP_KEYS_DAYS: "8" }, { settings: { dedupKeysMs: 691_200_000 } }],
    [{ TURNPIKE_LEASE_MS: "1000" }, { settings: { batch: {}, leaseMs: 1_000 } }],
    [{ TURNPIKE_AGENT_TIMEOUT_MS: "1000" }, { settings: { batch: {}, agentTimeoutMs: 1_000 } }],
    [{ TURNPIKE_TRUSTED_PROXIES: "10.0.0.0/8 , ::1" }, { trustedProxies: ["10.0.0.0/8", "::1"] }],
    [{ TURNPIKE_REQUEST_TIMEOUT_MS: "1000" }, { public: { requestTimeoutMs: 1_000 } }],
    [{ TURNPIKE_MAX_CONNECTIONS: "1" }, { public: { connectionsMax: 1 } }],
    [{ TURNPIKE_BODY_BUDGET_BYTES: "4194304" }, { settings: { limits: { bodyBudgetBytes: 4_194_304 } } }],
    [{ TURNPIKE_ACCOUNT_WEBHOOKS_AT_ONCE: "1" }, { settings: { limits: { webhooksAtOnce: 1 } } }],
    [{ TURNPIKE_ACCOUNT_WEBHOOKS_PER_SECOND: "0" }, { settings: { limits: { webhooksPerSecond: 0 } } }],
    [{ TURNPIKE_REFUSED_PER_MINUTE: "0" }, { settings: { limits: { refusedPerMinute: 0 } } }],
    [{ TURNPIKE_MEDIA_AT_ONCE: "1" }, { settings: { limits: { mediaAtOnce: 1 } } }],
    [{ TURNPIKE_SHUTDOWN_GRACE_MS: "300000" }, { settings: { shutdownGraceMs: 300_000 } }],
    [{ TURNPIKE_UNKNOWN_WAIT_MS: "0" }, { settings: { batch: {}, unknownWaitMs: 0 } }],
    [{ TURNPIKE_SEND_TIMEOUT_MS: "100" }, { sendTimeoutMs: 100 }],
    [{ TURNPIKE_ON_UNKNOWN: "hold" }, {}],
    ...["trace", "debug", "info", "warn", "error", "fatal", "silent"].map(
      (level): [Record<string, string>, Record<string, unknown>] => [
        { TURNPIKE_LOG_LEVEL: level },
        { logLevel: level },
      ],
    ),
  ])("%j is accepted", (env, expected) => {
    expect(readConfig(env)).toMatchObject(expected);
  });

  test("may have white space around it, and an empty one counts as absent", () => {
    const spaced = readConfig({
      TURNPIKE_PORT: " 9000 ",
      TURNPIKE_LOG_LEVEL: "debug\n",
      TURNPIKE_BATCH_QUIET_MS: "\t5",
      TURNPIKE_AGENT_URL: ` ${AGENT.TURNPIKE_AGENT_URL} `,
      TURNPIKE_AGENT_SECRET: ` ${WHSEC}\r\n`,
      TURNPIKE_DATABASE_URL: " sqlite:x.db ",
    });
    expect(spaced).toMatchObject({
      public: { port: 9_000 },
      logLevel: "debug",
      settings: { batch: { quietMs: 5 } },
      agent: { url: AGENT.TURNPIKE_AGENT_URL, secrets: [WHSEC] },
      databaseUrl: "sqlite:x.db",
    });
    expect(readConfig({ TURNPIKE_PORT: "", TURNPIKE_LOG_LEVEL: "  ", TURNPIKE_LEASE_MS: "\n" })).toEqual(
      readConfig({}),
    );
  });
});

describe("a malformed value", () => {
  const PORT = "allowed: a port number, 0 to 65535";
  const ms = (least: number, most = 86_400_000) => `allowed: whole milliseconds, ${least} to ${most}`;
  const EVENTS = "allowed: a whole number, 1 to 1000";

  test.each([
    ["TURNPIKE_HOST", "a b", "allowed: a text without spaces"],
    ["TURNPIKE_PORT", "65536", PORT],
    ["TURNPIKE_PORT", "-1", PORT],
    ["TURNPIKE_PORT", "80a", PORT],
    ["TURNPIKE_PORT", "8e3", PORT],
    ["TURNPIKE_PORT", "0x50", PORT],
    ["TURNPIKE_PORT", "80.0", PORT],
    ["TURNPIKE_ADMIN_HOST", "a b", "allowed: a text without spaces"],
    ["TURNPIKE_ADMIN_PORT", "http", PORT],
    ["TURNPIKE_DATABASE_URL", "data/turnpike.db", "allowed: sqlite: and the path"],
    ["TURNPIKE_DATABASE_URL", "sqlite:", "allowed: sqlite: and the path"],
    ["TURNPIKE_DATABASE_URL", "postgres://db", "allowed: sqlite: and the path"],
    ["TURNPIKE_AGENT_URL", "127.0.0.1:3000", "allowed: an absolute http or https URL"],
    ["TURNPIKE_AGENT_URL", "ws://127.0.0.1/", "allowed: an absolute http or https URL"],
    ["TURNPIKE_AGENT_URL", "/turns", "allowed: an absolute http or https URL"],
    ["TURNPIKE_BATCH_QUIET_MS", "1.5", ms(0)],
    ["TURNPIKE_BATCH_QUIET_MS", "1500ms", ms(0)],
    ["TURNPIKE_BATCH_QUIET_MS", "1_500", ms(0)],
    ["TURNPIKE_BATCH_QUIET_MS", "off", ms(0)],
    ["TURNPIKE_BATCH_PERCENT", "101", "allowed: a whole number, 0 to 100"],
    ["TURNPIKE_BATCH_PERCENT", "10%", "allowed: a whole number, 0 to 100"],
    ["TURNPIKE_BATCH_PEERS", "Uann Ubob", "allowed: texts without spaces, separated by commas"],
    ["TURNPIKE_BUSY", "skip", "allowed: queue, interrupt"],
    ["TURNPIKE_BUSY_SKIP", "action=other,", "allowed: texts without spaces, separated by commas"],
    ["TURNPIKE_BATCH_MAX_WAIT_MS", "86400001", ms(0)],
    ["TURNPIKE_KEEP_CONTENT_DAYS", "0", "allowed: whole days, 1 to 3650"],
    ["TURNPIKE_KEEP_METADATA_DAYS", "30d", "allowed: whole days, 1 to 3650"],
    ["TURNPIKE_KEEP_DEDUP_KEYS_DAYS", "7", "allowed: whole days, 8 to 3650"],
    ["TURNPIKE_BATCH_MAX_EVENTS", "0", EVENTS],
    ["TURNPIKE_BATCH_MAX_EVENTS", "1001", EVENTS],
    ["TURNPIKE_KEEP_DEDUP_KEYS_DAYS", "7", "allowed: whole days, 8 to 3650"],
    ["TURNPIKE_LEASE_MS", "999", ms(1_000)],
    ["TURNPIKE_AGENT_TIMEOUT_MS", "999", ms(1_000, 2_592_000_000)],
    ["TURNPIKE_SEND_TIMEOUT_MS", "99", ms(100, 300_000)],
    ["TURNPIKE_SEND_TIMEOUT_MS", "300001", ms(100, 300_000)],
    ["TURNPIKE_UNKNOWN_WAIT_MS", "-1", ms(0)],
    ["TURNPIKE_ON_UNKNOWN", "Hold", "allowed: hold, resend"],
    ["TURNPIKE_LOG_LEVEL", "INFO", "allowed: trace, debug, info, warn, error, fatal, silent"],
    ["TURNPIKE_LOG_PAYLOADS", "yes", "allowed: on, off, true, false"],
    ["TURNPIKE_LOG_LEVEL", "verbose", "allowed: trace, debug, info, warn, error, fatal, silent"],
  ])("%s=%s is refused with the name, what was read and what is allowed", (name, value, allowed) => {
    expect(refusal({ [name]: value })).toMatch(`${name}: read ${JSON.stringify(value)}; ${allowed}`);
  });

  test.each([
    ["TURNPIKE_ADMIN_TOKEN", "hush hush"],
    ["TURNPIKE_AGENT_TOKEN", "hush hush"],
    ["TURNPIKE_AGENT_SECRET", "hush-hush"],
    ["TURNPIKE_LOG_KEY", "hush-hush"],
    ["TURNPIKE_AGENT_SECRET", "whsec_hush hush"],
  ])("of the secret %s is not shown, only its length", (name, value) => {
    const words = refusal({ ...AGENT, [name]: value });
    expect(words).toContain(`${name}: read a value of ${value.length} characters; allowed: `);
    expect(words).not.toContain("hush");
  });

  test("of an unused secret is refused, too", () => {
    expect(refusal({ TURNPIKE_AGENT_SECRET: "hush-hush" })).toMatch(/^TURNPIKE_AGENT_SECRET: read a value of 9 char/);
  });

  test.each([
    ["TURNPIKE_DATABASE_URL", "mysql://turnpike:hush@db/turnpike"],
    ["TURNPIKE_AGENT_URL", "htp://bot:hush@127.0.0.1/turns"],
  ])("of %s is not shown if it contains a password", (name, value) => {
    const words = refusal({ [name]: value });
    expect(words).toContain(name);
    expect(words).not.toContain("hush");
  });
});

describe("a name that is no setting", () => {
  test.each([
    ["TURNPIKE_PROT", "TURNPIKE_PORT"],
    ["TURNPIKE_PRT", "TURNPIKE_PORT"],
    ["TURNPIKE_ADMIN_PRT", "TURNPIKE_ADMIN_PORT"],
    ["TURNPIKE_AGENT_URI", "TURNPIKE_AGENT_URL"],
    ["TURNPIKE_BATCH_QUIET", "TURNPIKE_BATCH_QUIET_MS"],
    ["TURNPIKE_LOGLEVEL", "TURNPIKE_LOG_LEVEL"],
    ["TURNPIKE_Port", "TURNPIKE_PORT"],
  ])("%s is refused with the suggestion %s", (wrong, right) => {
    expect(refusal({ [wrong]: "1" })).toBe(`${wrong}: there is no such setting; did you mean ${right}?`);
  });

  test("and resembles none is refused with all names, and without its value", () => {
    const words = refusal({ TURNPIKE_COLOUR_OF_THE_LOGO: "hush" });
    expect(words).toMatch(/^TURNPIKE_COLOUR_OF_THE_LOGO: there is no such setting; known are /);
    expect(words).toContain("TURNPIKE_BATCH_QUIET_MS");
    expect(words).not.toContain("hush");
  });

  test("is refused even when it is empty", () => {
    expect(refusal({ TURNPIKE_PROT: "" })).toContain("TURNPIKE_PROT");
  });

  test("but another program's is ignored", () => {
    expect(() =>
      readConfig({ PATH: "/bin", TURNPIKE: "1", TURNPIKE_TEST_SEED: "1", MY_TURNPIKE_PORT: "x" }),
    ).not.toThrow();
  });

  test.each(["HOST", "PORTS", "POST", "SPORT", "HOSTNAME", "LINES", "COLUMNS", "META", "GATEWAY_TOKEN", "LINE_UP"])(
    "but is near to another program's, as %s, is left alone",
    (name) => {
      expect(() => readConfig({ [name]: "x" })).not.toThrow();
    },
  );
});

describe("other names", () => {
  test("PORT and openab's GATEWAY_WS_TOKEN are aliases", () => {
    expect(readConfig({ PORT: "9000", GATEWAY_WS_TOKEN: "t" })).toMatchObject({
      public: { port: 9_000 },
      agentToken: "t",
    });
  });

  test("the own name takes precedence over an alias, unless it is empty", () => {
    expect(readConfig({ PORT: "9000", TURNPIKE_PORT: "9001" }).public.port).toBe(9_001);
    expect(readConfig({ PORT: "9000", TURNPIKE_PORT: " " }).public.port).toBe(9_000);
  });

  test("a malformed value is reported under the name that was used, and a secret isn't shown there either", () => {
    expect(refusal({ PORT: "http" })).toMatch(/^PORT: read "http"; allowed: a port number/);
    expect(refusal({ GATEWAY_WS_TOKEN: "hush hush" })).toMatch(/^GATEWAY_WS_TOKEN: read a value of 9 characters;/);
  });
});

describe("the admin port", () => {
  test.each(["0.0.0.0", "::", "10.0.0.1", "turnpike.internal"])("on %s needs a token", (host) => {
    expect(refusal({ TURNPIKE_ADMIN_HOST: host })).toMatch(/TURNPIKE_ADMIN_TOKEN set/);
    expect(readConfig({ TURNPIKE_ADMIN_HOST: host, TURNPIKE_ADMIN_TOKEN: "t" }).admin.host).toBe(host);
  });

  test.each(["127.0.0.1", "127.1.2.3", "localhost", "::1"])("on %s needs none", (host) => {
    expect(readConfig({ TURNPIKE_ADMIN_HOST: host }).admin).toEqual({ host, port: 8_081, token: null, tokens: [] });
  });
});

describe("a named token of the admin port", () => {
  const ann = { name: "ann", right: "operate", token: "the-token-of-ann-1" };
  const monitoring = { name: "monitoring", right: "read", token: "the-token-of-prometheus" };
  const given = (...tokens: object[]) => ({ TURNPIKE_ADMIN_TOKENS: JSON.stringify(tokens) });

  test("has a name and a right, and is enough for a port off loopback", () => {
    const { admin } = readConfig({ ...given(ann, monitoring), TURNPIKE_ADMIN_HOST: "0.0.0.0" });
    expect(admin).toEqual({ host: "0.0.0.0", port: 8_081, token: null, tokens: [ann, monitoring] });
  });

  test.each<[string, object[], RegExp]>([
    [
      "lacks its right",
      [{ name: "ann", token: ann.token }],
      /^admin\.tokens\[0\]\.right is not set; every token needs/,
    ],
    ["lacks all", [ann, {}], /tokens\[1\]\.name is.*\n.*tokens\[1\]\.right is.*\n.*tokens\[1\]\.token is not set/],
    [
      "has another right",
      [{ ...ann, right: "write" }],
      /^TURNPIKE_ADMIN_TOKENS\[0\]\.right: read "write"; allowed: read, /,
    ],
    [
      "is short",
      [{ ...ann, token: "hush" }],
      /^TURNPIKE_ADMIN_TOKENS\[0\]\.token: read a value of 4 char.*at least 16/,
    ],
    ["has another one's name", [ann, { ...monitoring, name: "ann" }], /^admin\.tokens: the name ann is used twice/],
    [
      "has another one's token",
      [ann, { ...monitoring, token: ann.token }],
      /^admin\.tokens: the token of monitoring is/,
    ],
    [
      "has the name of the token without one",
      [{ ...ann, name: "TURNPIKE_ADMIN_TOKEN" }],
      /^admin\.tokens: the name TURNPIKE_ADMIN_TOKEN is that/,
    ],
    [
      "has the name of nobody in particular",
      [{ ...ann, name: "loopback" }],
      /^admin\.tokens: the name loopback is that of/,
    ],
    ["has the name of the command line", [{ ...ann, name: "cli" }], /^admin\.tokens: the name cli is that of/],
  ])("is refused when it %s", (_, tokens, words) => {
    expect(refusal({ ...given(...tokens), TURNPIKE_ADMIN_HOST: "0.0.0.0" })).toMatch(words);
    expect(refusal(given(...tokens))).not.toContain(ann.token);
  });

  test("may be the one that a command line uses", () => {
    const { admin } = readConfig({ ...given(ann), TURNPIKE_ADMIN_TOKEN: ann.token });
    expect(admin).toMatchObject({ token: ann.token, tokens: [ann] });
  });

  test("is refused when it is in no list", () => {
    const words = refusal({ TURNPIKE_ADMIN_TOKENS: "ann:hush", TURNPIKE_ADMIN_HOST: "0.0.0.0" });
    expect(words).toBe("TURNPIKE_ADMIN_TOKENS: read 8 characters that aren't JSON; allowed: a JSON list");
  });
});

test("a problem is reported once: an invalid token isn't missing as well", () => {
  const words = refusal({ TURNPIKE_ADMIN_HOST: "0.0.0.0", TURNPIKE_ADMIN_TOKEN: "hush hush" });
  expect(words).toMatch(/^TURNPIKE_ADMIN_TOKEN: read a value of 9 characters; allowed: .*$/);
  const secret = { LINE_CHANNEL_SECRET: "hush hush", LINE_CHANNEL_ACCESS_TOKEN: "t" };
  expect(refusal(secret)).toMatch(/^LINE_CHANNEL_SECRET: read a value of 9 characters; allowed: .*$/);
});

describe("a warning", () => {
  test.each([
    [{}, ["TURNPIKE_AGENT_URL is not set: webhooks are stored"]],
    [{ TURNPIKE_AGENT_TOKEN: "token" }, ["TURNPIKE_AGENT_URL is not set: turns wait until an agent connects"]],
    [AGENT, ["TURNPIKE_AGENT_SECRET is not set"]],
    [{ ...AGENT, TURNPIKE_AGENT_SECRET: WHSEC }, []],
    [
      { ...AGENT, TURNPIKE_AGENT_SECRET: WHSEC, TURNPIKE_ON_UNKNOWN: "resend" },
      ["TURNPIKE_ON_UNKNOWN=resend: on a platform without retry keys"],
    ],
    [
      {
        ...AGENT,
        TURNPIKE_AGENT_SECRET: WHSEC,
        MESSENGER_FANCY_FEATURE: "hush",
        WHATSAPP_FANCY_FEATURE: "hush",
        META_FANCY_FEATURE: "hush",
      },
      [
        "MESSENGER_FANCY_FEATURE has no effect",
        "WHATSAPP_FANCY_FEATURE has no effect",
        "META_FANCY_FEATURE has no effect",
      ],
    ],
  ])("for %j says what has no effect, without the value", (env, beginnings) => {
    const { warnings } = readConfig(env);
    expect(warnings).toEqual(beginnings.map((beginning) => expect.stringContaining(beginning)));
    expect(warnings.join()).not.toContain("hush");
  });
});
