/**
 * Goal: what a settings file says is what the shipped program does: its accounts have their own secrets, its routes lead to
 * the right agent, and `turnpike config` tells of it without a secret.
 * Method: the shipped command line with a file of its own, signed webhooks by hand, two agents behind real HTTP servers.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AGENT_SECRET, answers, ScriptedAgent } from "./support/agent.ts";
import { runCommand } from "./support/command.ts";
import { until } from "./support/eventually.ts";
import { Gateway } from "./support/gateway.ts";
import { post, signed } from "./support/post.ts";
import { untilAcked } from "./support/until-acked.ts";

const folder = mkdtempSync(join(tmpdir(), "turnpike-e2e-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(name: string, yaml: string): string {
  const file = join(folder, name);
  writeFileSync(file, yaml);
  return file;
}

async function run(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  await using command = runCommand(args, env, folder);
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

function message(id: string, userId: string): string {
  const event = {
    type: "message",
    mode: "active",
    timestamp: 1_790_000_000_000,
    source: { type: "user", userId },
    webhookEventId: id,
    deliveryContext: { isRedelivery: false },
    replyToken: `token-${id}`,
    message: { id: `m-${id}`, type: "text", quoteToken: "q", text: "hello" },
  };
  return JSON.stringify({ destination: `U${"0".repeat(32)}`, events: [event] });
}

const YAML = (orders: string) => `
batch: { quietMs: 0 }
line:
  apiBaseUrl: http://127.0.0.1:1
  channelSecret: \${MY_SECRET}
  channelAccessToken: t0ken
  accounts:
    - { account: shop, channelSecret: hush-shop, channelAccessToken: t0ken }
agents: [{ name: orders, url: "${orders}", secret: "\${MY_AGENT_SECRET}" }]
routes: [{ account: shop, agent: orders }]
`;

describe.concurrent("a settings file", () => {
  test("has accounts with their own secrets, and routes to several agents", async () => {
    await using rest = new ScriptedAgent();
    await using orders = new ScriptedAgent();
    await Promise.all([rest.start(), orders.start()]);
    for (const agent of [rest, orders]) for (const peer of ["Uann", "Ubob"]) agent.script(peer, () => answers());
    await using gateway = new Gateway({
      TURNPIKE_CONFIG: fileWith("turnpike.yaml", YAML(orders.url)),
      TURNPIKE_AGENT_URL: rest.url,
      TURNPIKE_AGENT_SECRET: AGENT_SECRET,
      MY_SECRET: "hush-default",
      MY_AGENT_SECRET: AGENT_SECRET,
    });
    await gateway.start();
    const says = async (account: string, secret: string, userId: string) => {
      const body = message(`${account}-${userId}`, userId);
      return (await untilAcked(() => post(`${gateway.webhookUrl}/${account}`, signed(body, secret), body))).status;
    };
    expect(await says("shop", "hush-default", "Uann")).toBe(401);
    expect(await says("shop", "hush-shop", "Uann")).toBe(200);
    expect(await says("default", "hush-default", "Ubob")).toBe(200);
    await until("both agents have their turn", () => orders.handed.length + rest.handed.length === 2);
    const who = ({ handed }: ScriptedAgent) => handed.map(({ turn }) => `${turn.account} ${turn.conversation.peerId}`);
    expect([who(orders), who(rest)]).toEqual([["shop Uann"], ["default Ubob"]]);
    expect([...orders.handed, ...rest.handed].map(({ signatureProblem }) => signatureProblem)).toEqual([null, null]);
    expect(gateway.output()).not.toMatch(/hush|t0ken/);
  });

  test("with mistakes stops the start, all of them named by their lines", async () => {
    const file = fileWith("wrong.yaml", "port: http\nline:\n  channelSecret: hush hush\n  chanelAccessToken: hush\n");
    const { code, stderr } = await run(["start", "--config", file]);
    expect(code).toBe(1);
    expect(stderr).toContain("turnpike: 3 settings are invalid:");
    expect(stderr).toContain(`${file}:1: port: read "http"; allowed: a port number`);
    expect(stderr).toContain(`${file}:3: line.channelSecret: read a value of 9 characters; allowed: printable ASCII`);
    expect(stderr).toContain(
      `${file}:4: line.chanelAccessToken: there is no such setting; did you mean line.channelAccessToken?`,
    );
    expect(stderr).not.toContain("hush");
  });
});

describe.concurrent("turnpike config", () => {
  test("shows what is in effect and where it comes from, and no secret", async () => {
    const file = fileWith("shown.yaml", YAML("http://127.0.0.1:1/turns"));
    const env = { MY_SECRET: "hush-default", MY_AGENT_SECRET: AGENT_SECRET, PORT: "9000" };
    const { code, stdout } = await run(["config", "--config", file], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^port +9000 +PORT$/m);
    expect(stdout).toMatch(/^batch\.quietMs +0 +\S+shown\.yaml:2$/m);
    expect(stdout).toMatch(/^line\.channelSecret +set \(12 chars\) +\S+shown\.yaml:5 \$\{MY_SECRET\}$/m);
    expect(stdout).not.toMatch(/hush|t0ken|whsec/);
    const { settings } = JSON.parse((await run(["config", "--config", file, "--json"], env)).stdout);
    expect(settings).toContainEqual({ setting: "port", value: "9000", from: "PORT" });
  });

  test("--schema is the schema that the package ships", async () => {
    const { code, stdout } = await run(["config", "--schema"]);
    const { default: shipped } = await import(new URL("../../dist/config.schema.json", import.meta.url).href, {
      with: { type: "json" },
    });
    expect({ code, schema: JSON.parse(stdout) }).toEqual({ code: 0, schema: shipped });
  });
});
