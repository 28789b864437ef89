import type { Channel } from "../../channels/channel.ts";
import { CHANNELS, stageOf } from "../../channels/index.ts";
import type { Chance } from "../../runtime/chance.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { startStage } from "../../simulator/registry.ts";

/** A person's phone with one simulated platform on it, and our side of that platform. */
export interface StagedPhone {
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

/** A phone for every platform on the list that can be put up by its name alone. */
export async function stagedPhones(chance: Chance, clock: Clock = systemClock()): Promise<readonly StagedPhone[]> {
  const names = Object.keys(CHANNELS).filter((name) => stageOf(name) !== null);
  return await Promise.all(names.map((name) => stagedPhone(name, { chance, clock })));
}

async function stagedPhone(name: string, seams: { chance: Chance; clock: Clock }): Promise<StagedPhone> {
  const stage = stageOf(name);
  if (stage === null) throw new Error(`${name} can't be put up by its name`);
  const { platform, verbs, url, close } = await startStage(name, stage.variables, seams);
  return {
    name: stage.title,
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
