import type { Agent } from "../../src/agents/agent.ts";
import type { Channel } from "../../src/channels/channel.ts";
import { line } from "../../src/channels/line/index.ts";
import { createLineSimulator } from "../../src/channels/line/simulator.ts";
import type { DeliverWebhook } from "../../src/channels/simulation/platform.ts";
import { whatsapp } from "../../src/channels/whatsapp/index.ts";
import { createWhatsAppSimulator } from "../../src/channels/whatsapp/simulator.ts";
import { createGateway, type GatewayOptions } from "../../src/gateway.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

const SECRET = "secret";
const SEND_TIMEOUT_MS = 10_000;

type Settings = { readonly agent: Agent } & Partial<GatewayOptions>;

interface Outside {
  readonly clock: ManualClock;
  readonly deliverTo: (path: string) => DeliverWebhook;
}

function lineAccount(account: string, index: number, { clock, deliverTo }: Outside) {
  const simulator = createLineSimulator({
    clock,
    random: seededRandom(20 + index),
    channelSecret: SECRET,
    channelAccessToken: account,
    deliver: deliverTo(`line/${account}`),
  });
  const channel = line(
    { account, channelSecret: [SECRET], channelAccessToken: account, sendTimeoutMs: SEND_TIMEOUT_MS },
    { clock, platformClient: simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS }) },
  );
  return { simulator, channel };
}

function whatsAppAccount({ clock, deliverTo }: Outside) {
  const simulator = createWhatsAppSimulator({
    clock,
    random: seededRandom(19),
    appSecret: SECRET,
    accessToken: "token",
    deliver: deliverTo("whatsapp"),
  });
  const channel = whatsapp(simulator.channelOptions("https://graph.invalid"), {
    clock,
    platformClient: simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS }),
  });
  return { simulator, channel };
}

function outside() {
  const clock = manualClock();
  const receiver: { fetch: (request: Request) => Response | Promise<Response> } = {
    fetch: () => new Response(null, { status: 502 }),
  };
  const deliverTo = (path: string): DeliverWebhook => {
    const url = `http://gateway/webhook/${path}`;
    return async (body, headers) =>
      (await receiver.fetch(new Request(url, { method: "POST", body: new Uint8Array(body), headers: { ...headers } })))
        .status;
  };
  return { clock, receiver, deliverTo };
}

interface Platform {
  readonly channel: Channel;
  readonly simulator: { close(): void };
}

function gatewayOf(
  { clock, receiver }: ReturnType<typeof outside>,
  platforms: readonly Platform[],
  settings: Settings,
) {
  const channels = platforms.map(({ channel }) => channel);
  const random = seededRandom(22);
  const store = sqlite({ file: ":memory:", clock, random });
  const gateway = createGateway({ store, channels, batch: { quietMs: 0 }, clock, random, ...settings });
  receiver.fetch = gateway.fetch;
  return {
    start: async () => {
      const running = await gateway.start();
      await clock.settle();
      return async () => {
        for (const { simulator } of platforms) simulator.close();
        const stopped = running.stop();
        await clock.advance(10_000);
        await stopped;
      };
    },
  };
}

/** A gateway of two LINE accounts, each with a platform of its own. Time stands still until the test moves it. */
export function twoAccounts(settings: Settings) {
  const world = outside();
  const one = lineAccount("one", 0, world);
  const two = lineAccount("two", 1, world);
  const { start } = gatewayOf(world, [one, two], settings);
  return { clock: world.clock, one: one.simulator, two: two.simulator, start };
}

/** The same of so many LINE accounts and one of WhatsApp. */
export function accountsOfTwoChannels(count: number, settings: Settings) {
  const world = outside();
  const lines = Array.from({ length: count }, (_, index) => lineAccount(`line${index}`, index, world));
  const other = whatsAppAccount(world);
  const { start } = gatewayOf(world, [...lines, other], settings);
  return { clock: world.clock, lines: lines.map(({ simulator }) => simulator), whatsApp: other.simulator, start };
}
