import type { Clock } from "./clock.ts";
import { createRate } from "./rate.ts";

/** Signed webhooks of each account on their way to the store. One account's storm must not take the others' room. */
export interface Intake {
  /** `leave` is called when the store has answered, however long that takes. */
  enter(accounts: readonly string[]): Entered;
}

export type Entered =
  | { readonly kind: "entered"; leave(): void }
  /** As many of that account's webhooks wait for the store as may. */
  | { readonly kind: "full"; readonly account: string }
  /** More in a second than the operator allows that account. */
  | { readonly kind: "too-many"; readonly account: string };

export interface IntakeLimits {
  /** Webhooks of an account that wait for the store at the same time. */
  readonly atOnce: number;
  /** Webhooks of an account in a second; 0: as many as come. */
  readonly perSecond: number;
}

export function createIntake(clock: Clock, { atOnce, perSecond }: IntakeLimits): Intake {
  const waiting = new Map<string, number>();
  const rate = createRate(clock);
  const add = (account: string, change: number) => waiting.set(account, (waiting.get(account) ?? 0) + change);
  return {
    enter(accounts) {
      const full = accounts.find((account) => (waiting.get(account) ?? 0) >= atOnce);
      if (full !== undefined) return { kind: "full", account: full };
      const fast = perSecond === 0 ? undefined : accounts.find((account) => !rate.take(account, perSecond));
      if (fast !== undefined) return { kind: "too-many", account: fast };
      for (const account of accounts) add(account, 1);
      return { kind: "entered", leave: () => accounts.forEach((account) => void add(account, -1)) };
    },
  };
}
