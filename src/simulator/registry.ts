import { simulatorOf } from "../channels/index.ts";
import type { SimulatorModel, Verbs } from "../channels/simulation/platform.ts";
import { Misconfigured } from "../core/errors.ts";
import { type Hosted, type HostOptions, hostPlatform } from "./server.ts";

export interface RunningListedSimulator extends Hosted {
  readonly verbs: Verbs;
  readonly platform: SimulatorModel["platform"];
  /** Usage hints for the command line. */
  readonly description: string;
}

/** Starts a platform's simulator by name, with the gateway's secrets from `env`. Throws `Misconfigured`. */
export async function startSimulatorOf(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  options: HostOptions,
): Promise<RunningListedSimulator> {
  const entry = simulatorOf(name);
  if (entry === null)
    throw new Misconfigured(
      `channel: read ${JSON.stringify(name)}, which has no simulator that can be started by its name`,
    );
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
  if (model === undefined) throw new Error("the platform was not created");
  const description = entry.describe({ url: hosted.url, webhookUrl: options.webhookUrl ?? "no URL yet" }).join("\n");
  return { ...hosted, platform, verbs: model.verbs, description };
}
