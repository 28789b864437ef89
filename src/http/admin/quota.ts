import { accountKeyOf } from "../../core/conversation.ts";
import type { Deps } from "../../pipeline/deps.ts";
import type { AccountState } from "../../store/operator.ts";

/** The month's paid messages of an account, as this process knows them. */
export type Quota =
  /** The platform sets no limit, or none of its messages is counted. */
  | { readonly kind: "none"; readonly exhausted: boolean }
  /** The platform has not said it yet, or the account isn't configured here. */
  | { readonly kind: "unknown"; readonly exhausted: boolean }
  /** `limit` is `null` while the platform has only refused a message. */
  | { readonly kind: "limited"; readonly left: number; readonly limit: number | null; readonly exhausted: boolean };

/** `exhausted` is from the account's row, so it is the same from every process; the rest is this process's. */
export function quotaOf(
  { channels, quota }: Pick<Deps, "channels" | "quota">,
  { channel, account, isOutOfQuota: exhausted }: Pick<AccountState, "channel" | "account" | "isOutOfQuota">,
): Quota {
  const configured = channels.find(channel, account);
  if (configured !== null && configured.costPolicy === null) return { kind: "none", exhausted };
  const accountKey = accountKeyOf({ channel, account });
  const left = quota.left(accountKey);
  if (left === undefined) return { kind: "unknown", exhausted };
  if (left === null) return { kind: "none", exhausted };
  return { kind: "limited", left, limit: quota.limit(accountKey), exhausted };
}
