/** What the simulator's page asks its server for, and what it orders there. */
import { type QueryClient, queryOptions } from "@tanstack/react-query";
import type {
  AgentOrder,
  AgentWire,
  GatewayOrder,
  GatewayWire,
  RunWire,
  ScreenWire,
  SimulatorWire,
} from "../../../../src/simulator/console-api/wire.ts";
import { getJson, postJson } from "../../client/api.ts";
import type { Order } from "./drawn.ts";
import { reduceSimulator, type SimulatorEvent } from "./simulator-state.ts";

const KEY = ["simulator"] as const;

/** Read once; from then on the stream tells it. */
export const simulatorQuery = queryOptions({
  queryKey: KEY,
  queryFn: async ({ client, signal }) => {
    const before = client.getQueryState(KEY)?.dataUpdateCount ?? 0;
    const read = await getJson<SimulatorWire>("/simulator", {}, signal);
    const now = client.getQueryState<SimulatorWire>(KEY);
    // What the stream has told meanwhile is newer.
    return now?.data !== undefined && now.dataUpdateCount > before ? now.data : read;
  },
  staleTime: Number.POSITIVE_INFINITY,
});

export function applySimulator(queries: QueryClient, event: SimulatorEvent): void {
  queries.setQueryData<SimulatorWire>(KEY, (state) => reduceSimulator(state, event));
}

export const SCREENS_KEY = ["simulator-screen"] as const;

export function screenQuery(channel: string, screenId: string) {
  return queryOptions({
    queryKey: [...SCREENS_KEY, channel, screenId],
    queryFn: ({ signal }) => getJson<ScreenWire>(pathOf(channel, "screen", screenId), {}, signal),
  });
}

/** A run that isn't the newest one. */
export function runQuery(runId: string) {
  return queryOptions({
    queryKey: ["simulator-run", runId],
    queryFn: ({ signal }) => getJson<RunWire>(`/simulator/runs/${encodeURIComponent(runId)}`, {}, signal),
  });
}

/** A person's act is done when its webhook was answered, which takes its time at a frozen gateway: nobody waits for it here. */
const WAIT_MS = "1000";

export async function act(channel: string, { command, input }: Order): Promise<void> {
  await postJson<unknown>(pathOf(channel, command), input, { waitMs: WAIT_MS });
}

export function startRun(channel: string, scenario: string): Promise<RunWire> {
  return postJson("/simulator/runs", { channel, scenario });
}

export function setAgent(order: AgentOrder): Promise<AgentWire> {
  return postJson("/simulator/agent", order);
}

export function setGateway(order: GatewayOrder): Promise<GatewayWire> {
  return postJson("/simulator/gateway", order);
}

export function resetSimulator(): Promise<SimulatorWire> {
  return postJson("/simulator/reset", {});
}

function pathOf(...parts: readonly string[]): string {
  return `/simulator/${parts.map(encodeURIComponent).join("/")}`;
}
