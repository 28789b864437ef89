import type { Config } from "../../config/config.ts";
import { Misconfigured } from "../../core/errors.ts";
import { type Finding, fault, ok, skipped } from "../../core/finding.ts";
import type { Clock } from "../../runtime/clock.ts";
import { callableHost } from "../callable-host.ts";
import { readOverview } from "../operator/remote.ts";

/** The running gateway's circuit breakers, one for each agent, as its admin port shows them. */
export async function checkBreakers(admin: Config["admin"], clock: Clock): Promise<readonly Finding[]> {
  const { host, port } = admin;
  // Each may read.
  const token = admin.token ?? admin.tokens[0]?.token ?? null;
  if (port === 0) return [skipped("breaker", "TURNPIKE_ADMIN_PORT is 0: the circuit breakers can't be asked for.")];
  try {
    const { breakers } = await readOverview({ url: `http://${callableHost(host)}:${port}`, token, clock });
    return breakers.map(({ agent, state }) => findingOf(agent, state));
  } catch (error) {
    if (!(error instanceof Misconfigured)) throw error;
    return [skipped("breaker", `The circuit breakers can't be asked for: ${error.message}.`)];
  }
}

function findingOf(agent: string, state: string): Finding {
  if (state === "closed") return ok("breaker", `The circuit breaker for ${agent} is closed: the agent gets turns.`);
  return fault("breaker", {
    found: `The circuit breaker for ${agent} is ${state}: the agent failed at several conversations in a row.`,
    why: "Its turns are kept and wait; a few are tried after a time that grows to half a minute.",
    advice:
      'Look at the agent, and at "turn not answered" in the gateway\'s log. It closes by itself at the first answer.',
  });
}
