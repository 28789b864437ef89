import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../settings/read.ts";
import type { DemoClient } from "./clients.ts";

/** Debounce: short enough for a demo, long enough to type two lines into one turn. */
const BATCH = { TURNPIKE_BATCH_QUIET_MS: "1000", TURNPIKE_BATCH_MAX_WAIT_MS: "5000" };
/** Longer than the slowest agent that can be played, short enough that one that hangs is seen to be tried again. */
const AGENT_TIMEOUT = { TURNPIKE_AGENT_TIMEOUT_MS: "60000" };

/** What a process needs of its surroundings, none of which is a setting of the gateway's. */
const PASSED_ON = ["PATH", "LD_LIBRARY_PATH", "SystemRoot", "TMPDIR", "TEMP", "TMP", "TZ"];

interface GatewaySettings {
  /** Of the demo; its settings file and its database are there. */
  readonly folder: string;
  readonly port: number;
  readonly agent: { readonly url: string; readonly secret: string };
  readonly clients: readonly DemoClient[];
  /** The demo's own environment. */
  readonly env: Environment;
}

/**
 * How `turnpike start` is called: nothing of it comes from the user's settings. The platforms' addresses stand in a settings
 * file, because some platforms share a variable for theirs.
 */
export function gatewayCommand({ folder, port, agent, clients, env }: GatewaySettings) {
  const file = join(folder, "turnpike.yaml");
  const addresses = clients.map(({ channel, entry, url }) => [channel, entry.gatewaySettings(url)]);
  // YAML includes JSON.
  writeFileSync(file, JSON.stringify(Object.fromEntries(addresses)));
  const passedOn = PASSED_ON.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]));
  return {
    args: ["start", "--config", file],
    env: {
      ...(Object.fromEntries(passedOn) as Record<string, string>),
      ...Object.assign({}, ...clients.map(({ entry }) => entry.variables)),
      ...BATCH,
      ...AGENT_TIMEOUT,
      TURNPIKE_HOST: "127.0.0.1",
      TURNPIKE_PORT: String(port),
      TURNPIKE_ADMIN_HOST: "127.0.0.1",
      TURNPIKE_ADMIN_PORT: "0",
      TURNPIKE_DATABASE_URL: `sqlite:${join(folder, "demo.db")}`,
      TURNPIKE_AGENT_URL: `${agent.url}/turns`,
      TURNPIKE_AGENT_SECRET: agent.secret,
    } as Record<string, string>,
  };
}
