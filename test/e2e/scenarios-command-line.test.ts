/**
 * Goal: a mistake in the settings is one sentence that says what to do, and each command does what its help says.
 * Method: the shipped command line with an environment of its own, in an empty folder.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { freePorts } from "../support/free-ports.ts";
import { answersLater } from "./support/agent.ts";
import { type Environment, runCommand } from "./support/command.ts";
import { until } from "./support/eventually.ts";
import { Gateway } from "./support/gateway.ts";
import { postDeferredReply } from "./support/reply-api.ts";
import { ackOf } from "./support/until-acked.ts";
import { ACCESS_TOKEN, CHANNEL_SECRET, startWorld } from "./support/world.ts";

const LINE: Environment = { LINE_CHANNEL_SECRET: CHANNEL_SECRET, LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN };
const PORTS: Environment = { TURNPIKE_HOST: "127.0.0.1", TURNPIKE_PORT: "0", TURNPIKE_ADMIN_PORT: "0" };

/** Runs a command to its end in a folder of its own. `made` is what it left there. */
async function run(args: readonly string[], env: Environment = {}) {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-e2e-"));
  try {
    await using command = runCommand(args, env, folder);
    const { code } = await command.ended;
    return { code, stdout: command.stdout(), stderr: command.stderr(), made: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe.concurrent("turnpike start", () => {
  test("without a channel it says what is missing and points to the demo", async () => {
    const { code, stderr, made } = await run(["start"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/LINE_CHANNEL_SECRET.*LINE_CHANNEL_ACCESS_TOKEN.*turnpike demo/s);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(made).toEqual([]);
  });

  test("with one half of a channel it names the other", async () => {
    const half = await run(["start"], { LINE_CHANNEL_SECRET: CHANNEL_SECRET });
    expect(half).toMatchObject({ code: 1, stderr: expect.stringContaining("LINE_CHANNEL_ACCESS_TOKEN") });
    const other = await run(["start"], { LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN, LINE_CHANNEL_SECRET: "  " });
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("LINE_CHANNEL_SECRET") });
    expect(other.stderr).not.toContain(ACCESS_TOKEN);
  });

  test("a misspelt setting stops it and suggests the right name", async () => {
    const misspelt = { TURNPIKE_BATCH_QUITE_MS: "TURNPIKE_BATCH_QUIET_MS", TURNPIKE_AGENT_URI: "TURNPIKE_AGENT_URL" };
    for (const [wrong, right] of Object.entries(misspelt)) {
      const { code, stderr } = await run(["start"], { ...LINE, [wrong]: "1" });
      expect(code).toBe(1);
      expect(stderr).toContain(wrong);
      expect(stderr).toMatch(new RegExp(`did you mean ${right}\\?`));
    }
  });

  const BAD: readonly [name: string, read: string, allowed: RegExp][] = [
    ["TURNPIKE_PORT", "80a", /0 to 65535/],
    ["PORT", "http", /0 to 65535/],
    ["TURNPIKE_BATCH_QUIET_MS", "1.5", /milliseconds/],
    ["TURNPIKE_LEASE_MS", "999", /1000/],
    ["TURNPIKE_DATABASE_URL", "mysql://localhost/x", /sqlite:/],
    ["TURNPIKE_AGENT_URL", "ftp://bot", /http/],
    ["TURNPIKE_LOG_LEVEL", "loud", /info/],
    ["LINE_REPLY_TOKEN_TTL_MS", "60s", /1000/],
    ["LINE_SLOW_REPLY", "knopf", /push/],
  ];
  test.each(BAD)(
    "%s=%s stops it: it names the variable, what was read and what is allowed",
    async (name, read, allowed) => {
      const { code, stderr, made } = await run(["start"], { ...LINE, [name]: read });
      expect(code).toBe(1);
      expect(stderr).toContain(name);
      expect(stderr).toContain(read);
      expect(stderr).toMatch(allowed);
      expect(made).toEqual([]);
    },
  );

  test("a malformed secret stops it and is not shown", async () => {
    for (const name of [
      "TURNPIKE_AGENT_SECRET",
      "TURNPIKE_ADMIN_TOKEN",
      "TURNPIKE_AGENT_TOKEN",
      "LINE_CHANNEL_SECRET",
    ]) {
      const { code, stderr } = await run(["start"], {
        ...LINE,
        TURNPIKE_AGENT_URL: "http://127.0.0.1:1",
        [name]: "can ary",
      });
      expect({ name, code }).toEqual({ name, code: 1 });
      expect(stderr).toContain(name);
      expect(stderr).not.toContain("can ary");
    }
  });

  test("an agent at a metadata address stops it", async () => {
    const { code, stderr } = await run(["start"], {
      ...LINE,
      ...PORTS,
      TURNPIKE_AGENT_URL: "http://169.254.169.254/latest",
    });
    expect(code).toBe(1);
    expect(stderr).toContain("169.254.169.254");
  });

  test("an admin port that others can reach needs a token, and then asks for it", async () => {
    for (const host of ["0.0.0.0", "::", "192.0.2.1"]) {
      const { code, stderr } = await run(["start"], { ...LINE, ...PORTS, TURNPIKE_ADMIN_HOST: host });
      expect(code).toBe(1);
      expect(stderr).toMatch(/TURNPIKE_ADMIN_HOST.*TURNPIKE_ADMIN_TOKEN/s);
    }
    await using gateway = new Gateway({ ...LINE, TURNPIKE_ADMIN_HOST: "0.0.0.0", TURNPIKE_ADMIN_TOKEN: "admin-token" });
    await gateway.start();
    const url = `http://127.0.0.1:${new URL(gateway.adminUrl).port}/metrics`;
    const get = async (headers: Record<string, string>) => (await fetch(url, { headers })).status;
    expect(await get({})).toBe(401);
    expect(await get({ authorization: "Bearer wrong" })).toBe(401);
    expect(await get({ authorization: "Bearer admin-token" })).toBe(200);
  });

  test("values are trimmed, and an empty one is none", async () => {
    await using gateway = new Gateway({
      LINE_CHANNEL_SECRET: `  ${CHANNEL_SECRET}\n`,
      LINE_CHANNEL_ACCESS_TOKEN: ` ${ACCESS_TOKEN} `,
      TURNPIKE_BATCH_QUIET_MS: " 0 ",
      TURNPIKE_ADMIN_TOKEN: "   ",
    });
    await gateway.start();
    expect((await gateway.metrics()).kinds.size).toBeGreaterThan(0);
  });

  test("a second process on the same file refuses to start, and the first goes on", async () => {
    await using gateway = new Gateway(LINE);
    await gateway.start();
    const second = await run(["start"], { ...LINE, ...PORTS, TURNPIKE_DATABASE_URL: `sqlite:${gateway.file}` });
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(gateway.file);
    expect(second.stderr).toMatch(/another process/);
    expect((await fetch(`${gateway.url}/ready`)).status).toBe(200);
    // After a kill -9 nothing has to be cleaned up.
    await gateway.kill();
    await gateway.start();
  });

  test("a port that is taken stops it with a sentence", async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await run(["start"], { ...LINE, ...PORTS, TURNPIKE_PORT: String(port) });
    expect(code).toBe(1);
    expect(stderr).toContain(`127.0.0.1:${port}`);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    await new Promise((resolve) => taken.close(resolve));
  });

  test("openab's name for the agent token, and the host's for the port, are read too", async () => {
    const env = {
      TURNPIKE_AGENT_TOKEN: undefined,
      GATEWAY_WS_TOKEN: "from-openab",
      TURNPIKE_PORT: undefined,
      PORT: "0",
    };
    await using world = await startWorld({ env });
    const ann = world.somebody();
    ann.isAnsweredBy(() => answersLater);
    await ann.says("hi");
    const [handed] = await ann.hasTurns(1);
    const { turnId = "", fence = 0 } = handed?.turn ?? {};
    const body = { fence, replies: ["hello"], done: true };
    const answer = await postDeferredReply(world.gateway, turnId, body, { authorization: "Bearer from-openab" });
    expect(answer.status).toBe(200);
    await ann.hasSeen(1);
  });

  test("what was set and has no effect in this version is named in a warning", async () => {
    const idle = {
      MESSENGER_FANCY_FEATURE: "x",
      WHATSAPP_FANCY_FEATURE: "x",
      META_FANCY_FEATURE: "x",
      TURNPIKE_ON_UNKNOWN: "resend",
    };
    await using gateway = new Gateway({ ...LINE, ...idle });
    await gateway.start();
    const warned = gateway.logs.filter(({ level }) => level === "warn").map(({ msg }) => msg);
    expect(Object.keys(idle).filter((name) => !warned.some((msg) => msg.includes(name)))).toEqual([]);
  });

  test("without an agent it says so, takes webhooks in, and the turns wait", async () => {
    await using world = await startWorld({ env: { TURNPIKE_AGENT_URL: undefined, TURNPIKE_AGENT_SECRET: undefined } });
    const ann = world.somebody();
    expect(await ackOf(world, ann.says("anybody?"))).toBe(200);
    await until("the turn is ready", () => world.gateway.value("SELECT state FROM turn") === "ready");
    expect(world.gateway.logs.some(({ level, msg }) => level === "warn" && /TURNPIKE_AGENT_URL/.test(msg))).toBe(true);
    await world.gateway.term();
    await world.restart({ TURNPIKE_AGENT_URL: world.agent.url });
    expect(await ann.hasTurns(1)).toHaveLength(1);
  });
});

describe.concurrent("turnpike migrate", () => {
  test("it makes a new file, and finds nothing to do the second time", async () => {
    await using gateway = new Gateway(LINE);
    const env = { TURNPIKE_DATABASE_URL: `sqlite:${gateway.file}` };
    expect(await run(["migrate"], env)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/was created with schema \d+\n$/),
    });
    expect(await run(["migrate"], env)).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing to do") });
    await gateway.start();
    const refused = await run(["migrate"], env);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/another process/) });
  });

  test("a file of a newer version is refused by start and migrate, and left as it is", async () => {
    await using gateway = new Gateway(LINE);
    const env = { ...LINE, ...PORTS, TURNPIKE_DATABASE_URL: `sqlite:${gateway.file}` };
    await run(["migrate"], env);
    gateway.tamper("PRAGMA user_version = 999");
    for (const name of ["start", "migrate"]) {
      expect(await run([name], env)).toMatchObject({ code: 1, stderr: expect.stringMatching(/schema 999/) });
    }
    expect(gateway.value("PRAGMA user_version")).toBe(999);
  });

  test("a file that is no database is refused with a sentence, and left as it is", async () => {
    await using gateway = new Gateway(LINE);
    const env = { ...LINE, ...PORTS, TURNPIKE_DATABASE_URL: `sqlite:${gateway.file}` };
    const letter = "Dear database,\n".repeat(1_000);
    writeFileSync(gateway.file, letter);
    for (const name of ["start", "migrate"]) {
      const { code, stderr } = await run([name], env);
      expect(code).toBe(1);
      expect(stderr).toContain(gateway.file);
      expect(stderr.trim().split("\n")).toHaveLength(1);
    }
    expect(readFileSync(gateway.file, "utf8")).toBe(letter);
  });
});

describe.concurrent("turnpike simulate", () => {
  test("as a process of its own it is LINE for a gateway, driven by its control API", async () => {
    await using simulator = runCommand(
      ["simulate", "--channel", "line", "--webhook-url", "http://127.0.0.1:9/webhook/line", "--port", "0"],
      LINE,
    );
    const url = await until("its address", () => /simulated at (http:\S+);/.exec(simulator.stdout())?.[1]);
    await using world = await startWorld({ env: { LINE_API_BASE_URL: url, LINE_DATA_API_BASE_URL: url } });
    const ask = async <T = Readonly<Record<string, unknown>>>(path: string, body?: unknown) => {
      const init =
        body === undefined
          ? {}
          : { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
      const response = await fetch(`${url}/_simulator/${path}`, init);
      return { status: response.status, body: (await response.json()) as T };
    };
    expect(await ask("says", { peerId: "Uann", text: "too early" })).toMatchObject({
      body: { result: "could_not_connect" },
    });
    expect(await ask("webhook-url", { url: world.gateway.webhookUrl })).toMatchObject({ status: 200 });
    expect(await ask("faults", { route: "reply", at: "after-accept", how: "disconnect" })).toMatchObject({
      status: 200,
    });
    const said = await ask("says", { peerId: "Uann", text: "hello" });
    expect(said).toMatchObject({ status: 200, body: { eventId: expect.stringMatching(/^01/) } });
    // Like LINE it gives a webhook up after 2 s, which a busy machine may need: then it is sent again, and again.
    const isAcked = async () => (await ask("redeliver", { eventId: said.body.eventId })).body.result === "ok";
    await until("the gateway's 200", isAcked);
    const replies = async () =>
      (await ask<{ path: string }[]>("calls")).body.filter(({ path }) => path === "/v2/bot/message/reply");
    await until("the second reply call", async () => (await replies()).length === 2);
    expect((await ask<{ text: string }[]>("seen/Uann")).body.map(({ text }) => text)).toContain("re: hello");
    expect((await ask("says", { peerId: "Uann" })).status).toBe(400);
    expect((await ask("nonsense", {})).status).toBe(404);
    simulator.signal("SIGTERM");
    expect(await simulator.ended).toMatchObject({ code: 0 });
  });

  test("without secrets, a platform or an address it says what is missing", async () => {
    const webhook = ["--webhook-url", "http://127.0.0.1:9/"];
    const wrong: readonly [string[], Environment, RegExp][] = [
      [["--channel", "line", ...webhook], {}, /LINE_CHANNEL_SECRET/],
      [["--channel", "telegram", ...webhook], LINE, /line/],
      [["--channel", "line"], LINE, /--webhook-url/],
      [["--channel", "line", "--webhook-url", "nowhere"], LINE, /--webhook-url/],
      [["--channel", "line", ...webhook, "--port", "x"], LINE, /--port: read x/],
    ];
    for (const [args, env, words] of wrong) {
      const { code, stderr } = await run(["simulate", ...args], env);
      expect(code).toBe(1);
      expect(stderr).toMatch(words);
    }
  });
});

describe("turnpike demo", () => {
  test("with --smoke it shows the path of one message to its answer and ends well", async () => {
    const { code, stdout, made } = await run(["demo", "--smoke"]);
    expect(code).toBe(0);
    for (const step of ["ack", "stored", "turn", "agent", "reply"]) expect(stdout).toMatch(new RegExp(`\\b${step}\\b`));
    expect(stdout).toMatch(/sent by the free reply token/);
    expect(made).toEqual([]);
  });

  test("it takes webhooks and shows its console at the ports that the environment gives", async () => {
    const [port, adminPort] = await freePorts(2);
    await using shown = runCommand(["demo"], { TURNPIKE_PORT: `${port}`, TURNPIKE_ADMIN_PORT: `${adminPort}` });
    const url = await until("its address", () => /console +(http:\S+)/.exec(shown.stdout())?.[1]);
    expect(url).toBe(`http://127.0.0.1:${adminPort}/`);
    expect(shown.stdout()).toContain(`http://127.0.0.1:${port}/webhook/`);
    const page = await fetch(url);
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  });

  test("a port that isn't one is refused by its name", async () => {
    const { code, stderr } = await run(["demo", "--smoke"], { TURNPIKE_ADMIN_PORT: "many" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/TURNPIKE_ADMIN_PORT.*many/);
  });
});

describe.concurrent("turnpike --help", () => {
  test("it lists the commands, and each command explains itself", async () => {
    const { code, stdout } = await run(["--help"]);
    expect(code).toBe(0);
    for (const name of ["start", "demo", "simulate", "migrate", "dead"]) {
      expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, "m"));
      const help = await run([name, "--help"]);
      expect(help.code).toBe(0);
      expect(help.stdout).toContain(`Usage: turnpike ${name}`);
    }
    expect((await run(["start", "--help"])).stdout).toContain("turnpike demo");
    expect((await run(["--version"])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  test("an unknown command is refused with the help", async () => {
    const { code, stderr } = await run(["fly"]);
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/fly/);
    expect(stderr).toContain("Usage: turnpike");
  });
});
