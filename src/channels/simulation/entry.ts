import { Misconfigured } from "../../core/errors.ts";
import type { Clock } from "../../runtime/clock.ts";
import { accountFromEnvironment, type Section } from "../../settings/section.ts";
import type { Children } from "../../settings/setting.ts";
import type { Channel } from "../channel.ts";
import type { PlatformClient } from "../platform-client.ts";
import type { SocketlessOptions } from "./calls.ts";
import type { Addressed, Outside, SimulatorActions, SimulatorEntry, SimulatorModel } from "./platform.ts";
import type { WebhookCopy } from "./webhooks.ts";

type Facts = Omit<SimulatorEntry, "set" | "gatewaySettings">;

interface Speaking extends Addressed {
  readonly calls: readonly unknown[];
  person(peerId: string): { says(text: string): Promise<{ readonly webhook: WebhookCopy }> };
  seenBy(peerId: string): readonly { readonly text: string | null }[];
  platformClient(options: SocketlessOptions): PlatformClient;
}

/** What a channel is made with, beside its options; without a platform client it opens connections of its own. */
export interface ChannelSeams {
  readonly clock: Clock;
  readonly platformClient?: PlatformClient;
}

/** In memory an answer is there at once, or never. */
const SEND_TIMEOUT_MS = 10_000;
/** No request leaves. */
const NOWHERE = "http://platform.invalid";

interface EntryParts<Options extends object, C extends Children, P extends Speaking> extends Facts {
  readonly section: Section<Options, C>;
  readonly create: (options: Options, seams: ChannelSeams) => Channel;
  /** The channel's options for a simulator at that URL. */
  readonly addressed: (url: string) => Partial<Options>;
  readonly simulate: (options: Options, outside: Outside) => P;
  readonly commands: (platform: P) => SimulatorModel["commands"];
  readonly views: (platform: P) => SimulatorModel["views"];
  readonly actions: (platform: P) => Pick<SimulatorActions, "openConversation" | "fault" | "redelivered">;
}

/** Registry entry of a simulator, for code that knows a platform only by name. */
export function simulatorEntry<Options extends object, C extends Children, P extends Speaking>(
  parts: EntryParts<Options, C, P>,
): SimulatorEntry {
  const { section, create, addressed, simulate, commands, views, actions, ...facts } = parts;
  return {
    ...facts,
    gatewaySettings: (url) => ({ ...addressed(url) }),
    set(env) {
      const options = accountFromEnvironment(section, env);
      if (options === null) {
        const names = Object.keys(facts.variables).join(", ");
        throw new Misconfigured(`set ${names}: any values, the same as the gateway's`);
      }
      return (outside) => {
        const platform = simulate(options, outside);
        const shared: SimulatorActions = {
          ...actions(platform),
          channelAt: (url, clock) => create({ ...options, ...addressed(url) }, { clock }),
          channelInMemory(clock) {
            const platformClient = platform.platformClient({ clock, sendTimeoutMs: SEND_TIMEOUT_MS });
            return create({ ...options, ...addressed(NOWHERE) }, { clock, platformClient });
          },
          async says(peerId, text) {
            const { webhook } = await platform.person(peerId).says(text);
            return String(webhook.status ?? webhook.result);
          },
          callCount: () => platform.calls.length,
          seenBy: (peerId) => platform.seenBy(peerId).map(({ text }) => text ?? ""),
        };
        return { platform, commands: commands(platform), views: views(platform), actions: shared };
      };
    },
  };
}
