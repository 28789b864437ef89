import { CHANNELS } from "../channels/index.ts";
import type { Scenario } from "../channels/simulation/scenario.ts";

export interface ListedScenario extends Pick<Scenario, "id" | "titleKey"> {
  readonly channel: string;
}

/** Every scenario of every platform on the list, in the order in which they are shown. */
export const SCENARIOS: readonly ListedScenario[] = Object.entries(CHANNELS).flatMap(([channel, { simulator }]) =>
  simulator.scenarios.list.map(({ id, titleKey }) => ({ channel, id, titleKey })),
);
