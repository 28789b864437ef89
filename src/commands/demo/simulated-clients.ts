import type { Channel } from "../../channels/channel.ts";
import { CHANNELS, type ChannelName } from "../../channels/index.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { startSimulatorOf } from "../../simulator/registry.ts";

/** A person's client with one simulated platform, and our side of that platform. */
export interface SimulatedClient {
  readonly name: string;
  /** Where the platform is simulated. */
  readonly url: string;
  readonly channel: Channel;
  /** The platform's webhooks go there from now on. */
  listenAt(webhookUrl: string): void;
  /** Posts one signed webhook; what came of it. */
  says(text: string): Promise<string>;
  /** The words of each bubble on the screen, oldest first. */
  seen(): readonly string[];
  close(): Promise<void>;
}

/** A client for every platform on the list. */
export async function startSimulatedClients(
  random: Random,
  clock: Clock = systemClock(),
): Promise<readonly SimulatedClient[]> {
  const names = Object.keys(CHANNELS) as ChannelName[];
  return await Promise.all(names.map((name) => startClient(name, { random, clock })));
}

async function startClient(name: ChannelName, seams: { random: Random; clock: Clock }): Promise<SimulatedClient> {
  const { title, variables, somebody } = CHANNELS[name].simulator;
  const { platform, verbs, url, close } = await startSimulatorOf(name, variables, seams);
  return {
    name: title,
    url,
    channel: verbs.channelAt(url, seams.clock),
    listenAt: (webhookUrl) => {
      platform.webhookUrl = webhookUrl;
    },
    says: (text) => verbs.says(somebody, text),
    seen: () => verbs.seenBy(somebody),
    close,
  };
}
