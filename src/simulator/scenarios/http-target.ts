import type { ChannelName } from "../../channels/index.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import type { ScenarioTarget } from "./target.ts";

export interface HttpTargetOptions {
  /** Base URL of each running simulator. */
  readonly simulators: Readonly<Partial<Record<ChannelName, string>>>;
  /** Base URL of the gateway's admin port. */
  readonly adminUrl: string;
  /** `TURNPIKE_ADMIN_TOKEN` of that gateway. Default: none. */
  readonly adminToken?: string;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Simulators and a gateway in other processes, by their addresses. */
export function httpTarget(options: HttpTargetOptions): ScenarioTarget {
  const { simulators, adminUrl, adminToken, clock = systemClock(), random = systemRandom() } = options;
  const control = (channel: ChannelName, path: string, init?: RequestInit) => {
    const url = simulators[channel];
    if (url === undefined) throw new Error(`${channel} is not simulated here`);
    return readJson(`${url}/_simulator/${path}`, init);
  };
  return {
    clock,
    random,
    command: async (channel, command, input) =>
      await control(channel, command, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(input),
      }),
    view: async (channel, name, argument) => await control(channel, `${name}/${encodeURIComponent(argument)}`),
    admin: async (path) =>
      await readJson(`${adminUrl}/api${path}`, {
        ...(adminToken !== undefined && { headers: { authorization: `Bearer ${adminToken}` } }),
      }),
  };
}

async function readJson(url: string, init?: RequestInit): Promise<unknown> {
  const response = await fetch(url, init);
  const body = await response.text();
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${body.slice(0, 500)}`);
  return JSON.parse(body);
}
