import type { Channel } from "../../channels/channel.ts";
import { CHANNELS, simulatorOf } from "../../channels/index.ts";
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

const SOMEBODY = "200000000000001";

/** A client for every platform on the list that can be put up by its name alone. */
export async function listedClients(random: Random, clock: Clock = systemClock()): Promise<readonly SimulatedClient[]> {
  const names = Object.keys(CHANNELS).filter((name) => simulatorOf(name) !== null);
  return await Promise.all(names.map((name) => listedClient(name, { random, clock })));
}

async function listedClient(name: string, seams: { random: Random; clock: Clock }): Promise<SimulatedClient> {
  const entry = simulatorOf(name);
  if (entry === null) throw new Error(`${name} can't be put up by its name`);
  const { platform, verbs, url, close } = await startSimulatorOf(name, entry.variables, seams);
  return {
    name: entry.title,
    url,
    channel: verbs.channelAt(url, seams.clock),
    listenAt: (webhookUrl) => {
      platform.webhookUrl = webhookUrl;
    },
    says: (text) => verbs.says(SOMEBODY, text),
    seen: () => verbs.seenBy(SOMEBODY),
    close,
  };
}
