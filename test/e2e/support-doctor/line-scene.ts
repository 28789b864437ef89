/** LINE, a gateway that runs, and a bot; a doctor who is told of them, rightly or wrongly. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { request } from "undici";
import { startEchoAgent } from "../../../src/commands/demo/echo-agent.ts";
import { type RunningLine, startLine } from "../../../src/simulator/index.ts";
import { AGENT_SECRET } from "../support/agent.ts";
import type { Environment } from "../support/command.ts";
import { Gateway } from "../support/gateway.ts";

export const SECRETS = {
  LINE_CHANNEL_SECRET: "doctor-channel-secret-canary",
  LINE_CHANNEL_ACCESS_TOKEN: "doctor-access-token-canary",
  TURNPIKE_AGENT_SECRET: AGENT_SECRET,
  TURNPIKE_ADMIN_TOKEN: "doctor-admin-token-canary",
} as const;
export const BOT_USER_ID = `U${"b07".padEnd(32, "0")}`;

export interface Scene extends AsyncDisposable {
  readonly gateway: Gateway;
  /** All is well with these. */
  readonly env: Environment;
  /** LINE, for one doctor's visit: its webhooks go to the gateway, and its API is where the visit's environment says. */
  line(options?: Partial<Parameters<typeof startLine>[0]["line"]>): Promise<RunningLine>;
}

export async function startScene(): Promise<Scene> {
  const open: AsyncDisposable[] = [];
  const agent = await startEchoAgent(AGENT_SECRET);
  const outside = { TURNPIKE_AGENT_URL: agent.url, LINE_BOT_USER_ID: BOT_USER_ID };
  const gateway = new Gateway({ ...SECRETS, ...outside, LINE_API_BASE_URL: "http://127.0.0.1:1" });
  await gateway.start();
  const env: Environment = {
    ...SECRETS,
    ...outside,
    TURNPIKE_DATABASE_URL: `sqlite:${gateway.file}`,
    TURNPIKE_HOST: "127.0.0.1",
    TURNPIKE_PORT: new URL(gateway.url).port,
  };
  return {
    gateway,
    env,
    async line(options = {}) {
      const simulator = await startLine({
        line: {
          channelSecret: SECRETS.LINE_CHANNEL_SECRET,
          channelAccessToken: SECRETS.LINE_CHANNEL_ACCESS_TOKEN,
          quota: 500,
          redelivery: { timeoutMs: 30_000 },
          ...options,
        },
        webhookUrl: gateway.webhookUrl,
      });
      open.push(simulator);
      return simulator;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...open, ...standIns.splice(0)].map((one) => one[Symbol.asyncDispose]()));
      await gateway[Symbol.asyncDispose]();
      agent.closeConnections();
      await agent.close();
    },
  };
}

/** What a fault has put up; gone with the scene. */
const standIns: AsyncDisposable[] = [];

export interface StandInServer extends AsyncDisposable {
  readonly url: string;
}

/** A server that answers everything in one way. */
export async function answering(
  status: number,
  headers: Readonly<Record<string, string>> = {},
): Promise<StandInServer> {
  return await serve((_request, response) => void response.writeHead(status, headers).end());
}

/** A proxy to `target`, by which every answer is dated so many ms off. */
export async function misdated(target: string, offMs: number): Promise<StandInServer> {
  return await serve(async ({ method = "GET", url = "/", headers }, response) => {
    const { host: _, connection: __, ...sent } = headers;
    const answer = await request(`${target}${url}`, { method, headers: sent as Record<string, string> });
    const date = new Date(Date.now() + offMs).toUTCString();
    response.writeHead(answer.statusCode, { date, "content-type": "application/json" }).end(await answer.body.text());
  });
}

async function serve(handle: Parameters<typeof createServer>[1]): Promise<StandInServer> {
  const server = createServer(handle);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const standIn = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  standIns.push(standIn);
  return standIn;
}
