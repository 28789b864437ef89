import type { Clock } from "./clock.ts";
import { createTokenBuckets } from "./token-bucket.ts";

/** Signed webhooks of each account on their way to the store. One account's storm must not take the others' room. */
export interface AdmissionControl {
  /** `leave` is called when the store has answered, however long that takes. */
  acquire(accounts: readonly string[]): Admission;
}

export type Admission =
  | { readonly kind: "admitted"; release(): void }
  /** As many of that account's webhooks wait for the store as may. */
  | { readonly kind: "full"; readonly account: string }
  /** More in a second than the operator allows that account. */
  | { readonly kind: "too-many"; readonly account: string };

export interface AdmissionLimits {
  /** Webhooks of an account that wait for the store at the same time. */
  readonly atOnce: number;
  /** Webhooks of an account in a second; 0: as many as come. */
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
