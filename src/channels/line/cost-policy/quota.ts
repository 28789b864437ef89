import type { ConversationRef } from "../../../core/conversation.ts";
import type { MonthlyQuota } from "../../channel.ts";
import type { LineApi } from "../api.ts";

/** The monthly quota; `null`: no limit (LINE: Get the target limit, Get number of messages sent). */
export async function readQuota(api: LineApi): Promise<MonthlyQuota | null> {
  const quota = await api.get("/v2/bot/message/quota");
  if (quota.type === "none") return null;
  const limit = numberIn("quota", quota.value);
  const used = numberIn("quota/consumption", (await api.get("/v2/bot/message/quota/consumption")).totalUsage);
  return { limit, left: Math.max(0, limit - used) };
}

/** LINE counts a push once per recipient: in a group or room, every member (LINE: Messaging API pricing). */
export async function readRecipients(api: LineApi, { kind, peerId }: ConversationRef): Promise<number> {
  if (kind === "user") return 1;
  const { count } = await api.get(`/v2/bot/${kind}/${encodeURIComponent(peerId)}/members/count`);
  return numberIn("members/count", count);
}

function numberIn(what: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value)) return value;
  throw new Error(`${what}: read ${JSON.stringify(value)} in LINE's answer; allowed: a number`);
}
