import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo } from "react";
import { itemQuery } from "../../client/queries.ts";
import { groupsOf } from "../conversations/transcript-model.ts";
import { useTranscript } from "../conversations/use-transcript.ts";
import { screenQuery } from "./simulator-queries.ts";
import { toldGroup } from "./story.ts";
import { conversationQuery } from "./story-queries.ts";
import { useIsGatewayUp } from "./use-simulator.ts";

export type Story = ReturnType<typeof useStory>;

interface StoryOf {
  readonly channel: string;
  readonly screenId: string;
  readonly markedId: string | null;
}

/** What the gateway knows of a screen: its conversation, and the turn of the marked message, else the newest. */
export function useStory({ channel, screenId, markedId }: StoryOf) {
  const isGatewayUp = useIsGatewayUp();
  const screen = useQuery(screenQuery(channel, screenId));
  const isSaid = (screen.data?.entries.length ?? 0) > 0;
  const conversation = useQuery({ ...conversationQuery(channel, screenId), enabled: isSaid && isGatewayUp });
  const { transcript } = useTranscript(conversation.data ?? null, isGatewayUp);
  const { data } = transcript;
  const told = useMemo(() => toldGroup(groupsOf(data?.entries ?? []), markedId), [data, markedId]);
  const turnId = told?.turn?.turnId ?? null;
  const turn = useQuery({ ...itemQuery(turnId ?? ""), enabled: turnId !== null && isGatewayUp });
  useCancelled(!isGatewayUp);
  return { isSaid, conversation, transcript, told, turn };
}

/** Ends what was asked before and waits for an answer. */
function useCancelled(isWanted: boolean): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (!isWanted) return;
    for (const name of ["transcript", "item", "simulator-conversation"]) {
      void queries.cancelQueries({ queryKey: [name] });
    }
  }, [isWanted, queries]);
}
