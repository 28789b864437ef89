import { CHANNELS, type ChannelName } from "../../channels/index.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { startSimulator } from "../../simulator/registry.ts";

/** A person's client with one simulated platform, and our side of that platform. */
export type DemoClient = Awaited<ReturnType<typeof startClient>>;

/** A client for every platform on the list. */
export async function startDemoClients(random: Random, clock: Clock = systemClock()): Promise<readonly DemoClient[]> {
  const names = Object.keys(CHANNELS) as ChannelName[];
  return await Promise.all(names.map((name) => startClient(name, { random, clock })));
}

async function startClient(name: ChannelName, seams: { random: Random; clock: Clock }) {
  const { title, variables, examplePeerId } = CHANNELS[name].simulator;
  const { platform, actions, url, close } = await startSimulator(name, variables, seams);
  return {
    name: title,
    url,
    channel: actions.channelAt(url, seams.clock),
    listenAt(webhookUrl: string) {
      platform.webhookUrl = webhookUrl;
    },
    /** What came of its webhook. */
    says: (text: string) => actions.says(examplePeerId, text),
    /** The words on the screen, oldest first. */
    seen: () => actions.seenBy(examplePeerId),
    close,
  };
}
