import { simulatorOf } from "../channels/index.ts";
import {
  BadCommand,
  type Command,
  type SimulatorActions,
  type SimulatorEntry,
  type SimulatorModel,
} from "../channels/simulation/platform.ts";
import type { Scenario } from "../channels/simulation/scenario.ts";
import { runScenario, type ScenarioParts, type ScenarioResult } from "../channels/simulation/scenario-run.ts";
import { Misconfigured } from "../core/errors.ts";
import { systemClock } from "../runtime/clock.ts";
import { systemRandom } from "../runtime/random.ts";
import type { Environment } from "../settings/read.ts";
import { type Hosted, type HostOptions, hostPlatform } from "./server.ts";

/** What a program adds that hosts more than the simulator: scenarios and commands about its agent and its gateway. */
export interface ScenarioHost {
  readonly scenarios: readonly Scenario[];
  /** Come before the simulator's of the same name. */
  readonly commands: Readonly<Record<string, Command>>;
}

export interface RunningSimulator extends Hosted {
  readonly actions: SimulatorActions;
  readonly platform: SimulatorModel["platform"];
  /** The control API, for the program in which the simulator runs. */
  readonly commands: SimulatorModel["commands"];
  readonly views: SimulatorModel["views"];
  /** Usage hints for the command line. */
  readonly description: string;
  /**
   * Runs one of the platform's scenarios, or of its host's; its webhooks must go to the gateway. Rejects with `Misconfigured`
   * when there is none of that id, and with `BadCommand` while another runs: each resets the simulator.
   */
  runScenario(
    id: string,
    gateway: Pick<ScenarioParts, "transcriptOf" | "report">,
    host?: ScenarioHost,
  ): Promise<ScenarioResult>;
}

/** Starts a platform's simulator by name, with the gateway's secrets from `env`. Throws `Misconfigured`. */
export async function startSimulator(name: string, env: Environment, options: HostOptions): Promise<RunningSimulator> {
  const entry = simulatorOf(name);
  if (entry === null) throw new Misconfigured(`there is no platform ${JSON.stringify(name)} to simulate`);
  const { model, ...hosted } = await hostPlatform(options, entry.set(env));
  const description = describe(entry, hosted.url, options.webhookUrl ?? "nowhere yet");
  const { clock = systemClock(), random = systemRandom() } = options;
  let isRunning = false;
  return {
    ...hosted,
    platform: model.platform,
    actions: model.actions,
    commands: model.commands,
    views: model.views,
    description,
    async runScenario(id, gateway, host = NO_HOST) {
      const scenario = [...entry.scenarios.list, ...host.scenarios].find((listed) => listed.id === id);
      if (scenario === undefined) throw new Misconfigured(`${entry.title} has no scenario ${JSON.stringify(id)}`);
      if (isRunning) throw new BadCommand(SCENARIO_RUNS);
      isRunning = true;
      try {
        const commands = { ...model.commands, ...host.commands };
        const control = controlOf({ commands, views: model.views });
        return await runScenario(scenario, entry.scenarios, { ...gateway, ...control, clock, random });
      } finally {
        isRunning = false;
      }
    },
  };
}

/** Why nothing else is begun meanwhile. */
export const SCENARIO_RUNS = "a scenario is running; wait for its verdict";

const NO_HOST: ScenarioHost = { scenarios: [], commands: {} };

function controlOf({
  commands,
  views,
}: Pick<SimulatorModel, "commands" | "views">): Pick<ScenarioParts, "command" | "view"> {
  return {
    command(name, input) {
      const run = commands[name];
      if (run === undefined) throw new Misconfigured(`there is no command ${JSON.stringify(name)}`);
      return run(input);
    },
    view(name, argument) {
      const show = views[name];
      if (show === undefined) throw new Misconfigured(`there is no view ${JSON.stringify(name)}`);
      return show(argument);
    },
  };
}

function describe({ title, examplePeerId, gatewaySide }: SimulatorEntry, url: string, webhookUrl: string): string {
  return [
    `${title} is simulated at ${url}; its webhooks go to ${webhookUrl}`,
    `the gateway's side: ${gatewaySide(url)}`,
    `speak as a person: curl --json '{"peerId":"${examplePeerId}","text":"hi"}' ${url}/_simulator/says`,
    `look at the screen: curl ${url}/_simulator/seen/${examplePeerId}`,
  ].join("\n");
}
