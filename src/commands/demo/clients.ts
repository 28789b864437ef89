import { CHANNELS, type ChannelName } from "../../channels/index.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { startSimulator } from "../../simulator/registry.ts";

/** A person's client with one simulated platform, and that platform. */
export type DemoClient = Awaited<ReturnType<typeof startClient>>;

/** A client for every platform on the list. */
export async function startDemoClients(random: Random, clock: Clock): Promise<readonly DemoClient[]> {
  const names = Object.keys(CHANNELS) as ChannelName[];
  return await Promise.all(names.map((name) => startClient(name, { random, clock })));
}

async function startClient(channel: ChannelName, seams: { random: Random; clock: Clock }) {
  const entry = CHANNELS[channel].simulator;
  const simulator = await startSimulator(channel, entry.variables, seams);
  const { platform, actions, url, close } = simulator;
  return {
    channel: channel as string,
    name: entry.title,
    entry,
    simulator,
    url,
    listenAt(webhookUrl: string) {
      platform.webhookUrl = webhookUrl;
    },
    /** What came of its webhook. */
    says: (text: string) => actions.says(entry.examplePeerId, text),
    /** The words on the screen, oldest first. */
    seen: () => actions.seenBy(entry.examplePeerId),
    close,
  };
}
