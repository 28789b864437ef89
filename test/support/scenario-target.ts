/** A whole gateway on every platform without a socket, for scenarios: the demo's settings and bot, on a manual clock. */
import { inProcessAgent } from "../../src/agents/in-process.ts";
import type { ChannelName } from "../../src/channels/index.ts";
import { line } from "../../src/channels/line/index.ts";
import { lineCommands, lineViews } from "../../src/channels/line/simulator/control.ts";
import { createLineSimulator } from "../../src/channels/line/simulator.ts";
import { messenger } from "../../src/channels/messenger/index.ts";
import { messengerCommands, messengerViews } from "../../src/channels/messenger/simulator/control.ts";
import { createMessengerSimulator } from "../../src/channels/messenger/simulator.ts";
import type { DeliverWebhook, SimulatorModel } from "../../src/channels/simulation/platform.ts";
import { whatsapp } from "../../src/channels/whatsapp/index.ts";
import { whatsappCommands, whatsappViews } from "../../src/channels/whatsapp/simulator/control.ts";
import { createWhatsAppSimulator } from "../../src/channels/whatsapp/simulator.ts";
import { createGateway } from "../../src/gateway.ts";
import type { Random } from "../../src/runtime/random.ts";
import type { ScenarioTarget } from "../../src/simulator/scenarios/target.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

const SEND_TIMEOUT_MS = 10_000;

interface Receiver {
  fetch: (request: Request) => Promise<Response> | Response;
}

/** Every platform's side, posting to whatever `receiver` is then. */
function simulate(clock: ManualClock, random: Random, receiver: Receiver) {
  const deliverTo =
    (channel: ChannelName): DeliverWebhook =>
    async (body, headers) => {
      // A webhook crosses a network: it doesn't arrive before the answer of the call that it is about.
      await new Promise(setImmediate);
      const init = { method: "POST", body: new Uint8Array(body), headers: { ...headers } };
      return (await receiver.fetch(new Request(`http://gateway/webhook/${channel}`, init))).status;
    };
  const shared = { clock, random };
  const meta = { ...shared, appSecret: "secret" };
  const lineSide = createLineSimulator({
    ...shared,
    deliver: deliverTo("line"),
    channelSecret: "secret",
    channelAccessToken: "token",
    redelivery: { count: 5, intervalMs: 5_000 },
  });
  const messengerSide = createMessengerSimulator({
    ...meta,
    deliver: deliverTo("messenger"),
    pageAccessToken: "token",
    pageId: "1000",
  });
  const whatsappSide = createWhatsAppSimulator({ ...meta, deliver: deliverTo("whatsapp"), accessToken: "token" });
  const over = (side: Pick<typeof lineSide, "transport">) => ({
    clock,
    transport: side.transport({ clock, sendTimeoutMs: SEND_TIMEOUT_MS }),
  });
  const controls: Readonly<Record<ChannelName, Pick<SimulatorModel, "commands" | "views">>> = {
    line: { commands: lineCommands(lineSide), views: lineViews(lineSide) },
    messenger: { commands: messengerCommands(messengerSide), views: messengerViews(messengerSide) },
    whatsapp: { commands: whatsappCommands(whatsappSide), views: whatsappViews(whatsappSide) },
  };
  return {
    controls,
    channels: [
      line({ ...lineSide.channelOptions("https://line.invalid"), sendTimeoutMs: SEND_TIMEOUT_MS }, over(lineSide)),
      messenger(messengerSide.channelOptions("https://graph.invalid"), over(messengerSide)),
      whatsapp(whatsappSide.channelOptions("https://graph.invalid"), over(whatsappSide)),
    ],
    close: () => {
      for (const side of [lineSide, messengerSide, whatsappSide]) side.close();
    },
  };
}

export async function startScenarioTarget(answer: (text: string) => string = (text) => `You said: ${text}`) {
  const clock = manualClock();
  const random = seededRandom(21);
  const receiver: Receiver = { fetch: () => new Response(null, { status: 502 }) };
  const { controls, channels, close } = simulate(clock, random, receiver);
  const gateway = createGateway({
    store: sqlite({ file: ":memory:", clock, random }),
    channels,
    agent: inProcessAgent(({ text }) => answer(text)),
    batch: { quietMs: 1_000, maxWaitMs: 5_000 },
    clock,
    random,
  });
  receiver.fetch = gateway.fetch;
  const running = await gateway.start();
  const target: ScenarioTarget = {
    clock,
    random,
    command: async (channel, command, input) => await controls[channel].commands[command]?.(input),
    view: async (channel, name, argument) => await controls[channel].views[name]?.(argument),
    async admin(path) {
      const response = await gateway.adminFetch(new Request(`http://localhost/api${path}`));
      if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
      return await response.json();
    },
  };
  return {
    target,
    clock,
    /** Moves time on until the work has ended. */
    async during<T>(work: Promise<T>): Promise<T> {
      let isOver = false;
      const end = () => {
        isOver = true;
      };
      work.then(end, end);
      while (!isOver) await clock.advance(50);
      return await work;
    },
    async [Symbol.asyncDispose]() {
      close();
      const stopped = running.stop();
      await clock.advance(20_000);
      await stopped;
    },
  };
}
