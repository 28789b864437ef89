/** Finds what the gateway knows of a simulated chat. */
import { queryOptions } from "@tanstack/react-query";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { getJson } from "../../client/api.ts";
import { conversationOf } from "./story.ts";

/** Until the gateway has met the person it is asked so often, in ms. */
const FIND_MS = 1_000;

/** The conversation's id; `null`: there is none yet. */
export function conversationQuery(channel: string, screenId: string) {
  return queryOptions({
    queryKey: ["simulator-conversation", channel, screenId],
    queryFn: async ({ signal }) =>
      conversationOf(await getJson<Wire["search"]>("/search", { q: screenId }, signal), channel, screenId),
    refetchInterval: ({ state: { data } }) => (data == null ? FIND_MS : false),
  });
}
