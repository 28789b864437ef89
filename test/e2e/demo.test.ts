/**
 * Goal: the demo shows on one address what the gateway does under trouble, stays while the gateway is killed, and leaves nothing
 * behind, however it ends.
 * Method: the shipped program with its own child, driven by the API of its page.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { CHANNELS, type ChannelName } from "../../src/channels/index.ts";
import type { RunWire, ScreenWire, SimulatorWire } from "../../src/simulator/console-api/wire.ts";
import { type Command, runCommand } from "./support/command.ts";
import { until } from "./support/eventually.ts";
import { Gateway } from "./support/gateway.ts";

const NAMES = Object.keys(CHANNELS) as ChannelName[];

interface Demo {
  readonly url: string;
  readonly command: Command;
  /** Where it makes its own folder. */
  readonly folder: string;
  ask<T>(path: string, body?: object): Promise<{ readonly status: number; readonly body: T }>;
}

/** Resolves when it can be used. Its first messages may be on their way. */
async function startDemo(isGroup = false): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-e2e-"));
  // On any ports, and with settings of the user's that are none of the demo's.
  const env = {
    TMPDIR: folder,
    TURNPIKE_PORT: "0",
    TURNPIKE_ADMIN_PORT: "0",
    TURNPIKE_ADMIN_TOKEN: "of-the-user",
    TURNPIKE_DATABASE_URL: "postgres://127.0.0.1:1/of-the-user",
    LINE_CHANNEL_SECRET: "of-the-user",
  };
  const command = runCommand(["demo"], env, folder, isGroup);
  const url = await until("its address", () => /console +(http:\S+)\//.exec(command.stdout())?.[1]);
  return {
    url,
    command,
    folder,
    async ask<T>(path: string, body?: object) {
      const headers = { "content-type": "application/json", "x-turnpike-console": "1", origin: url };
      const post = { method: "POST", headers, body: JSON.stringify(body) };
      const response = await fetch(`${url}${path}`, body === undefined ? {} : post);
      return { status: response.status, body: (await response.json()) as T };
    },
  };
}

/** Ends it, and sees that it leaves nothing. */
async function stopDemo({ command, folder }: Demo, stop = () => command.signal("SIGTERM")): Promise<void> {
  const gateway = gatewayOf(command.pid);
  stop();
  expect(await command.ended).toEqual({ code: 0, signal: null });
  expect(command.stderr()).toBe("");
  expect(gateway === null || !isAlive(gateway)).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
}

/** The process of the demo's gateway; `null`: there is none. */
function gatewayOf(demoPid: number): number | null {
  const children = readFileSync(`/proc/${demoPid}/task/${demoPid}/children`, "utf8")
    .trim()
    .split(" ")
    .filter((pid) => pid !== "");
  return children.map(Number).find((pid) => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("cli.js")) ?? null;
}

function isAlive(pid: number): boolean {
  try {
    // One that has ended, and that nobody has asked about, is still listed.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

describe.skipIf(process.platform !== "linux")("a running demo", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo();
    await until("its first answers", () => demo.command.stdout().includes("Type a message"));
  });
  afterAll(() => stopDemo(demo));

  /** Runs a scenario to its end. */
  async function run(channel: string, scenario: string): Promise<RunWire> {
    const begun = await demo.ask<RunWire>("/api/simulator/runs", { channel, scenario });
    expect(begun.status).toBe(202);
    return await until(`the end of ${scenario}`, async () => {
      const { body } = await demo.ask<RunWire>(`/api/simulator/runs/${begun.body.runId}`);
      return (body.verdict !== null || body.failure !== null) && body;
    });
  }
  const unmet = ({ verdict }: RunWire) => verdict?.findings.filter(({ foundInstead }) => foundInstead !== null);

  test("a scenario comes out as it says on each platform, and the screen has both sides", async () => {
    for (const channel of NAMES) {
      const done = await run(channel, "two-lines");
      expect([channel, done.failure, unmet(done)]).toEqual([channel, null, []]);
      const { body } = await demo.ask<ScreenWire>(`/api/simulator/${channel}/screen/${done.peerId}`);
      expect(body.entries.map(({ from }) => from)).toEqual(["person", "person", "bot"]);
    }
  });

  test("killed between its ack and its answer the gateway answers once", async () => {
    const done = await run("line", "gateway-killed");
    expect([done.failure, unmet(done)]).toEqual([null, []]);
    const { body } = await demo.ask<SimulatorWire>("/api/simulator");
    expect(body.gateway).toMatchObject({ state: "up", kills: 1 });
    expect(body.agent.mode).toBe("echo");
  });

  test("a turn that the agent refuses waits for a person", async () => {
    const done = await run("line", "agent-refuses");
    expect([done.failure, unmet(done)]).toEqual([null, []]);
    const waiting = await demo.ask<{ items: readonly { conversation: { peerId: string } }[] }>(
      "/api/waiting?state=dead",
    );
    expect(waiting.body.items.map(({ conversation }) => conversation.peerId)).toContain(done.peerId);
  });

  test("while the gateway is dead its page and the phones stay, and its API says when to come again", async () => {
    const before = await demo.ask<{ hasSimulator: boolean; owner: string }>("/api/me");
    expect(before.body.hasSimulator).toBe(true);
    const killed = await demo.ask("/api/simulator/gateway", { do: "kill", restartAfterMs: null });
    expect(killed).toMatchObject({ status: 200, body: { state: "down", restartAt: null } });
    expect((await fetch(`${demo.url}/simulator`)).headers.get("content-type")).toBe("text/html; charset=utf-8");
    const dead = await fetch(`${demo.url}/api/overview`);
    expect([dead.status, dead.headers.get("retry-after")]).toEqual([503, "1"]);
    const said = await demo.ask("/api/simulator/line/says", { peerId: "Umeanwhile", text: "Anybody?" });
    expect(said).toMatchObject({ status: 200, body: { status: null, result: "could_not_connect" } });
    expect((await demo.ask("/api/simulator/gateway", { do: "kill" })).status).toBe(409);
    expect(await demo.ask("/api/simulator/gateway", { do: "start" })).toMatchObject({ body: { state: "up" } });
    expect((await demo.ask("/api/overview")).status).toBe(200);
    expect((await demo.ask<{ owner: string }>("/api/me")).body.owner).not.toBe(before.body.owner);
    // LINE sends it again, to the same port.
    const screen = () => demo.ask<ScreenWire>("/api/simulator/line/screen/Umeanwhile");
    await until("the answer", async () => (await screen()).body.entries.at(-1)?.from === "bot");
    expect((await screen()).body.entries.map(({ mark }) => mark)).toEqual(["sent", null]);
  });

  test("a reset starts an account that the platform has stopped, and everything else as it was", async () => {
    await demo.ask("/api/simulator/line/faults", { route: "any", at: "before-accept", how: 401, times: 100 });
    await demo.ask("/api/simulator/line/says", { peerId: "Ustopped", text: "Anybody?" });
    const status = async () => {
      const { body } = await demo.ask<{ accounts: readonly { channel: string; status: string }[] }>("/api/accounts");
      return body.accounts.find(({ channel }) => channel === "line")?.status;
    };
    await until("the account's stop", async () => (await status()) === "stopped");
    await demo.ask("/api/simulator/agent", { mode: "hang" });
    const { status: answered, body } = await demo.ask<SimulatorWire>("/api/simulator/reset", {});
    expect([answered, body.agent.mode, body.platforms.flatMap(({ faults }) => faults)]).toEqual([200, "echo", []]);
    expect(await status()).not.toBe("stopped");
  });

  test("the stream tells of the gateway, the agent and the platforms, and ends with its reader", async () => {
    const leaving = new AbortController();
    const response = await fetch(`${demo.url}/api/simulator/stream`, { signal: leaving.signal });
    const names: string[] = [];
    const read = (async () => {
      for await (const text of (response.body ?? expect.fail("no body")).pipeThrough(new TextDecoderStream())) {
        names.push(...[...text.matchAll(/^event: (.*)$/gm)].map(([, name = ""]) => name));
      }
    })();
    await until("hello", () => names.includes("hello"));
    await demo.ask("/api/simulator/agent", { mode: "echo" });
    await demo.ask("/api/simulator/whatsapp/says", { peerId: "15550002222", text: "hi" });
    await demo.ask("/api/simulator/gateway", { do: "freeze", forMs: 1 });
    await until("all of it", () => ["change", "platform", "agent", "gateway"].every((name) => names.includes(name)));
    leaving.abort();
    await expect(read).rejects.toThrow();
  });

  test("no other page can use it", async () => {
    const statusOf = async (headers: Record<string, string>, method: string, path: string) => {
      const { promise, resolve, reject } = Promise.withResolvers<number | undefined>();
      const asked = request(`${demo.url}${path}`, { method, headers }, (answer) => {
        answer.resume().on("end", () => resolve(answer.statusCode));
      });
      asked.on("error", reject).end(method === "POST" ? '{"do":"kill"}' : "");
      return await promise;
    };
    const json = { "content-type": "application/json" };
    for (const foreign of [{ host: "rebound.example" }, { origin: "https://evil.example" }, { origin: "null" }]) {
      expect(await statusOf({ ...json, ...foreign }, "POST", "/api/simulator/gateway")).toBe(403);
      expect(await statusOf(foreign, "GET", "/api/simulator")).toBe(403);
      expect(await statusOf(foreign, "GET", "/api/overview")).toBe(403);
    }
    expect(await statusOf({ "content-type": "text/plain" }, "POST", "/api/simulator/gateway")).toBe(415);
    expect(await statusOf({ "sec-fetch-site": "cross-site" }, "GET", "/api/simulator/stream")).toBe(403);
    expect((await demo.ask<SimulatorWire>("/api/simulator")).body.gateway.state).toBe("up");
  });
});

test.skipIf(process.platform !== "linux")(
  "when the demo is killed its gateway ends, also one that is frozen",
  async () => {
    for (const isFrozen of [false, true]) {
      const demo = await startDemo();
      const gateway = gatewayOf(demo.command.pid) ?? expect.fail("no gateway");
      if (isFrozen) await demo.ask("/api/simulator/gateway", { do: "freeze", forMs: 60_000 });
      demo.command.signal("SIGKILL");
      await demo.command.ended;
      await until("the gateway's end", () => !isAlive(gateway));
      rmSync(demo.folder, { recursive: true });
    }
  },
);

test.skipIf(process.platform !== "linux")("stopped while its gateway is down it leaves nothing", async () => {
  const demo = await startDemo();
  await demo.ask("/api/simulator/gateway", { do: "kill", restartAfterMs: 600_000 });
  await stopDemo(demo);
});

test.skipIf(process.platform !== "linux").each(["up", "frozen"])(
  "Ctrl-C in a terminal, which reaches all its processes, ends it as quietly while its gateway is %s",
  async (state) => {
    const demo = await startDemo(true);
    if (state === "frozen") await demo.ask("/api/simulator/gateway", { do: "freeze", forMs: 60_000 });
    await stopDemo(demo, () => void process.kill(-demo.command.pid, "SIGINT"));
  },
);

test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)(
  "stopped by %s while it begins it leaves nothing",
  async (signal) => {
    const folder = mkdtempSync(join(tmpdir(), "turnpike-e2e-"));
    const env = { TMPDIR: folder, TURNPIKE_PORT: "0", TURNPIKE_ADMIN_PORT: "0" };
    await using command = runCommand(["demo"], env, folder);
    await until("its folder", () => readdirSync(folder).length > 0);
    command.signal(signal);
    expect(await command.ended).toEqual({ code: 0, signal: null });
    expect(readdirSync(folder)).toEqual([]);
    rmSync(folder, { recursive: true });
  },
);

test("a gateway that was started without it has no simulator", async () => {
  await using gateway = new Gateway({ LINE_CHANNEL_SECRET: "secret", LINE_CHANNEL_ACCESS_TOKEN: "token" });
  await gateway.start();
  expect((await fetch(`${gateway.adminUrl}/api/simulator`)).status).toBe(404);
  expect((await fetch(`${gateway.adminUrl}/api/simulator/stream`)).status).toBe(404);
  const me = (await (await fetch(`${gateway.adminUrl}/api/me`)).json()) as { hasSimulator: boolean };
  expect(me.hasSimulator).toBe(false);
});
