import { simulatorOf } from "../channels/index.ts";
import type { SimulatorModel, Verbs } from "../channels/simulation/platform.ts";
import { Misconfigured } from "../core/errors.ts";
import { type Hosted, type HostOptions, hostPlatform } from "./server.ts";

export interface RunningListedSimulator extends Hosted {
  readonly verbs: Verbs;
  readonly platform: SimulatorModel["platform"];
  /** What somebody who has just started it wants to know. */
  readonly description: string;
}

/** A platform's side of the wire, by the platform's name and with the gateway's own secrets. Throws `Misconfigured`. */
export async function startSimulatorOf(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  options: HostOptions,
): Promise<RunningListedSimulator> {
  const entry = simulatorOf(name);
  if (entry === null) throw new Misconfigured(`there is no simulator of ${JSON.stringify(name)} to start by its name`);
  const put = entry.set(env);
  let model: SimulatorModel | undefined;
  const { platform, ...hosted } = await hostPlatform(
    options,
    (outside) => {
      model = put(outside);
      return model.platform;
    },
    { commands: () => model?.commands ?? {}, views: () => model?.views ?? {} },
  );
  if (model === undefined) throw new Error("the platform was not put up");
  const description = entry.describe({ url: hosted.url, webhookUrl: options.webhookUrl ?? "nowhere yet" }).join("\n");
  return { ...hosted, platform, verbs: model.verbs, description };
}
