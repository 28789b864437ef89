/** A whole gateway without a socket on any platform, with a person who does what people can do on all of them. */
import { inProcessAgent } from "../../src/agents/in-process.ts";
import type { WireTurn } from "../../src/agents/protocol.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { type LineOptions, line } from "../../src/channels/line/index.ts";
import { createLineSimulator } from "../../src/channels/line/simulator.ts";
import { messenger } from "../../src/channels/messenger/index.ts";
import { createMessengerSimulator } from "../../src/channels/messenger/simulator.ts";
import type { DeliverWebhook } from "../../src/channels/simulation/platform.ts";
import { whatsapp } from "../../src/channels/whatsapp/index.ts";
import { createWhatsAppSimulator } from "../../src/channels/whatsapp/simulator.ts";
import { createGateway, type GatewayOptions } from "../../src/gateway.ts";
import type { Log } from "../../src/runtime/log.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

/** Each resolves to the message's id. */
export interface PersonOnPlatform {
  says(text: string): Promise<string>;
  edits(messageId: string, text: string): Promise<unknown>;
  /** `null`: the platform tells of no retraction. */
  readonly takesBack: ((messageId: string) => Promise<unknown>) | null;
  /** A colleague answers by hand; `null`: the platform tells of none. */
  readonly answeredByHand: ((text: string) => Promise<unknown>) | null;
  /** The platform's automatic greeting. */
  readonly greeted: ((text: string) => Promise<unknown>) | null;
  /** What the person sees of the bot. */
  screen(): readonly (string | null)[];
}

interface Platform {
  readonly channel: Channel;
  readonly ann: PersonOnPlatform;
  close(): void;
}

interface Outside {
  readonly clock: ManualClock;
  readonly deliver: DeliverWebhook;
  readonly line: Partial<LineOptions>;
}

const SEND_TIMEOUT_MS = 10_000;
const OURS = { random: seededRandom(5), appSecret: "secret" } as const;

const PLATFORMS = { line: onLine, messenger: onMessenger, whatsapp: onWhatsApp } as const;
export type PlatformName = keyof typeof PLATFORMS;

/** In a group: only there LINE tells of edits. */
function onLine({ clock, deliver, line: options }: Outside): Platform {
  const random = seededRandom(5);
  const simulator = createLineSimulator({
    clock,
    random,
    deliver,
    channelSecret: "secret",
    channelAccessToken: "token",
  });
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS });
  const channel = line({ ...simulator.channelOptions("https://line.invalid"), ...options }, { clock, platformClient });
  const ann = simulator.group("C1").person("U1");
  return {
    channel,
    ann: {
      says: async (text) => (await ann.says(text)).messageId ?? "",
      edits: (messageId, text) => ann.edits(messageId, text),
      takesBack: (messageId) => ann.unsends(messageId),
      answeredByHand: null,
      greeted: null,
      screen: () => simulator.seenBy("C1").map(({ text }) => text),
    },
    close: () => simulator.close(),
  };
}

function onMessenger({ clock, deliver }: Outside): Platform {
  const simulator = createMessengerSimulator({ ...OURS, clock, deliver, pageAccessToken: "token", pageId: "1000" });
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS });
  const channel = messenger(simulator.channelOptions("https://graph.invalid"), { clock, platformClient });
  const ann = simulator.person("2000");
  return {
    channel,
    ann: {
      says: async (text) => (await ann.says(text)).messageId ?? "",
      edits: (messageId, text) => ann.edits(messageId, text),
      takesBack: null,
      answeredByHand: (text) => ann.answeredByHand(text),
      greeted: (text) => ann.greeted(text),
      screen: () => simulator.seenBy("2000").map(({ text }) => text),
    },
    close: () => simulator.close(),
  };
}

function onWhatsApp({ clock, deliver }: Outside): Platform {
  const simulator = createWhatsAppSimulator({ ...OURS, clock, deliver, accessToken: "token", phoneNumberId: "1000" });
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS });
  const channel = whatsapp(simulator.channelOptions("https://graph.invalid"), { clock, platformClient });
  const ann = simulator.person("15550001111");
  return {
    channel,
    ann: {
      says: async (text) => (await ann.says(text)).messageId,
      edits: (messageId, text) => ann.edits(messageId, text),
      takesBack: (messageId) => ann.revokes(messageId),
      // The app's own greeting has the same form.
      answeredByHand: (text) => ann.answeredByHand(text),
      greeted: (text) => ann.answeredByHand(text),
      screen: () => simulator.seenBy("15550001111").map(({ text }) => text),
    },
    close: () => simulator.close(),
  };
}

export interface World extends AsyncDisposable {
  readonly ann: PersonOnPlatform;
  readonly clock: ManualClock;
  /** Turns as the agent got them. It answers each with `echo …`. */
  readonly turns: WireTurn[];
  /** Messages of the log lines. */
  readonly logged: string[];
}

export async function startOn(
  name: PlatformName,
  settings: Partial<GatewayOptions> = {},
  lineOptions: Partial<LineOptions> = {},
): Promise<World> {
  const clock = manualClock();
  const turns: WireTurn[] = [];
  const logged: string[] = [];
  let fetch: (request: Request) => Promise<Response> | Response = () => new Response(null, { status: 502 });
  const deliver: DeliverWebhook = async (body, headers) => {
    // A webhook crosses a network: it doesn't arrive before the answer of the call that it is about.
    await new Promise(setImmediate);
    const request = { method: "POST", body: new Uint8Array(body), headers: { ...headers } };
    return (await fetch(new Request(`http://gateway/webhook/${name}`, request))).status;
  };
  const platform = PLATFORMS[name]({ clock, deliver, line: lineOptions });
  const random = seededRandom(7);
  const gateway = createGateway({
    store: sqlite({ file: ":memory:", clock, random }),
    channels: [platform.channel],
    agent: inProcessAgent((turn) => {
      turns.push(turn);
      return [`echo ${turn.text}`];
    }),
    log: logInto(logged),
    clock,
    random,
    ...settings,
  });
  fetch = gateway.fetch;
  const running = await gateway.start();
  return {
    ann: platform.ann,
    clock,
    turns,
    logged,
    async [Symbol.asyncDispose]() {
      platform.close();
      const stopped = running.stop();
      await clock.advance(20_000);
      await stopped;
    },
  };
}

function logInto(logged: string[]): Log {
  const at = (_fields: unknown, message: string) => {
    logged.push(message);
  };
  return { debug: at, info: at, warn: at, error: at, fatal: at };
}
