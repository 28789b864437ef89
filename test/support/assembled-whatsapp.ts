import { type AgentFunction, inProcessAgent } from "../../src/agents/in-process.ts";
import type { WhatsAppOptions } from "../../src/channels/whatsapp/config.ts";
import { whatsapp } from "../../src/channels/whatsapp/index.ts";
import { createWhatsAppSimulator } from "../../src/channels/whatsapp/simulator.ts";
import { createGateway } from "../../src/gateway.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

const SEND_TIMEOUT_MS = 10_000;
const AGENT_TOKEN = "agent-token";

export interface WhatsAppAssembly {
  readonly answer?: AgentFunction;
  readonly channel?: Partial<WhatsAppOptions>;
}

/** A running gateway without a socket: real SQLite, WhatsApp over its simulator, a bot that is a function, a manual clock. */
export async function assembleWhatsApp({ answer = () => undefined, channel = {} }: WhatsAppAssembly = {}) {
  const clock = manualClock();
  const random = seededRandom(7);
  const receiver: { fetch: (request: Request) => Promise<Response> | Response } = {
    fetch: () => new Response(null, { status: 502 }),
  };
  const post = async (
    path: string,
    body: string | Uint8Array<ArrayBuffer>,
    headers: Readonly<Record<string, string>>,
  ) => await receiver.fetch(new Request(`http://gateway${path}`, { method: "POST", body, headers: { ...headers } }));
  const simulator = createWhatsAppSimulator({
    clock,
    random,
    appSecret: "app-secret",
    accessToken: "access-token",
    deliver: async (body, headers) => (await post("/webhook/whatsapp", new Uint8Array(body), headers)).status,
  });
  const lines: { level: string; fields: Readonly<Record<string, unknown>>; message: string }[] = [];
  const at = (level: string) => (fields: Readonly<Record<string, unknown>>, message: string) => {
    lines.push({ level, fields, message });
  };
  const store = sqlite({ file: ":memory:", clock, random });
  const gateway = createGateway({
    store,
    channels: [
      whatsapp(
        { ...simulator.channelOptions("http://graph.invalid"), ...channel },
        { clock, platformClient: simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS }) },
      ),
    ],
    agent: inProcessAgent(answer),
    agentToken: AGENT_TOKEN,
    batch: { quietMs: 0 },
    log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") },
    clock,
    random,
  });
  receiver.fetch = gateway.fetch;
  const running = await gateway.start();
  return {
    clock,
    simulator,
    store,
    lines,
    /** `POST /v1/messages` to a person who has written: the answer's body. */
    sends: async (person: string, ...replies: readonly unknown[]) => {
      const peerId = simulator.person(person).userId;
      const headers = { "content-type": "application/json", authorization: `Bearer ${AGENT_TOKEN}` };
      const response = await post("/v1/messages", JSON.stringify({ channel: "whatsapp", peerId, replies }), headers);
      return (await response.json()) as Readonly<Record<string, unknown>>;
    },
    end: async () => {
      simulator.close();
      const stopped = running.stop();
      await clock.advance(10_000);
      await stopped;
    },
  };
}
