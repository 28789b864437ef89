import type { Clock } from "./clock.ts";
import { createTokenBuckets } from "./token-bucket.ts";

/** Bounds each account's signed webhooks that wait for the store, so that one account can't use up the others' share. */
export interface AdmissionControl {
  /** `release` is called when the store has answered, however long that takes. */
  acquire(accounts: readonly string[]): Admission;
}

type Admission =
  | { readonly kind: "admitted"; release(): void }
  /** The account's limit of webhooks that wait for the store is reached. */
  | { readonly kind: "full"; readonly account: string }
  /** The account's limit of webhooks in a second is reached. */
  | { readonly kind: "too-many"; readonly account: string };

interface AdmissionLimits {
  /** Webhooks of an account that wait for the store at the same time. */
  readonly atOnce: number;
  /** Webhooks of an account in a second; 0: no limit. */
  readonly perSecond: number;
}

export function createAdmissionControl(clock: Clock, { atOnce, perSecond }: AdmissionLimits): AdmissionControl {
  const waiting = new Map<string, number>();
  const rate = createTokenBuckets(clock);
  const add = (account: string, change: number) => waiting.set(account, (waiting.get(account) ?? 0) + change);
  return {
    acquire(accounts) {
      const full = accounts.find((account) => (waiting.get(account) ?? 0) >= atOnce);
      if (full !== undefined) return { kind: "full", account: full };
      const fast = perSecond === 0 ? undefined : accounts.find((account) => !rate.take(account, perSecond));
      if (fast !== undefined) return { kind: "too-many", account: fast };
      for (const account of accounts) add(account, 1);
      return { kind: "admitted", release: () => accounts.forEach((account) => void add(account, -1)) };
    },
  };
}
