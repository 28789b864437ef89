import type { ChannelName } from "../../channels/index.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";

/** Running simulators and the running gateway that they post to. */
export interface ScenarioTarget {
  readonly clock: Clock;
  readonly random: Random;
  /** A command of a simulator's control API. Rejects when it is refused. */
  command(channel: ChannelName, command: string, input: Readonly<Record<string, unknown>>): Promise<unknown>;
  /** A view of a simulator's control API. */
  view(channel: ChannelName, name: string, argument: string): Promise<unknown>;
  /** `GET /api<path>` of the gateway's admin API: its JSON. Rejects on another status than 200. */
  admin(path: string): Promise<unknown>;
}
