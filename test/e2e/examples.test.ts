/**
 * Goal: every example runs as it stands in `examples/` and does what it says.
 * Method: each is started as its own process beside the shipped gateway and LINE's simulator, over real sockets; a model's
 * API is a stand-in on loopback.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Listening, listen } from "../../src/http/server.ts";
import { startLine } from "../../src/simulator/index.ts";
import { freePort } from "../support/free-ports.ts";
import { until } from "./support/eventually.ts";
import { ACCESS_TOKEN, AGENT_TOKEN, CHANNEL_SECRET, startWorld, type World } from "./support/world.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const root = new URL("../../", import.meta.url);

function run(command: string, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess {
  const child = spawn(command, args, { cwd: root, env: { PATH: process.env.PATH, ...env }, stdio: "inherit" });
  ends.push(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  return child;
}

/** The gateway, to which agents connect. */
async function gatewayForSockets(): Promise<{ world: World; env: Record<string, string> }> {
  const world = await startWorld({ env: { TURNPIKE_AGENT_URL: undefined, TURNPIKE_AGENT_SECRET: undefined } });
  ends.push(() => world[Symbol.asyncDispose]());
  const env = { TURNPIKE_SOCKET: world.gateway.url.replace("http", "ws"), TURNPIKE_AGENT_TOKEN: AGENT_TOKEN };
  return { world, env };
}

/** The gateway, which posts turns there. */
async function gatewayFor(agentUrl: string): Promise<World> {
  const world = await startWorld({ env: { TURNPIKE_AGENT_URL: agentUrl } });
  ends.push(() => world[Symbol.asyncDispose]());
  return world;
}

async function echoes(world: World): Promise<void> {
  const ann = world.somebody();
  await ann.says("hello");
  await ann.hasSeen(1);
  expect(ann.texts()).toEqual(["You said: hello"]);
}

test.each([
  ["node", "examples/http-agent.mjs"],
  ["python3", "examples/http_agent.py"],
])("%s %s answers turns over HTTP", async (command, file) => {
  const port = await freePort();
  run(command, [file], { PORT: String(port) });
  await echoes(await gatewayFor(`http://127.0.0.1:${port}/turns`));
});

/** A Python that has FastAPI: Debian's `python3-fastapi` and `python3-uvicorn` are enough. */
const python = ["python3", "/usr/bin/python3"].find(
  (command) => spawnSync(command, ["-c", "import fastapi, uvicorn"]).status === 0,
);
const missing = python === undefined ? " (skipped: no Python with fastapi and uvicorn)" : "";

test.skipIf(python === undefined)(
  `examples/fastapi_agent.py answers signed turns, and no others${missing}`,
  async () => {
    const { AGENT_SECRET } = await import("./support/agent.ts");
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/turns`;
    run(python ?? "", ["-m", "uvicorn", "--app-dir", "examples", "--port", `${port}`, "fastapi_agent:app"], {
      TURNPIKE_AGENT_SECRET: AGENT_SECRET,
    });
    await until("the bot listens", () =>
      fetch(url, { method: "POST", body: "{}" }).then(({ status }) => status === 401),
    );
    const headers = { "webhook-id": "msg_1", "webhook-timestamp": `${Math.floor(Date.now() / 1000)}` };
    const forged = { ...headers, "webhook-signature": "v1,AAAA" };
    expect((await fetch(url, { method: "POST", body: "{}", headers: forged })).status).toBe(401);
    await echoes(await gatewayFor(url));
  },
);

test("examples/in-process.mjs is a gateway and its bot in one process", async () => {
  const port = await freePort();
  const line = { channelSecret: CHANNEL_SECRET, channelAccessToken: ACCESS_TOKEN };
  const simulator = await startLine({ line });
  ends.push(() => simulator.close());
  const folder = mkdtempSync(join(tmpdir(), "turnpike-example-"));
  ends.push(() => rmSync(folder, { recursive: true }));
  run("node", ["examples/in-process.mjs"], {
    PORT: String(port),
    DATA: join(folder, "bot.db"),
    LINE_CHANNEL_SECRET: CHANNEL_SECRET,
    LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN,
    LINE_API_BASE_URL: simulator.url,
  });
  simulator.line.webhookUrl = `http://127.0.0.1:${port}/webhook/line`;
  const ann = simulator.line.person("Uann");
  await until("the gateway listens", async () => (await ann.says("hello")).webhook.status === 200);
  const [first] = await until(
    "the answer",
    () => simulator.line.seenBy("Uann").length > 0 && simulator.line.seenBy("Uann"),
  );
  expect(first?.text).toMatch(/^You said: hello/);
});

test("examples/websocket-agent.mjs answers turns over a socket", async () => {
  const { world, env } = await gatewayForSockets();
  run("node", ["examples/websocket-agent.mjs"], env);
  await echoes(world);
});

test("examples/nextjs-route.mjs answers signed turns as a route", async () => {
  const { AGENT_SECRET } = await import("./support/agent.ts");
  process.env.TURNPIKE_AGENT_SECRET = AGENT_SECRET;
  const { POST } = (await import(new URL("examples/nextjs-route.mjs", root).href)) as {
    POST: (request: Request) => Promise<Response>;
  };
  const port: Listening = await listen(POST, { host: "127.0.0.1", port: 0 });
  ends.push(() => {
    port.closeConnections();
    return port.close();
  });
  await echoes(await gatewayFor(`${port.url}/turns`));
});

test("examples/model.mjs keeps a conversation's history, and only what was answered", async () => {
  const asked: { messages: { role: string; content: string }[] }[] = [];
  const model = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString()) as (typeof asked)[number];
    asked.push(body);
    const content = `answer ${asked.length}`;
    // The second question meets a model that is away, once.
    response.writeHead(asked.length === 2 ? 503 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify({ choices: [{ message: { role: "assistant", content } }] }));
  }).listen(0, "127.0.0.1");
  await once(model, "listening");
  ends.push(() => {
    model.closeAllConnections();
    model.close();
  });
  const { world, env } = await gatewayForSockets();
  const OPENAI_BASE_URL = `http://127.0.0.1:${(model.address() as AddressInfo).port}/v1`;
  run("node", ["examples/model.mjs"], { ...env, OPENAI_BASE_URL, OPENAI_API_KEY: "sk-test" });
  const ann = world.somebody();
  await ann.says("one?");
  await ann.hasSeen(1);
  await ann.says("two?");
  await ann.hasSeen(2);
  expect(ann.texts()).toEqual(["answer 1", "answer 3"]);
  expect(asked.at(-1)?.messages.map(({ role, content }) => [role, content])).toEqual([
    ["system", "Answer briefly."],
    ["user", "one?"],
    ["assistant", "answer 1"],
    ["user", "two?"],
  ]);
});

test("examples/line-bot-sdk: the same bot before and after, and the person sees the same", async () => {
  const port = await freePort();
  const line = { channelSecret: CHANNEL_SECRET, channelAccessToken: ACCESS_TOKEN };
  const simulator = await startLine({ line });
  simulator.line.webhookUrl = `http://127.0.0.1:${port}/`;
  ends.push(() => simulator.close());
  run("node", ["examples/line-bot-sdk/before.mjs"], {
    PORT: String(port),
    LINE_CHANNEL_SECRET: CHANNEL_SECRET,
    LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN,
    LINE_API_BASE_URL: simulator.url,
  });
  const { world, env } = await gatewayForSockets();
  run("node", ["examples/line-bot-sdk/after.mjs"], env);
  const shown = (bubble: { text: string | null; message: unknown }) => bubble.message;
  const alone = simulator.line.person("Uann");
  await until("the bot listens", async () => (await alone.says("hi")).webhook.status === 200);
  const before = await until(
    "its answer",
    () => simulator.line.seenBy("Uann").length >= 2 && simulator.line.seenBy("Uann"),
  );
  const ann = world.somebody();
  await ann.says("hi");
  const after = await ann.hasSeen(2);
  expect(after.map(shown)).toEqual(before.slice(0, 2).map(shown));
  expect(world.replies).toHaveLength(1);
});
