import type { AccountKey } from "../core/conversation.ts";
import type { Clock } from "./clock.ts";
import { createTokenBuckets } from "./token-bucket.ts";

/** Bounds each account's signed webhooks that wait for the store, so that one account can't use up the others' share. */
export interface AdmissionControl {
  /** `release` is called when the store has answered, however long that takes. */
  acquire(accountKeys: readonly AccountKey[]): Admission;
}

type Admission =
  | { readonly kind: "admitted"; release(): void }
  /** The account's limit of webhooks that wait for the store is reached. */
  | { readonly kind: "full"; readonly accountKey: AccountKey }
  /** The account's limit of webhooks in a second is reached. */
  | { readonly kind: "too-many"; readonly accountKey: AccountKey };

interface AdmissionLimits {
  /** Webhooks of an account that wait for the store at the same time. */
  readonly atOnce: number;
  /** Webhooks of an account in a second; 0: no limit. */
  readonly perSecond: number;
}

export function createAdmissionControl(clock: Clock, { atOnce, perSecond }: AdmissionLimits): AdmissionControl {
  const waiting = new Map<AccountKey, number>();
  const rate = createTokenBuckets(clock);
  const add = (accountKey: AccountKey, change: number) =>
    waiting.set(accountKey, (waiting.get(accountKey) ?? 0) + change);
  return {
    acquire(accountKeys) {
      const full = accountKeys.find((accountKey) => (waiting.get(accountKey) ?? 0) >= atOnce);
      if (full !== undefined) return { kind: "full", accountKey: full };
      const fast = perSecond === 0 ? undefined : accountKeys.find((accountKey) => !rate.take(accountKey, perSecond));
      if (fast !== undefined) return { kind: "too-many", accountKey: fast };
      for (const accountKey of accountKeys) add(accountKey, 1);
      return { kind: "admitted", release: () => accountKeys.forEach((accountKey) => void add(accountKey, -1)) };
    },
  };
}
