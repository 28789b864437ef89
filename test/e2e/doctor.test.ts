/**
 * Goal: `turnpike doctor` finds what is wrong before people's messages do, says what to do about it, changes nothing and
 * shows no secret. Method: the shipped program beside a running gateway, a bot and simulated LINE; one fault is planted at
 * a time, and it must be the one that is found.
 */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Environment } from "./support/command.ts";
import { runCommand } from "./support/command.ts";
import { type Examined, examined, troubles } from "./support-doctor/examined.ts";
import { answering, misdated, type Scene, SECRETS, startScene } from "./support-doctor/line-scene.ts";

let scene: Scene;
beforeAll(async () => {
  scene = await startScene();
});
afterAll(() => scene[Symbol.asyncDispose]());

function expectNoSecret({ output }: Pick<Examined, "output">): void {
  for (const secret of Object.values(SECRETS)) expect(output).not.toContain(secret);
}

const NOWHERE = "http://127.0.0.1:1";

interface Planted {
  /** In place of what is right. */
  readonly env?: Environment;
  readonly options?: readonly string[];
}

interface Fault {
  readonly level: "fault" | "warning";
  readonly about: string;
  readonly check: string;
  readonly found: RegExp;
  readonly advice: RegExp;
  plant(line: Awaited<ReturnType<Scene["line"]>>): Planted | Promise<Planted>;
  /** LINE's own side of it. */
  readonly line?: Parameters<Scene["line"]>[0];
}

const LINE = { level: "fault", about: "line/default" } as const;
const AGENT = { level: "fault", about: "agent", check: "agent" } as const;
const SETTINGS = { level: "fault", about: "settings", check: "settings" } as const;

const FAULTS: Readonly<Record<string, Fault>> = {
  "a wrong access token": {
    ...LINE,
    check: "credentials",
    found: /refuses LINE_CHANNEL_ACCESS_TOKEN: 401/,
    advice: /issue a new one/,
    plant: () => ({ env: { LINE_CHANNEL_ACCESS_TOKEN: "an-old-token" } }),
  },
  "a wrong channel secret": {
    ...LINE,
    check: "webhook",
    found: /failed: 401/,
    advice: /LINE_CHANNEL_SECRET isn't this channel's/,
    plant: () => ({}),
    line: { channelSecret: "the-secret-that-line-really-signs-with" },
  },
  "a channel id whose secret is another": {
    ...LINE,
    check: "credentials",
    found: /issues no channel access token/,
    advice: /LINE_CHANNEL_ID and LINE_CHANNEL_SECRET/,
    plant: () => ({ env: { LINE_CHANNEL_ACCESS_TOKEN: undefined, LINE_CHANNEL_ID: "9999999999" } }),
  },
  "the account of another bot": {
    ...LINE,
    check: "credentials",
    found: /LINE_BOT_USER_ID is Ufeed/,
    advice: /one and the same channel/,
    plant: () => ({ env: { LINE_BOT_USER_ID: `U${"feed".padEnd(32, "0")}` } }),
  },
  "no webhook URL": {
    ...LINE,
    check: "webhook",
    found: /No webhook URL is set/,
    advice: /\/webhook\/line\/default.*switch "Use webhook" on/,
    plant: (simulator) => {
      simulator.line.webhookUrl = null;
      return {};
    },
  },
  "a webhook that is switched off": {
    ...LINE,
    check: "webhook",
    found: /"Use webhook" is off/,
    advice: /Switch "Use webhook" on/,
    plant: (simulator) => {
      simulator.line.isWebhookOn = false;
      return {};
    },
  },
  "a webhook URL that answers 404": {
    ...LINE,
    check: "webhook",
    found: /failed: 404/,
    advice: /correct the webhook URL's path/,
    plant: (simulator) => {
      simulator.line.webhookUrl = `${scene.gateway.url}/nothing/webhook/line`;
      return {};
    },
  },
  "a webhook URL that nobody answers": {
    ...LINE,
    check: "webhook",
    found: /COULD_NOT_CONNECT/,
    advice: /start the gateway/,
    plant: (simulator) => {
      simulator.line.webhookUrl = `${NOWHERE}/webhook/line`;
      return {};
    },
  },
  "a webhook URL of another account": {
    level: "warning",
    about: "line/default",
    check: "webhook-address",
    found: /doesn't end in \/webhook\/line\/default or \/webhook\/line/,
    advice: /\/webhook\/line\/default/,
    plant: async (simulator) => {
      const proxy = await answering(200);
      simulator.line.webhookUrl = `${proxy.url}/hooks/bot`;
      return {};
    },
  },
  "a month's messages that are used up": {
    ...LINE,
    check: "quota",
    found: /used up/,
    advice: /Buy more messages/,
    plant: () => ({}),
    line: { quota: 0 },
  },
  "messages that are all in reserve": {
    level: "warning",
    about: "line/default",
    check: "quota",
    found: /500 paid messages of the monthly quota are left; the reserve is 600/,
    advice: /LINE_PUSH_RESERVE/,
    plant: () => ({ env: { LINE_PUSH_RESERVE: "600" } }),
  },
  "LINE out of reach": {
    ...LINE,
    check: "credentials",
    found: /can't be reached/,
    advice: /firewall, DNS, proxy/,
    plant: () => ({ env: { LINE_API_BASE_URL: NOWHERE } }),
  },
  "a proxy that refuses in LINE's place, which says nothing of the token": {
    level: "warning",
    about: "line/default",
    check: "credentials",
    found: /answered 403 when asked who the bot is/,
    advice: /proxy/,
    plant: async () => ({ env: { LINE_API_BASE_URL: (await answering(403)).url } }),
  },
  "a clock that is off": {
    ...LINE,
    check: "clock",
    found: /\d+ s behind LINE's/,
    advice: /NTP/,
    plant: async (simulator) => ({ env: { LINE_API_BASE_URL: (await misdated(simulator.url, 300_000)).url } }),
  },
  "a misspelt variable": {
    ...SETTINGS,
    found: /TURNPIKE_BATCH_QUITE_MS.*did you mean TURNPIKE_BATCH_QUIET_MS/,
    advice: /docs\/settings\.md/,
    plant: () => ({ env: { TURNPIKE_BATCH_QUITE_MS: "100" } }),
  },
  "an admin port that others reach, without a token": {
    ...SETTINGS,
    found: /TURNPIKE_ADMIN_HOST.*TURNPIKE_ADMIN_TOKEN/,
    advice: /Correct it/,
    plant: () => ({ env: { TURNPIKE_ADMIN_HOST: "0.0.0.0", TURNPIKE_ADMIN_TOKEN: undefined } }),
  },
  "an agent that is down": {
    ...AGENT,
    found: /can't be reached: ECONNREFUSED/,
    advice: /Start the agent/,
    plant: () => ({ env: { TURNPIKE_AGENT_URL: `${NOWHERE}/turns` } }),
  },
  "an agent with another secret": {
    ...AGENT,
    found: /refuses our signature with 401/,
    advice: /TURNPIKE_AGENT_SECRET/,
    plant: () => ({ env: { TURNPIKE_AGENT_SECRET: `whsec_${Buffer.from("not the agent's").toString("base64")}` } }),
  },
  "an agent at another path": {
    ...AGENT,
    found: /404/,
    advice: /path of TURNPIKE_AGENT_URL/,
    plant: async () => ({ env: { TURNPIKE_AGENT_URL: `${(await answering(404)).url}/turns` } }),
  },
  "an agent that believes anybody": {
    level: "warning",
    about: "agent",
    check: "agent-signature",
    found: /wrong secret/,
    advice: /Verify/,
    plant: async () => ({ env: { TURNPIKE_AGENT_URL: (await answering(204)).url } }),
  },
  "an agent that is broken": {
    level: "warning",
    about: "agent",
    check: "agent",
    found: /answered 502/,
    advice: /its log/,
    plant: async () => ({ env: { TURNPIKE_AGENT_URL: (await answering(502)).url } }),
  },
  "no agent at all": {
    ...AGENT,
    found: /No agent is configured/,
    advice: /TURNPIKE_AGENT_URL and TURNPIKE_AGENT_SECRET/,
    plant: () => ({ env: { TURNPIKE_AGENT_URL: undefined, TURNPIKE_AGENT_SECRET: undefined } }),
  },
  "another program on the gateway's port": {
    level: "warning",
    about: "gateway",
    check: "gateway",
    found: /isn't a gateway/,
    advice: /another port/,
    plant: async () => ({ env: { TURNPIKE_PORT: new URL((await answering(404)).url).port } }),
  },
  "a disk with little room": {
    level: "warning",
    about: "database",
    check: "free-disk",
    found: /MiB are free .* 999999999 are asked for/,
    advice: /Make room/,
    plant: () => ({ options: ["--free-mib", "999999999"] }),
  },
};

test("where all is well it finds nothing, ends with 0 and has sent nobody anything", async () => {
  const simulator = await scene.line();
  const found = await examined({ ...scene.env, LINE_API_BASE_URL: simulator.url }, "--strict");
  expect(troubles(found)).toEqual([]);
  expect(found.code).toBe(0);
  const ok = found.findings.filter(({ level }) => level === "ok").map(({ about, check }) => `${about} ${check}`);
  expect(ok).toEqual(
    expect.arrayContaining([
      "settings settings",
      "gateway gateway",
      "database database-rights",
      "database free-disk",
      "database database-lock",
      "database schema",
      "database durability",
      "database database-clock",
      "agent agent",
      "line/default credentials",
      "line/default webhook",
      "line/default quota",
    ]),
  );
  expect(simulator.line.calls).toEqual([]);
  expect(scene.gateway.value("SELECT count(*) FROM event")).toBe(0);
  expectNoSecret(found);
});

describe.concurrent("one fault at a time is found, with what to do about it", () => {
  test.each(Object.keys(FAULTS))("%s", async (name) => {
    const planted = FAULTS[name];
    if (planted === undefined) throw new Error(name);
    const simulator = await scene.line(planted.line);
    const { env = {}, options = [] } = await planted.plant(simulator);
    const found = await examined({ ...scene.env, LINE_API_BASE_URL: simulator.url, ...env }, ...options);
    const { level, about, check } = planted;
    const [trouble] = troubles(found).filter((one) => one.about === about && one.check === check);
    expect({ found: trouble, all: troubles(found) }).toMatchObject({
      found: {
        level,
        found: expect.stringMatching(planted.found),
        why: expect.stringMatching(/\w/),
        advice: expect.stringMatching(planted.advice),
      },
    });
    const others = troubles(found).filter((one) => one !== trouble && one.level === "fault");
    expect(others).toEqual([]);
    expect(found.code).toBe(level === "fault" ? 1 : 0);
    expectNoSecret(found);
  });
});

test("a warning ends with 1 when it is strict, and people read it in plain sentences", async () => {
  const simulator = await scene.line();
  const env = { ...scene.env, LINE_API_BASE_URL: simulator.url };
  await using command = runCommand(["doctor", "--strict", "--free-mib", "999999999"], env);
  expect((await command.ended).code).toBe(1);
  expect(command.stdout()).toMatch(
    /WARNING database {6}\d+ MiB are free.*\n +Why it matters: .*\n +What to do: Make room.*\n[\s\S]*\n0 faults, 1 warning\.\n$/,
  );
});

test("it leaves the files of a gateway that runs as they are", async () => {
  const simulator = await scene.line();
  const folder = dirname(scene.gateway.file);
  const files = () =>
    readdirSync(folder).map((name) => {
      const path = join(folder, name);
      // The index beside the log is memory that whoever reads shares; it isn't kept.
      return name.endsWith("-shm")
        ? name
        : [name, statSync(path).mtimeMs, readFileSync(path).toString("base64").length];
    });
  // The gateway writes by itself when it is asked whether it is ready: so it isn't, this time.
  const before = files();
  await examined({ ...scene.env, LINE_API_BASE_URL: simulator.url, TURNPIKE_PORT: "0" });
  expect(files()).toEqual(before);
});
