/** Messenger, the gateway and a bot: the shipped command line on both sides, joined by real sockets on loopback. */
import { AGENT_SECRET, ScriptedAgent } from "./agent.ts";
import { type Command, type Environment, runCommand } from "./command.ts";
import { until } from "./eventually.ts";
import { Gateway } from "./gateway.ts";

export const PAGE = "100000000000001";
export const VERIFY_TOKEN = "e2e-verify-token";

const SECRETS: Environment = {
  MESSENGER_APP_SECRET: "e2e-app-secret",
  MESSENGER_PAGE_ACCESS_TOKEN: "e2e-page-token",
  MESSENGER_VERIFY_TOKEN: VERIFY_TOKEN,
  MESSENGER_PAGE_ID: PAGE,
};

export interface Bubble {
  readonly text: string | null;
  readonly metadata: string | null;
}

export class MessengerWorld implements AsyncDisposable {
  readonly agent: ScriptedAgent;
  readonly gateway: Gateway;
  readonly #simulator: Command;
  readonly #url: string;

  constructor(parts: { agent: ScriptedAgent; gateway: Gateway; simulator: Command; url: string }) {
    this.agent = parts.agent;
    this.gateway = parts.gateway;
    this.#simulator = parts.simulator;
    this.#url = parts.url;
  }

  async ask<T>(command: string, input: unknown = {}): Promise<T> {
    const headers = { "content-type": "application/json" };
    const body = JSON.stringify(input);
    const response = await fetch(`${this.#url}/_simulator/${command}`, { method: "POST", headers, body });
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  async look<T>(view: string): Promise<T> {
    return (await (await fetch(`${this.#url}/_simulator/${view}`)).json()) as T;
  }

  says(peerId: string, text: string) {
    return this.ask<{ status: number; webhookId: number }>("says", { peerId, text });
  }

  async seen(peerId: string): Promise<readonly (string | null)[]> {
    return (await this.look<readonly Bubble[]>(`seen/${peerId}`)).map(({ text }) => text);
  }

  deliveries() {
    return this.gateway.rows("SELECT * FROM delivery ORDER BY seq");
  }

  /** Resolves with the first delivery when it is in that state. */
  hasDelivery(state: string, limitMs?: number) {
    const look = () => this.deliveries().find((row) => row.state === state);
    return until(`a delivery that is ${state}`, look, limitMs);
  }

  async restart(): Promise<void> {
    await this.gateway.start();
    await this.ask("webhook-url", { url: `${this.gateway.url}/webhook/messenger` });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await Promise.all([this.agent.stop(), this.#simulator[Symbol.asyncDispose]()]);
  }
}

export async function startMessengerWorld(env: Environment = {}): Promise<MessengerWorld> {
  const args = ["simulate", "--channel", "messenger", "--webhook-url", "http://127.0.0.1:9/", "--port", "0"];
  const simulator = runCommand(args, SECRETS);
  const url = await until("its address", () => /simulated at (http:\S+);/.exec(simulator.stdout())?.[1]);
  const agent = new ScriptedAgent();
  await agent.start();
  const gateway = new Gateway({
    ...SECRETS,
    META_GRAPH_BASE_URL: url,
    TURNPIKE_AGENT_URL: agent.url,
    TURNPIKE_AGENT_SECRET: AGENT_SECRET,
    TURNPIKE_BATCH_QUIET_MS: "100",
    TURNPIKE_SEND_TIMEOUT_MS: "5000",
    TURNPIKE_UNKNOWN_WAIT_MS: "700",
    ...env,
  });
  const world = new MessengerWorld({ agent, gateway, simulator, url });
  try {
    await world.restart();
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
  return world;
}
