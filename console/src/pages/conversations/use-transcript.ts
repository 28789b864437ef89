import { skipToken, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo } from "react";
import { getJson } from "../../client/api.ts";
import { useLiveRefetch } from "../../live/use-live-refetch.ts";
import { idsIn, type Timeline, withNewest, withOlder } from "./transcript-model.ts";

/** What another process does is on no line of this stream. */
const OTHERS_MS = 5_000;

export const transcriptKey = (id: string | null) => ["transcript", id] as const;

const pathOf = (id: string | null) => `/conversations/${encodeURIComponent(id ?? "")}/timeline`;

/**
 * `id` `null`: it isn't known yet which conversation it is; nothing is asked. `isAsked` false: what is known stays as it is,
 * because nobody would answer.
 */
export function useTranscript(id: string | null, isAsked = true) {
  const queries = useQueryClient();
  const queryKey = transcriptKey(id);
  const transcript = useQuery({
    queryKey,
    queryFn:
      id === null
        ? skipToken
        : async ({ signal }) => {
            const newest = await getJson<Timeline>(pathOf(id), {}, signal);
            return withNewest(queries.getQueryData<Timeline>(queryKey), newest);
          },
    refetchInterval: OTHERS_MS,
    enabled: isAsked,
  });
  const older = useMutation({
    mutationFn: (before: string) => getJson<Timeline>(pathOf(id), { before }),
    onSuccess: (page, before) =>
      queries.setQueryData<Timeline>(queryKey, (known) =>
        // What was known no longer met the newest page, and was left.
        known?.next === before ? withOlder(known, page) : known,
      ),
  });
  const entries = transcript.data?.entries;
  const ids = useMemo(() => idsIn(id ?? "", entries ?? []), [id, entries]);
  useLiveRefetch(
    ({ fields: { conversationId, turnId, deliveryId } }) =>
      [conversationId, turnId, deliveryId].some((one) => typeof one === "string" && ids.has(one)),
    async () => isAsked && (await transcript.refetch({ cancelRefetch: false })),
  );
  return { transcript, older };
}
