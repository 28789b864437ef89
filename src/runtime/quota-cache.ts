import type { Clock } from "./clock.ts";

/**
 * What this process knows of each account's paid messages: the platform's last word, and what was spent since. Only a
 * hint. When it is wrong, a push is refused by the platform and parked, or parked a little early.
 */
export interface QuotaCache {
  /** `null`: no limit. `undefined`: not known. */
  left(account: string): number | null | undefined;
  learn(account: string, left: number | null): void;
  /** Paid messages that left since. */
  spend(account: string, count: number): void;
  /** Whether anything was spent since this was last asked. */
  takeSpent(account: string): boolean;
  /** What a paid message to that conversation costs; `undefined` when it isn't known, or not lately. */
  cost(conversationId: string): number | undefined;
  learnCost(conversationId: string, cost: number): void;
}

/** People come and go: how long a count of members is good for. */
const COST_LIFE_MS = 3_600_000;
/** Groups whose count is kept. One that is asked for again costs a call. */
const COSTS_MAX = 10_000;

export function createQuotaCache(clock: Clock): QuotaCache {
  const accounts = new Map<string, number | null>();
  const spent = new Set<string>();
  const costs = new Map<string, { readonly cost: number; readonly at: number }>();
  return {
    left: (account) => accounts.get(account),
    learn: (account, left) => void accounts.set(account, left),
    takeSpent: (account) => spent.delete(account),
    spend(account, count) {
      spent.add(account);
      const left = accounts.get(account);
      if (typeof left === "number") accounts.set(account, Math.max(0, left - count));
    },
    cost(conversationId) {
      const known = costs.get(conversationId);
      return known !== undefined && clock.now() - known.at < COST_LIFE_MS ? known.cost : undefined;
    },
    learnCost(conversationId, cost) {
      const [oldest] = costs.keys();
      if (costs.size >= COSTS_MAX && oldest !== undefined) costs.delete(oldest);
      costs.set(conversationId, { cost, at: clock.now() });
    },
  };
}
