/** `GET /api/agents`: what this process knows of its agents. */
import type { Hono } from "hono";
import { z } from "zod";
import { AGENT_TRANSPORTS, BREAKER_STATES, transportsOf } from "../../agents/agent.ts";
import type { Deps } from "../../pipeline/deps.ts";
import { freePlacesAt, partsOf, turnsAt } from "../../pipeline/support/capacity.ts";
import type { AgentActivity } from "../../runtime/agent-activity.ts";
import { enumOf, list, time } from "./wire.ts";

export type AgentsDeps = Pick<Deps, "agent" | "channels" | "runner" | "settings" | "ownership"> & {
  readonly agentActivity: AgentActivity;
};

const transport = enumOf(AGENT_TRANSPORTS);

export const AGENTS = z.object({
  /** This process: all of this is of it alone, and begins anew with it. */
  owner: z.string(),
  agents: list(
    z.object({
      /** As routes name it. */
      name: z.string(),
      /** How it is reached; several where any agent that connects takes the turn. */
      transports: list(transport),
      isReachable: z.boolean(),
      /** How many more turns it gets now: of this process's places and the agent's own, whichever are fewer. */
      freePlaces: z.int(),
      /** Turns that it has from this process. */
      turns: z.int(),
      /** Bot programs that are connected. */
      instances: list(
        z.object({ transport, name: z.string(), instance: z.string().nullable(), freePlaces: z.int(), turns: z.int() }),
      ),
      lastAnswer: z.object({ at: time, turnId: z.string() }).nullable(),
      lastCall: z.object({ at: time, outcome: z.string(), tookMs: z.int() }).nullable(),
      breakers: list(z.object({ agent: z.string(), state: enumOf(BREAKER_STATES) })),
    }),
  ),
});
/** As it is on the wire. */
export type AgentsWire = z.input<typeof AGENTS>;

export function mountAgents(api: Hono, deps: AgentsDeps): void {
  const { agent, agentActivity, ownership } = deps;
  api.get("/agents", (c) =>
    c.json(
      z.encode(AGENTS, {
        owner: ownership.owner,
        agents: partsOf(agent).map((part) => ({
          name: part.name,
          transports: transportsOf(part.agent),
          isReachable: part.agent.isReachable(),
          freePlaces: Math.max(0, freePlacesAt(deps, part)),
          turns: turnsAt(deps, part),
          instances: part.agent.instances?.() ?? [],
          ...agentActivity.of(part.name),
          breakers: part.agent.breakers?.() ?? [],
        })),
      }),
    ),
  );
}
