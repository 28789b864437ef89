import type { Channel } from "../../channels/channel.ts";
import { CHANNELS, simulatorOf } from "../../channels/index.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { startSimulatorOf } from "../../simulator/registry.ts";

/** A person's client of a simulated platform, and the gateway's channel for it. */
export interface SimulatedClient {
  readonly name: string;
  /** URL of the simulated platform. */
  readonly url: string;
  readonly channel: Channel;
  /** Sets the webhook URL of the platform. */
  listenAt(webhookUrl: string): void;
  /** Sends a message as the person: posts one signed webhook. Resolves with its result. */
  says(text: string): Promise<string>;
  /** Texts of the messages that the client shows, oldest first. */
  seen(): readonly string[];
  close(): Promise<void>;
}

const SOMEBODY = "200000000000001";

/** A client for every platform whose simulator can be started by its name alone. */
export async function listedClients(random: Random, clock: Clock = systemClock()): Promise<readonly SimulatedClient[]> {
  const names = Object.keys(CHANNELS).filter((name) => simulatorOf(name) !== null);
  return await Promise.all(names.map((name) => listedClient(name, { random, clock })));
}

async function listedClient(name: string, seams: { random: Random; clock: Clock }): Promise<SimulatedClient> {
  const entry = simulatorOf(name);
  if (entry === null) throw new Error(`${name} has no simulator that can be started by its name`);
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
