import type { ConversationRef } from "../../../core/conversation.ts";
import type { BesideApi } from "../api/authorized.ts";

/** What is left of the month's paid messages; `null`: no limit (LINE: Get the target limit, Get number of messages sent). */
export async function readPushesLeft(api: BesideApi): Promise<number | null> {
  const quota = await api.get("/v2/bot/message/quota");
  if (quota.type === "none") return null;
  const limit = numberIn("quota", quota.value);
  const used = numberIn("quota/consumption", (await api.get("/v2/bot/message/quota/consumption")).totalUsage);
  return Math.max(0, limit - used);
}

/** LINE counts a push by who gets it: in a group or room, every member (LINE: Messaging API pricing). */
export async function readRecipients(api: BesideApi, { kind, peerId }: ConversationRef): Promise<number> {
  if (kind === "user") return 1;
  const { count } = await api.get(`/v2/bot/${kind}/${encodeURIComponent(peerId)}/members/count`);
  return numberIn("members/count", count);
}

function numberIn(what: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Error(`${what}: no number in LINE's answer`);
}
