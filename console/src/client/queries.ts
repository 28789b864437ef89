/** What the console asks for, under the keys by which it is asked for again. */
import { QueryClient, queryOptions } from "@tanstack/react-query";
import type { AgentsWire } from "../../../src/http/admin/agents.ts";
import type { MeWire } from "../../../src/http/admin/me.ts";
import type { NodesWire } from "../../../src/http/admin/nodes.ts";
import type { PulseWire } from "../../../src/http/admin/pulse.ts";
import type { Wire } from "../../../src/http/admin/wire.ts";
import { getJson } from "./api.ts";
import { passesByItself, retryDelayMs } from "./problem.ts";

/** Numbers that change by themselves are asked for again after so long, in ms. A tab that isn't seen asks for nothing. */
const OFTEN_MS = 5_000;
const SELDOM_MS = 15_000;
/** One that somebody watches while it is on its way. */
const ITEM_MS = 1_000;

export type PulseSpan = "15m" | "1h";

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The gateway may be on this machine, which is there without any network.
        networkMode: "always",
        staleTime: 1_000,
        retry: (_failures, error) => passesByItself(error),
        retryDelay: retryDelayMs,
      },
    },
  });
}

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => getJson<MeWire>("/me", {}, signal),
  staleTime: Number.POSITIVE_INFINITY,
});

export const overviewQuery = queryOptions({
  queryKey: ["overview"],
  queryFn: ({ signal }) => getJson<Wire["overview"]>("/overview", {}, signal),
  refetchInterval: OFTEN_MS,
});

export const accountsQuery = queryOptions({
  queryKey: ["accounts"],
  queryFn: ({ signal }) => getJson<Wire["accounts"]>("/accounts", {}, signal),
  refetchInterval: SELDOM_MS,
});

export const agentsQuery = queryOptions({
  queryKey: ["agents"],
  queryFn: ({ signal }) => getJson<AgentsWire>("/agents", {}, signal),
  refetchInterval: OFTEN_MS,
});

export const nodesQuery = queryOptions({
  queryKey: ["nodes"],
  queryFn: ({ signal }) => getJson<NodesWire>("/nodes", {}, signal),
  refetchInterval: SELDOM_MS,
});

export function pulseQuery(window: PulseSpan) {
  return queryOptions({
    queryKey: ["pulse", window],
    queryFn: ({ signal }) => getJson<PulseWire>("/pulse", { window }, signal),
    refetchInterval: OFTEN_MS,
  });
}

/** A turn or a delivery with all that happened to it. */
export function itemQuery(id: string) {
  return queryOptions({
    queryKey: ["item", id],
    queryFn: ({ signal }) => getJson<Wire["item"]>(`/items/${encodeURIComponent(id)}`, {}, signal),
    refetchInterval: ({ state: { data } }) => (data === undefined || isSettled(data) ? SELDOM_MS : ITEM_MS),
  });
}

/** Nothing more comes of it by itself, but for late receipts. */
function isSettled({ item, entries }: Wire["item"]): boolean {
  const isDone = ["done", "dead", "empty", "skipped", "sent", "parked"].includes(item.state);
  return (
    isDone && entries.every((entry) => entry.kind !== "delivery" || ["sent", "dead", "parked"].includes(entry.state))
  );
}
