/** Goal: a YAML file can set everything, including several accounts and agents, and problems have their line. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { accountKeyOf } from "../core/conversation.ts";
import { Misconfigured } from "../core/errors.ts";
import { type Config, readConfig } from "./config.ts";

const folder = mkdtempSync(join(tmpdir(), "turnpike-yaml-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "turnpike.yaml");

function config(yaml: string, env: Readonly<Record<string, string>> = {}): Config {
  writeFileSync(file, yaml);
  return readConfig({ TURNPIKE_CONFIG: file, ...env });
}

/** The refusal, without the folder. */
function refusal(yaml: string, env: Readonly<Record<string, string>> = {}): string {
  try {
    config(yaml, env);
  } catch (error) {
    if (error instanceof Misconfigured) return error.message.replaceAll(`${folder}/`, "");
    throw error;
  }
  return "nothing was refused";
}

const AGENT = "agent: { url: http://127.0.0.1:3000/turns, secret: whsec_aW52ZW50ZWQ= }";
const LINE = "line: { channelSecret: s3cret, channelAccessToken: t0ken }";
const SHOP = "{ account: shop, channelSecret: hush1, channelAccessToken: hush2 }";
const HELP = "{ account: help, channelSecret: hush3, channelAccessToken: hush4 }";
const accounts = ({ channels }: Config) => channels.map(accountKeyOf);

describe("the file", () => {
  test("of --config takes precedence over that of TURNPIKE_CONFIG, and an empty name is none", () => {
    writeFileSync(file, "port: 1");
    const other = join(folder, "other.yaml");
    writeFileSync(other, "port: 2");
    expect(readConfig({ TURNPIKE_CONFIG: ` ${file} ` }).public.port).toBe(1);
    expect(readConfig({ TURNPIKE_CONFIG: file }, { file: other }).public.port).toBe(2);
    expect(readConfig({ TURNPIKE_CONFIG: " " }).public.port).toBe(8080);
  });

  test("that is missing is refused, with the option or variable", () => {
    expect(() => readConfig({ TURNPIKE_CONFIG: "/nowhere.yaml" })).toThrow(
      "TURNPIKE_CONFIG: the file /nowhere.yaml can't be read (ENOENT)",
    );
    expect(() => readConfig({}, { file: folder })).toThrow(`--config: the file ${folder} can't be read (EISDIR)`);
  });

  test("may be empty, or only a comment", () => {
    expect(config("").public.port).toBe(8080);
    expect(config("# nothing yet\n").public.port).toBe(8080);
  });

  test.each([
    ["admin: { token: 'x }", "turnpike.yaml:1: a bracket, a quote or a comma is missing"],
    ["port: 1\nport: 2", "turnpike.yaml:2: this name is repeated"],
    ["a: 1\n---\nb: 1", "turnpike.yaml:2: a second document begins here"],
    ["batch:\n\tquietMs: 1", "turnpike.yaml:2: a tab indents this line"],
    ["- port", "turnpike.yaml:1: this is not a map"],
    ["port: !secret 1", "turnpike.yaml:1: the tag is unknown"],
    ["batch: 5", "turnpike.yaml:1: batch: read one value; allowed: a group with quietMs, maxWaitMs, maxEvents"],
    ["batch: [5]", "turnpike.yaml:1: batch: read a list; allowed: a group with quietMs"],
    [
      "routes: { agent: x }",
      "turnpike.yaml:1: routes: read something else than a list; allowed: a list of groups with channel, account",
    ],
    ["line: &x { batch: *x }", "turnpike.yaml:1: read aliases that are recursive or expand to more than 10000 values"],
    ["port: { a: 1 }", 'turnpike.yaml:1: port: read {"a":1}; allowed: a port number, 0 to 65535'],
    ["__proto__: { port: 1 }", "turnpike.yaml:1: __proto__: there is no such setting"],
    ["constructor: 1", "turnpike.yaml:1: constructor: there is no such setting"],
  ])("%j is refused with its line", (yaml, words) => {
    expect(refusal(yaml)).toContain(words);
  });

  test("that isn't YAML is refused without its text, which may be a secret", () => {
    expect(refusal('admin:\n  token: "hush-hush\nport: 1')).not.toContain("hush");
    expect(refusal("agent: { token: hush-hush hush }}")).not.toContain("hush");
  });

  test("may use anchors", () => {
    expect(config("batch: &b { quietMs: 7 }\nline: { batch: *b }").settings.batch).toEqual({ quietMs: 7 });
  });
});

describe("a name that is no setting", () => {
  test.each([
    ["prot: 1", "prot: there is no such setting; did you mean port?"],
    ["batch: { quiet_ms: 1 }", "batch.quiet_ms: there is no such setting; did you mean batch.quietMs?"],
    ["batch: { quietms: 1 }", "batch.quietms: there is no such setting; did you mean batch.quietMs?"],
    ["TURNPIKE_PORT: 1", "TURNPIKE_PORT: there is no such setting; did you mean port?"],
    ["line: { LINE_CHANNEL_ID: 1 }", "line.LINE_CHANNEL_ID: there is no such setting; did you mean line.channelId?"],
    ["graphVersions: 1", "graphVersions: there is no such setting; known are host, port"],
    ["linkMs: 1", "linkMs: there is no such setting; did you mean media.linkMs?"],
    [
      "line: { accounts: [{ acount: x }] }",
      "line.accounts[0].acount: there is no such setting; did you mean line.accounts[0].account?",
    ],
  ])("%j is refused with a suggestion", (yaml, words) => {
    expect(refusal(yaml)).toContain(`turnpike.yaml:1: ${words}`);
  });
});

test("all problems of file and environment are reported at once", () => {
  const words = refusal("port: http\nbatch:\n  quietMs: soon\nrutes: []", { TURNPIKE_LOG_LEVEL: "loud" });
  expect(words.split("\n")).toEqual([
    "4 settings are invalid:",
    "  turnpike.yaml:4: rutes: there is no such setting; did you mean routes?",
    '  turnpike.yaml:1: port: read "http"; allowed: a port number, 0 to 65535',
    '  TURNPIKE_LOG_LEVEL: read "loud"; allowed: trace, debug, info, warn, error, fatal, silent',
    '  turnpike.yaml:3: batch.quietMs: read "soon"; allowed: whole milliseconds, 0 to 86400000',
  ]);
});

/* biome-ignore-start lint/suspicious/noTemplateCurlyInString: that is how YAML refers to a variable */
describe("a reference", () => {
  test("takes the variable's value, with a fallback where one is given", () => {
    const yaml = "port: ${MY_PORT}\nlogLevel: ${MY_LEVEL:-warn}\npublicUrl: https://${MY_HOST:-a.example}/bot";
    expect(config(yaml, { MY_PORT: " 9000 ", MY_HOST: "b.example" })).toMatchObject({
      public: { port: 9_000 },
      logLevel: "warn",
      publicUrl: "https://b.example/bot",
    });
  });

  test.each([
    ["is not set", {}],
    ["is empty", { HUSH: " " }],
  ])("to a variable that %s is refused with setting, line and variable", (_what, env) => {
    expect(refusal("admin:\n  token: a${HUSH}", env)).toBe(
      "turnpike.yaml:2: admin.token: the variable HUSH is not set; set it, or add a fallback: ${HUSH:-…}",
    );
  });

  test("with an empty fallback is empty", () => {
    expect(config("admin: { token: '${HUSH:-}' }").admin.token).toBeNull();
  });

  test("can be escaped with a second dollar sign", () => {
    expect(config("admin: { token: 'a$${HUSH}$b' }").admin.token).toBe("a${HUSH}$b");
  });

  test.each(["${}", "${A-B}", "${A", "${A:+x}"])("%s is malformed, and refused without the text", (text) => {
    const words = refusal(`admin: { token: 'hush${text}' }`);
    expect(words).toContain("admin.token: a reference is malformed");
    expect(words).not.toContain("hush");
  });

  test("in a value that the environment overrides is not expanded", () => {
    expect(config("port: ${NOPE}", { TURNPIKE_PORT: "1" }).public.port).toBe(1);
  });

  test("makes its variable known", () => {
    expect(() => config("port: ${TURNPIKE_MY_PORT}", { TURNPIKE_MY_PORT: "1" })).not.toThrow();
    expect(refusal("port: 1", { TURNPIKE_MY_PORT: "1" })).toContain("TURNPIKE_MY_PORT: there is no such setting");
  });
});
/* biome-ignore-end lint/suspicious/noTemplateCurlyInString: that is how YAML refers to a variable */

describe("accounts", () => {
  test("are the one beside the list, and those in it", () => {
    const yaml = `line:\n  channelSecret: a\n  channelAccessToken: b\n  accounts:\n    - ${SHOP}\n    - ${HELP}`;
    expect(accounts(config(yaml))).toEqual(["line/default", "line/shop", "line/help"]);
    expect(accounts(config(`line: { accounts: [${SHOP}] }`))).toEqual(["line/shop"]);
    expect(accounts(config("line: { loading: off }"))).toEqual([]);
  });

  test("of a variable replace the file's", () => {
    const env = { LINE_ACCOUNTS: '[{"account":"env","channelSecret":"a","channelAccessToken":"b"}]' };
    expect(accounts(config(`line: { accounts: [${SHOP}] }`, env))).toEqual(["line/env"]);
  });

  test("of a variable may be written over several lines", () => {
    const env = { LINE_ACCOUNTS: '[\n{\n\t"account": "a:b".slice' };
    expect(() => readConfig(env)).toThrow("LINE_ACCOUNTS: read 27 characters that aren't JSON");
    const listed = JSON.stringify([{ account: "wide", channelSecret: "a #b", channelAccessToken: "c" }], null, "\t");
    expect(() => readConfig({ LINE_ACCOUNTS: listed })).toThrow("LINE_ACCOUNTS[0].channelSecret: read a value of 4");
    expect(accounts(readConfig({ LINE_ACCOUNTS: listed.replace("a #b", "a") }))).toEqual(["line/wide"]);
  });

  test("of Meta's platforms are several too, each with its own id", async () => {
    const number = (name: string, id: string) =>
      `{ account: ${name}, appSecret: a, accessToken: b, verifyToken: c, phoneNumberId: "${id}" }`;
    const yaml = `whatsapp: { accounts: [${number("one", "1")}, ${number("two", "2")}] }`;
    const { channels } = config(yaml);
    const made = channels.map((channel) => channel.create({ sendTimeoutMs: 5_000, connectTimeoutMs: 1_000 }));
    await Promise.all(made.map((channel) => channel.close()));
    expect(made.map(({ account, identity, callLimitMs }) => [account, identity, callLimitMs])).toEqual([
      ["one", "1", 12_000],
      ["two", "2", 12_000],
    ]);
  });

  test.each([
    ["line: { channelSecret: hush }", "line.channelAccessToken is not set, line.channelSecret is"],
    [
      "line: { accounts: [{ account: a, channelSecret: hush }] }",
      "line.accounts[0].channelAccessToken is not set, line.accounts[0].channelSecret is",
    ],
    ["line: { accounts: [{ channelSecret: hush, channelAccessToken: hush }] }", "line.accounts[0].account is not set"],
    [
      "line: { channelSecret: hush, channelAccessToken: hush, accounts: [{ account: a }] }",
      "line.accounts[0] has no credentials",
    ],
    [`line: { accounts: [${SHOP}, ${SHOP}] }`, 'line.accounts: the account "shop" is used twice'],
    [
      "line: { channelSecret: hush, channelAccessToken: hush, groupPrefix: '!b' }",
      "line: groupPrefix is set and groupTrigger is every",
    ],
    ["whatsapp: { phoneNumberId: '1' }", "whatsapp.appSecret is not set, whatsapp.phoneNumberId is"],
  ])("%j is refused by its name, and no secret is shown", (yaml, words) => {
    expect(refusal(yaml)).toContain(words);
    expect(refusal(yaml)).not.toContain("hush");
  });

  test("in file and environment are merged into one account", () => {
    const half = "line: { channelSecret: a }";
    expect(accounts(config(half, { LINE_CHANNEL_ACCESS_TOKEN: "b" }))).toEqual(["line/default"]);
  });
});

describe("batching", () => {
  test("can be set for all, for a platform and for an account", () => {
    const yaml = `
batch: { quietMs: 1, maxWaitMs: 2 }
line:
  channelSecret: a
  channelAccessToken: b
  batch: { maxWaitMs: 20, maxEvents: 30 }
  accounts:
    - ${SHOP}
    - { account: help, channelSecret: c, channelAccessToken: d, batch: { maxEvents: 300 } }`;
    expect(config(yaml).settings).toMatchObject({
      batch: { quietMs: 1, maxWaitMs: 2 },
      accountBatch: {
        "line/default": { maxWaitMs: 20, maxEvents: 30 },
        "line/shop": { maxWaitMs: 20, maxEvents: 30 },
        "line/help": { maxWaitMs: 20, maxEvents: 300 },
      },
    });
  });

  test("of a platform may come from the environment", () => {
    expect(config(LINE, { LINE_BATCH_QUIET_MS: "0" }).settings.accountBatch).toEqual({
      "line/default": { quietMs: 0 },
    });
  });
});

describe("agents and routes", () => {
  const two = "agents:\n  - { name: a, url: http://127.0.0.1:1/ }\n  - { name: b, url: http://127.0.0.1:2/ }";

  test("are read as written", () => {
    const yaml = `${two}\n${LINE}\nroutes:\n  - { channel: line, account: default, kind: group, agent: a }\n  - { agent: b }`;
    const { agents, routes, warnings } = config(yaml);
    expect(agents).toEqual({
      a: { url: "http://127.0.0.1:1/", secrets: [] },
      b: { url: "http://127.0.0.1:2/", secrets: [] },
    });
    expect(routes).toEqual([{ channel: "line", account: "default", kind: "group", agent: "a" }, { agent: "b" }]);
    expect(warnings).toEqual([]);
  });

  test.each([
    [`${two}\nroutes: [{ agent: c }]`, 'routes[0].agent: read "c"; allowed: a, b'],
    [
      `${two}\nroutes: [{ channel: lime, agent: a }]\n${LINE}`,
      'routes[0].channel: read "lime"; allowed: line; did you mean line?',
    ],
    [
      `${two}\nroutes: [{ account: defualt, agent: a }]\n${LINE}`,
      'routes[0].account: read "defualt"; allowed: default; did you mean default?',
    ],
    [`${two}\nroutes: [{ channel: line }]\n${LINE}`, "routes[0].agent is not set; every route needs one"],
    [`${two}\nroutes: [{ agent: default }]`, 'routes[0].agent: read "default"; allowed: a, b'],
    ["agents: [{ name: a }]", "agents[0].url is not set; every agent needs one"],
    ["agents: [{ url: http://127.0.0.1:1/ }]", "agents[0].name is not set; every agent needs one"],
    ["agents: [{ name: default, url: http://127.0.0.1:1/ }]", "agents[0].name: default is the agent of agent.url"],
    [
      `agents: [{ name: a, url: http://127.0.0.1:1/ }, { name: a, url: http://127.0.0.1:1/ }]`,
      "agents: the name a is used twice",
    ],
  ])("%j is refused", (yaml, words) => {
    expect(refusal(yaml)).toContain(words);
  });

  test("for rehearsals are in a list of their own, which routes don't know", () => {
    const list = "rehearsalAgents: [{ name: dev, url: http://127.0.0.1:3/ }]";
    expect(config(`${AGENT}\n${LINE}\n${list}`)).toMatchObject({
      rehearsalAgents: { dev: { url: "http://127.0.0.1:3/", secrets: [] } },
      agents: {},
      routes: [],
      warnings: [],
    });
    expect(refusal(`${two}\n${list}\nroutes: [{ agent: dev }]`)).toContain(
      'routes[0].agent: read "dev"; allowed: a, b',
    );
    expect(refusal("rehearsalAgents: [{ name: dev }]")).toContain("rehearsalAgents[0].url is not set");
    const twice = "rehearsalAgents: [{ name: dev, url: http://127.0.0.1:3/ }, { name: dev, url: http://127.0.0.1:4/ }]";
    expect(refusal(twice)).toContain("rehearsalAgents: the name dev is used twice");
  });

  test("for rehearsals may be in a variable, as JSON", () => {
    const given = (agent: object) => ({ TURNPIKE_REHEARSAL_AGENTS: JSON.stringify([agent]) });
    const { rehearsalAgents } = config(
      AGENT,
      given({ name: "dev", url: "http://127.0.0.1:3/", secret: "whsec_aW52ZW50ZWQ=" }),
    );
    expect(rehearsalAgents).toEqual({ dev: { url: "http://127.0.0.1:3/", secrets: ["whsec_aW52ZW50ZWQ="] } });
    const problems = refusal("", given({ name: "dev", url: "127.0.0.1:3" }));
    expect(problems).toContain("TURNPIKE_REHEARSAL_AGENTS[0].url: read");
    expect(problems).not.toContain("is not set");
  });

  test("without effect are warned about", () => {
    const yaml = `${two}\n${LINE}\nroutes: [{ kind: group, channel: line, agent: a }]`;
    expect(config(yaml).warnings).toEqual(["agents: no route names b, so it gets no turns"]);
    expect(config(`${two}\n${LINE}`).warnings).toContain("no route matches line/default: its turns wait for an agent");
  });
});

describe("an id", () => {
  const numbers = (...ids: string[]) =>
    `whatsapp: { accounts: [${ids
      .map(
        (id, index) => `{ account: p${index}, appSecret: a, accessToken: b, verifyToken: c, phoneNumberId: "${id}" }`,
      )
      .join(", ")}] }`;

  test("that is another's except for leading zeros or case is told: they are compared exactly", () => {
    expect(config(`${AGENT}\n${numbers("123", "0123")}`).warnings).toEqual([
      expect.stringMatching(
        /: whatsapp\.accounts\[1\]\.phoneNumberId: 0123 is 123 except for leading zeros; ids are compared exactly/,
      ),
    ]);
    const shops = `line: { accounts: [${SHOP}, ${SHOP.replace("shop", "Shop")}] }`;
    expect(config(`${AGENT}\n${shops}`).warnings).toEqual([
      expect.stringMatching(/: line\.accounts\[1\]\.account: Shop is shop except for upper and lower case/),
    ]);
  });

  test("of a person on a list is checked, too", () => {
    expect(config(`${AGENT}\n${LINE}\nrollout: { peers: [Uann, "0123", UAnn, "123"] }`).warnings).toEqual([
      expect.stringMatching(/: rollout\.peers: number 3 is number 1 except for upper and lower case/),
      expect.stringMatching(/: rollout\.peers: number 4 is number 2 except for leading zeros/),
    ]);
    expect(refusal("rollout: { peers: [Uann, 0123] }")).toContain(
      'rollout.peers: read the number 0123; allowed: a text, so put it in quotes: "0123"',
    );
  });

  test("in a variable's list is compared with the file's", () => {
    const env = { LINE_ACCOUNTS: '[{"account":"Default","channelSecret":"c","channelId":"0123"}]' };
    const { warnings } = config(`${AGENT}\nline: { channelSecret: a, channelId: "123" }`, env);
    expect(warnings).toEqual([expect.stringMatching(/^LINE_ACCOUNTS: 0123 is 123 except for leading zeros/)]);
  });

  test("of another platform or kind is not compared", () => {
    expect(config(`${AGENT}\n${numbers("123", "124")}\nline: { accounts: [${SHOP}] }`).warnings).toEqual([]);
  });
});

test("a setting without effect is warned about, by the name that was written", () => {
  const yaml = `${AGENT}\nline: { channelSecret: a, channelAccessToken: b, slowReplyAfterMs: 500 }`;
  expect(config(yaml).warnings).toEqual([
    `${file}:2: line.slowReplyAfterMs has no effect: line.slowReply is not button`,
  ]);
  expect(config(`${AGENT}\n${LINE}`, { LINE_SLOW_REPLY_AFTER_MS: "500" }).warnings).toEqual([
    "LINE_SLOW_REPLY_AFTER_MS has no effect: LINE_SLOW_REPLY is not button",
  ]);
});
