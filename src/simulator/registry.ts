import { simulatorOf } from "../channels/index.ts";
import type { SimulatorActions, SimulatorEntry, SimulatorModel } from "../channels/simulation/platform.ts";
import { Misconfigured } from "../core/errors.ts";
import type { Environment } from "../settings/read.ts";
import { type Hosted, type HostOptions, hostPlatform } from "./server.ts";

export interface RunningSimulator extends Hosted {
  readonly actions: SimulatorActions;
  readonly platform: SimulatorModel["platform"];
  /** Usage hints for the command line. */
  readonly description: string;
}

/** Starts a platform's simulator by name, with the gateway's secrets from `env`. Throws `Misconfigured`. */
export async function startSimulator(name: string, env: Environment, options: HostOptions): Promise<RunningSimulator> {
  const entry = simulatorOf(name);
  if (entry === null) throw new Misconfigured(`there is no platform ${JSON.stringify(name)} to simulate`);
  const { model, ...hosted } = await hostPlatform(options, entry.set(env));
  const description = describe(entry, hosted.url, options.webhookUrl ?? "nowhere yet");
  return { ...hosted, platform: model.platform, actions: model.actions, description };
}

function describe({ title, examplePeerId, gatewaySide }: SimulatorEntry, url: string, webhookUrl: string): string {
  return [
    `${title} is simulated at ${url}; its webhooks go to ${webhookUrl}`,
    `the gateway's side: ${gatewaySide(url)}`,
    `speak as a person: curl --json '{"peerId":"${examplePeerId}","text":"hi"}' ${url}/_simulator/says`,
    `look at the screen: curl ${url}/_simulator/seen/${examplePeerId}`,
  ].join("\n");
}
