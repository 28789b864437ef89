/** The lists of the admin API, page by page, and what they are asked for. */
import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import type { GroupsWire } from "../../../src/http/admin/groups.ts";
import type { Wire } from "../../../src/http/admin/wire.ts";
import { getJson, type Params } from "./api.ts";

/** Lists are asked for anew after so long, in ms, where nobody reads them: while they are empty. */
const OFTEN_MS = 5_000;
const PAGE_ROWS = "50";

/** `params` are made when it is asked, because "the last 24 hours" go on; `key` is what was chosen. */
export interface WaitingAsked {
  readonly key: object;
  readonly params: () => Params;
}

/** What waits. While somebody reads it nothing moves: see `newestWaitingQuery`. */
export function waitingQuery({ key, params }: WaitingAsked) {
  return infiniteQueryOptions({
    queryKey: ["waiting", "pages", key],
    queryFn: ({ pageParam, signal }) =>
      getJson<Wire["waiting"]>("/waiting", { ...params(), limit: PAGE_ROWS, before: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    refetchInterval: ({ state: { data } }) => (data?.pages.every(({ items }) => items.length === 0) ? OFTEN_MS : false),
    refetchOnWindowFocus: false,
  });
}

/** The newest of the same, again and again, so that the list can say how many have come since it was read. */
export function newestWaitingQuery({ key, params }: WaitingAsked) {
  return queryOptions({
    queryKey: ["waiting", "newest", key],
    queryFn: ({ signal }) => getJson<Wire["waiting"]>("/waiting", { ...params(), limit: PAGE_ROWS }, signal),
    refetchInterval: OFTEN_MS,
  });
}

export function waitingGroupsQuery({ key, params }: WaitingAsked) {
  return queryOptions({
    queryKey: ["waiting", "groups", key],
    queryFn: ({ signal }) => getJson<GroupsWire>("/waiting/groups", { ...params(), by: "reason" }, signal),
    refetchInterval: OFTEN_MS,
  });
}

export const actionsQuery = infiniteQueryOptions({
  queryKey: ["actions"],
  queryFn: ({ pageParam, signal }) =>
    getJson<Wire["actions"]>("/actions", { limit: PAGE_ROWS, before: pageParam }, signal),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: ({ next }) => next ?? undefined,
});

export function searchQuery(wanted: string) {
  return queryOptions({
    queryKey: ["search", wanted],
    queryFn: ({ signal }) => getJson<Wire["search"]>("/search", { q: wanted }, signal),
    enabled: wanted !== "",
  });
}
