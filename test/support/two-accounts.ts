import type { Agent } from "../../src/agents/agent.ts";
import { line } from "../../src/channels/line/index.ts";
import { createLineSimulator } from "../../src/channels/line/simulator.ts";
import { createGateway, type GatewayOptions } from "../../src/gateway.ts";
import { sqlite } from "../../src/store/sqlite/index.ts";
import { manualClock } from "./manual-clock.ts";
import { seededRandom } from "./seeded-random.ts";

const ACCOUNTS = ["one", "two"] as const;
const SECRET = "secret";
const SEND_TIMEOUT_MS = 10_000;

/** A gateway of two LINE accounts, each with a platform of its own. Time stands still until the test moves it. */
export function twoAccounts({ agent, ...settings }: { readonly agent: Agent } & Partial<GatewayOptions>) {
  const clock = manualClock();
  const receiver: { fetch: (request: Request) => Response | Promise<Response> } = {
    fetch: () => new Response(null, { status: 502 }),
  };
  const platforms = ACCOUNTS.map((account, index) => {
    const simulator = createLineSimulator({
      clock,
      random: seededRandom(20 + index),
      channelSecret: SECRET,
      channelAccessToken: account,
      deliver: async (body, headers) => {
        const url = `http://gateway/webhook/line/${account}`;
        const request = new Request(url, { method: "POST", body: new Uint8Array(body as Uint8Array), headers });
        return (await receiver.fetch(request)).status;
      },
    });
    const channel = line(
      { account, channelSecret: [SECRET], channelAccessToken: account, sendTimeoutMs: SEND_TIMEOUT_MS },
      { clock, platformClient: simulator.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS }) },
    );
    return { simulator, channel };
  });
  const channels = platforms.map(({ channel }) => channel);
  const random = seededRandom(22);
  const store = sqlite({ file: ":memory:", clock, random });
  const gateway = createGateway({ store, channels, agent, batch: { quietMs: 0 }, clock, random, ...settings });
  receiver.fetch = gateway.fetch;
  const [one, two] = platforms.map(({ simulator }) => simulator);
  if (one === undefined || two === undefined) throw new Error("two accounts have two platforms");
  return {
    clock,
    one,
    two,
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
