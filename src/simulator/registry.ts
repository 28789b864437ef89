import { stageOf } from "../channels/index.ts";
import type { Staged, Verbs } from "../channels/simulation/platform.ts";
import { Misconfigured } from "../core/errors.ts";
import { type Hosted, type HostOptions, hostPlatform } from "./server.ts";

export interface RunningStage extends Hosted {
  readonly verbs: Verbs;
  readonly platform: Staged["platform"];
  /** What somebody who has just started it wants to know. */
  readonly description: string;
}

/** A platform's side of the wire, by the platform's name and with the gateway's own secrets. Throws `Misconfigured`. */
export async function startStage(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  options: HostOptions,
): Promise<RunningStage> {
  const stage = stageOf(name);
  if (stage === null) throw new Misconfigured(`there is no simulator of ${JSON.stringify(name)} to start by its name`);
  const put = stage.set(env);
  let staged: Staged | undefined;
  const { platform, ...hosted } = await hostPlatform(
    options,
    (outside) => {
      staged = put(outside);
      return staged.platform;
    },
    { commands: () => staged?.commands ?? {}, views: () => staged?.views ?? {} },
  );
  if (staged === undefined) throw new Error("the platform was not put up");
  const description = stage.describe({ url: hosted.url, webhookUrl: options.webhookUrl ?? "nowhere yet" }).join("\n");
  return { ...hosted, platform, verbs: staged.verbs, description };
}
