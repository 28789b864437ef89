import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { groupsOf } from "../conversations/transcript-model.ts";
import { useTranscript } from "../conversations/use-transcript.ts";
import { screenQuery } from "./simulator-queries.ts";
import { toldGroup } from "./story.ts";
import { conversationQuery } from "./story-queries.ts";

export type Story = ReturnType<typeof useStory>;

/** What the gateway knows of a screen: its conversation, and the turn of the marked message, else the newest. */
export function useStory(channel: string, screenId: string, markedId: string | null) {
  const screen = useQuery(screenQuery(channel, screenId));
  const isSaid = (screen.data?.entries.length ?? 0) > 0;
  const conversation = useQuery({ ...conversationQuery(channel, screenId), enabled: isSaid });
  const { transcript } = useTranscript(conversation.data ?? null);
  const { data } = transcript;
  const told = useMemo(() => toldGroup(groupsOf(data?.entries ?? []), markedId), [data, markedId]);
  return { isSaid, conversation, transcript, told };
}
