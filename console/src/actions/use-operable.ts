import { queryOptions, useQuery } from "@tanstack/react-query";
import type { Wire } from "../../../src/http/admin/wire.ts";
import { getJson } from "../client/api.ts";
import type { Item } from "./order.ts";
import { useMayOperate } from "./use-may-operate.ts";

/** What is done elsewhere, and comes by itself, is read after so long, in ms. */
const OTHERS_MS = 5_000;
const PAGE_ROWS = "200";
/** The newest so many of a conversation. */
const OPERABLE_MAX = 1_000;
const NONE: ReadonlyMap<string, Item> = new Map();

/** The gateway lists without being asked for a state what an operator may act on. */
function operableQuery(conversationId: string) {
  return queryOptions({
    queryKey: ["waiting", "operable", conversationId],
    queryFn: async ({ signal }) => {
      const items = new Map<string, Item>();
      let before: string | undefined;
      do {
        const asked = { conversation: conversationId, limit: PAGE_ROWS, before };
        const page = await getJson<Wire["waiting"]>("/waiting", asked, signal);
        for (const item of page.items) items.set(item.id, item);
        before = page.next ?? undefined;
      } while (before !== undefined && items.size < OPERABLE_MAX);
      return items;
    },
    refetchInterval: OTHERS_MS,
  });
}

/** Turns and deliveries of a conversation that this person may act on, by their ids. */
export function useOperable(conversationId: string): ReadonlyMap<string, Item> {
  const mayOperate = useMayOperate();
  const { data } = useQuery({ ...operableQuery(conversationId), enabled: mayOperate });
  return data ?? NONE;
}
