/** WhatsApp, the gateway and a bot, joined by real sockets on loopback. */
import {
  type RunningWhatsApp,
  startWhatsApp,
  type WhatsAppBubble,
  type WhatsAppHostOptions,
  type WhatsAppPerson,
  type WhatsAppSimulator,
} from "../../../src/simulator/index.ts";
import { AGENT_SECRET, type HandedTurn, ScriptedAgent } from "./agent.ts";
import type { Environment } from "./command.ts";
import { until } from "./eventually.ts";
import { Gateway } from "./gateway.ts";

export const WHATSAPP: Environment = {
  WHATSAPP_APP_SECRET: "e2e-app-secret",
  WHATSAPP_ACCESS_TOKEN: "e2e-access-token",
  WHATSAPP_VERIFY_TOKEN: "e2e-verify-token",
  WHATSAPP_PHONE_NUMBER_ID: "106540000000001",
};

export interface WhatsAppWorldOptions {
  readonly env?: Environment;
  readonly whatsapp?: Partial<WhatsAppHostOptions["whatsapp"]>;
}

export class WhatsAppWorld implements AsyncDisposable {
  readonly simulator: RunningWhatsApp;
  readonly agent: ScriptedAgent;
  readonly gateway: Gateway;

  constructor(parts: { simulator: RunningWhatsApp; agent: ScriptedAgent; gateway: Gateway }) {
    this.simulator = parts.simulator;
    this.agent = parts.agent;
    this.gateway = parts.gateway;
  }

  get whatsapp(): WhatsAppSimulator {
    return this.simulator.whatsapp;
  }
  get webhookUrl(): string {
    return `${this.gateway.url}/webhook/whatsapp`;
  }
  get turns(): readonly HandedTurn[] {
    return this.agent.handed;
  }

  person(id: string): WhatsAppPerson {
    return this.whatsapp.person(id);
  }

  /** Starts the gateway again on the same file and tells WhatsApp where it is now. */
  async restart(changes: Environment = {}): Promise<void> {
    await this.gateway.start(changes);
    this.whatsapp.webhookUrl = this.webhookUrl;
  }

  /** Resolves with what that person has seen when there is that much. */
  async hasSeen(peerId: string, count: number): Promise<readonly WhatsAppBubble[]> {
    return await until(`${count} bubbles`, () => {
      const seen = this.whatsapp.seenBy(peerId);
      return seen.length >= count && seen;
    });
  }

  /** Resolves with the only delivery when it is in that state. */
  async delivery(state: string): Promise<Readonly<Record<string, unknown>>> {
    const sql = "SELECT state, route, evidence, attempts, reason, resent_because FROM delivery";
    return await until(`a delivery that is ${state}`, () => this.gateway.rows(sql).find((row) => row.state === state));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.gateway[Symbol.asyncDispose]();
    await Promise.all([this.agent.stop(), this.simulator.close()]);
  }
}

/** Everything up. By default a turn is due after 100 quiet ms. */
export async function startWhatsAppWorld({
  env = {},
  whatsapp = {},
}: WhatsAppWorldOptions = {}): Promise<WhatsAppWorld> {
  const simulator = await startWhatsApp({
    whatsapp: {
      appSecret: "e2e-app-secret",
      accessToken: "e2e-access-token",
      retryDelaysMs: [100, 200, 400],
      ...whatsapp,
    },
  });
  const agent = new ScriptedAgent();
  await agent.start();
  const gateway = new Gateway({
    ...WHATSAPP,
    META_GRAPH_BASE_URL: simulator.url,
    TURNPIKE_AGENT_URL: agent.url,
    TURNPIKE_AGENT_SECRET: AGENT_SECRET,
    TURNPIKE_BATCH_QUIET_MS: "100",
    TURNPIKE_SEND_TIMEOUT_MS: "5000",
    ...env,
  });
  const world = new WhatsAppWorld({ simulator, agent, gateway });
  try {
    await world.restart();
  } catch (error) {
    await world[Symbol.asyncDispose]();
    throw error;
  }
  return world;
}
