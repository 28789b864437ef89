import type { Channel } from "../../channels/channel.ts";
import { type AccountKey, accountKeyOf, type Conversation } from "../../core/conversation.ts";
import type { PollResult } from "../../runtime/loop.ts";
import type { Deps } from "../deps.ts";

/** The platform's count is read this often … */
const EVERY_MS = 3_600_000;
/** … and this long after a paid message: pushes come in bursts, and one read covers them. */
const AFTER_PUSH_MS = 5_000;
const AFTER_FAILURE_MS = 60_000;

export type QuotaDeps = Pick<Deps, "channels" | "quota" | "report">;

/**
 * Reads each account's remaining paid messages. Best effort: no delivery waits for it. Stateful (when to read next), so a
 * process has one.
 */
export function createQuotaReader(deps: QuotaDeps & Pick<Deps, "clock">): () => Promise<PollResult> {
  const nextAt = new Map<AccountKey, number>();

  function read(channel: Channel): void {
    const accountKey = keyOf(channel);
    nextAt.set(accountKey, deps.clock.now() + EVERY_MS);
    void readQuota(deps, channel).then((isRead) => {
      if (!isRead) nextAt.set(accountKey, deps.clock.now() + AFTER_FAILURE_MS);
    });
  }

  return async () => {
    const now = deps.clock.now();
    const counting = deps.channels.all.filter(({ costPolicy }) => costPolicy !== null);
    for (const channel of counting) {
      const accountKey = keyOf(channel);
      const soon = deps.quota.takeSpent(accountKey) ? now + AFTER_PUSH_MS : Number.POSITIVE_INFINITY;
      const at = Math.min(nextAt.get(accountKey) ?? now, soon);
      nextAt.set(accountKey, at);
      if (at <= now) read(channel);
    }
    const waits = counting.map((channel) => (nextAt.get(keyOf(channel)) ?? now) - now);
    return { more: false, nextInMs: waits.length === 0 ? null : Math.max(0, Math.min(...waits)) };
  };
}

async function readQuota({ quota, report }: QuotaDeps, channel: Channel): Promise<boolean> {
  const { account, name: platform, costPolicy } = channel;
  try {
    const { left, limit } = (await costPolicy?.quota()) ?? { left: null, limit: null };
    quota.learn(keyOf(channel), left, limit);
    report.quota({ kind: "left", channel: platform, account, left });
    return true;
  } catch (error) {
    report.quota({ kind: "not-read", channel: platform, account, error });
    return false;
  }
}

export type SpendDeps = Pick<Deps, "quota" | "wake" | "report">;

/** Records that a paid message was sent. */
export function recordSpent({ quota, wake, report }: SpendDeps, conversation: Conversation): void {
  const { channel, account, conversationId } = conversation;
  const accountKey = accountKeyOf(conversation);
  quota.spend(accountKey, quota.cost(conversationId) ?? 1);
  report.quota({ kind: "left", channel, account, left: quota.left(accountKey) });
  wake.signal("quota");
}

/** Records that the platform refused a paid message for the quota. */
export function recordExhausted(
  { quota, report }: Pick<SpendDeps, "quota" | "report">,
  conversation: Conversation,
): void {
  const { channel, account } = conversation;
  const accountKey = accountKeyOf(conversation);
  if (typeof quota.left(accountKey) !== "number") return;
  quota.learn(accountKey, 0);
  report.quota({ kind: "left", channel, account, left: 0 });
}

/** Reads a group's member count before a paid message to it has to be decided on: LINE counts each member. */
export function learnCost({ channels, quota, report }: QuotaDeps, conversation: Conversation): void {
  const costPolicy = channels.find(conversation.channel, conversation.account)?.costPolicy ?? null;
  const { conversationId, kind } = conversation;
  if (costPolicy === null || kind === "user" || !costPolicy.paidInGroups) return;
  if (quota.cost(conversationId) !== undefined) return;
  costPolicy.costOf(conversation).then(
    (cost) => quota.learnCost(conversationId, cost),
    (error: unknown) => report.quota({ kind: "members-not-counted", conversationId, error }),
  );
}

/** Why no paid message may be sent to that conversation now; `null` when it may. */
export function whyNotPaid(
  { quota }: Pick<Deps, "quota">,
  channel: Channel,
  conversation: Conversation,
): string | null {
  const { costPolicy } = channel;
  if (costPolicy === null) return null;
  if (conversation.kind !== "user" && !costPolicy.paidInGroups) return "paid messages to groups are switched off";
  // Without a reserve it is tried: the platform's own count decides.
  if (costPolicy.reserve === 0 || isAffordable({ quota }, channel, conversation, 1)) return null;
  const left = String(quota.left(accountKeyOf(conversation)));
  const cost = quota.cost(conversation.conversationId) ?? 1;
  return `${left} paid messages are left and ${costPolicy.reserve} are kept in reserve; this one costs ${cost}`;
}

/**
 * Whether so many paid messages may be sent to that conversation, as far as the month's quota is known. A message beyond it is
 * tried all the same, because the platform's count decides, and parked when the platform refuses it.
 */
export function isAffordable(
  { quota }: Pick<Deps, "quota">,
  { costPolicy }: Channel,
  conversation: Conversation,
  count: number,
): boolean {
  const left = quota.left(accountKeyOf(conversation));
  if (costPolicy === null || typeof left !== "number") return true;
  return left - count * (quota.cost(conversation.conversationId) ?? 1) >= costPolicy.reserve;
}

function keyOf({ name: channel, account }: Channel): AccountKey {
  return accountKeyOf({ channel, account });
}
