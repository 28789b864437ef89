import type { Clock } from "./clock.ts";
import { setNewest } from "./lru.ts";

/**
 * The remaining paid messages of each account as this process knows them: the platform's last count less what was spent
 * since. Only a hint. When it is wrong, a push is refused by the platform and parked, or parked a little early.
 */
export interface QuotaCache {
  /** `null`: no limit. `undefined`: not known. */
  left(account: string): number | null | undefined;
  /** Of the month, as the platform said it last; `null`: no limit, or not known. */
  limit(account: string): number | null;
  /** `limit`: default, as it was. */
  learn(account: string, left: number | null, limit?: number | null): void;
  spend(account: string, count: number): void;
  /** Whether anything was spent since this was last asked. */
  takeSpent(account: string): boolean;
  /** What a paid message to that conversation costs; `undefined` when it isn't known, or not lately. */
  cost(conversationId: string): number | undefined;
  learnCost(conversationId: string, cost: number): void;
}

/** How long a group's member count is used before it is read again. */
const COST_LIFE_MS = 3_600_000;
/** Groups whose count is kept; a dropped one costs a call when it is needed again. */
const COSTS_MAX = 10_000;

export function createQuotaCache(clock: Clock): QuotaCache {
  const accounts = new Map<string, number | null>();
  const limits = new Map<string, number | null>();
  const spent = new Set<string>();
  const costs = new Map<string, { readonly cost: number; readonly at: number }>();
  return {
    left: (account) => accounts.get(account),
    limit: (account) => limits.get(account) ?? null,
    learn(account, left, limit) {
      accounts.set(account, left);
      if (limit !== undefined) limits.set(account, limit);
    },
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
    learnCost: (conversationId, cost) => setNewest(costs, conversationId, { cost, at: clock.now() }, COSTS_MAX),
  };
}
