import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { useMemo } from "react";
import type { Wire } from "../../../src/http/admin/wire.ts";
import { getJson } from "../client/api.ts";
import { candidateOf, type Entry } from "./operable.ts";
import type { Item } from "./order.ts";
import { useMayOperate } from "./use-may-operate.ts";

/** Whether an account works is on no line of a transcript, and is asked for again after so long, in ms. */
const OFTEN_MS = 5_000;

/** Turns and deliveries of a transcript that this person may act on, by their ids. */
export function useOperable(entries: readonly Entry[]): ReadonlyMap<string, Item> {
  const mayOperate = useMayOperate();
  const candidates = useMemo(
    () => (mayOperate ? entries.flatMap((entry) => candidateOf(entry) ?? []) : []),
    [mayOperate, entries],
  );
  return useQueries({
    queries: candidates.map(({ id, version, dependsOnAccount }) => ({
      queryKey: ["item", id, version],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        (await getJson<Wire["item"]>(`/items/${encodeURIComponent(id)}`, {}, signal)).item,
      staleTime: Number.POSITIVE_INFINITY,
      refetchInterval: dependsOnAccount ? OFTEN_MS : (false as const),
    })),
    combine: byId,
  });
}

function byId(results: readonly UseQueryResult<Item>[]): ReadonlyMap<string, Item> {
  return new Map(results.flatMap(({ data }) => (data === undefined ? [] : [[data.id, data]])));
}
