import { queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getJson } from "../../client/api.ts";
import { useLiveRefetch } from "../../live/use-live-refetch.ts";
import type { Filters } from "./addresses.ts";
import { collectPage, type Page, ROWS_WANTED, type ShownList, shownAnew, withNewest, withOlder } from "./list-model.ts";

/** What another process does is on no line of this stream. */
const OTHERS_MS = 5_000;

const keyOf = (filters: Filters) => ["conversations", filters] as const;

const askWith = (filters: Filters, signal?: AbortSignal) => (before: string | null) =>
  getJson<Page>(
    "/conversations",
    { ...filters, limit: String(ROWS_WANTED), ...(before !== null && { before }) },
    signal,
  );

export function useConversationList(filters: Filters) {
  const queries = useQueryClient();
  const queryKey = keyOf(filters);
  const change = (next: (shown: ShownList) => ShownList) =>
    queries.setQueryData<ShownList>(queryKey, (shown) => shown && next(shown));
  const list = useQuery(
    queryOptions({
      queryKey,
      queryFn: async ({ signal }) => {
        const newest = await collectPage(askWith(filters, signal), null);
        return withNewest(queries.getQueryData<ShownList>(queryKey), newest);
      },
      refetchInterval: OTHERS_MS,
    }),
  );
  const older = useMutation({
    mutationFn: (before: string) => collectPage(askWith(filters), before),
    onSuccess: (page, before) =>
      // It was shown anew meanwhile.
      change((shown) => (shown.next === before ? withOlder(shown, page) : shown)),
  });
  useLiveRefetch(
    ({ fields }) => "conversationId" in fields || "deliveryId" in fields || "turnId" in fields,
    () => list.refetch({ cancelRefetch: false }),
  );
  return { list, older, showAnew: () => change(shownAnew) };
}
