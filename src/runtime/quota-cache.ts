import type { AccountKey } from "../core/conversation.ts";
import type { Clock } from "./clock.ts";
import { setNewest } from "./lru.ts";

/**
 * The remaining paid messages of each account as this process knows them: the platform's last count less what was spent
 * since. Only a hint. When it is wrong, a push is refused by the platform and parked, or parked a little early.
 */
export interface QuotaCache {
  /** `null`: no limit. `undefined`: not known. */
  left(accountKey: AccountKey): number | null | undefined;
  /** Of the month, as the platform said it last; `null`: no limit, or not known. */
  limit(accountKey: AccountKey): number | null;
  /** `limit`: default, as it was. */
  learn(accountKey: AccountKey, left: number | null, limit?: number | null): void;
  spend(accountKey: AccountKey, count: number): void;
  /** Whether anything was spent since this was last asked. */
  takeSpent(accountKey: AccountKey): boolean;
  /** What a paid message to that conversation costs; `undefined` when it isn't known, or not lately. */
  cost(conversationId: string): number | undefined;
  learnCost(conversationId: string, cost: number): void;
}

/** How long a group's member count is used before it is read again. */
const COST_LIFE_MS = 3_600_000;
/** Groups whose count is kept; a dropped one costs a call when it is needed again. */
const COSTS_MAX = 10_000;

export function createQuotaCache(clock: Clock): QuotaCache {
  const accounts = new Map<AccountKey, number | null>();
  const limits = new Map<AccountKey, number | null>();
  const spent = new Set<AccountKey>();
  const costs = new Map<string, { readonly cost: number; readonly at: number }>();
  return {
    left: (accountKey) => accounts.get(accountKey),
    limit: (accountKey) => limits.get(accountKey) ?? null,
    learn(accountKey, left, limit) {
      accounts.set(accountKey, left);
      if (limit !== undefined) limits.set(accountKey, limit);
    },
    takeSpent: (accountKey) => spent.delete(accountKey),
    spend(accountKey, count) {
      spent.add(accountKey);
      const left = accounts.get(accountKey);
      if (typeof left === "number") accounts.set(accountKey, Math.max(0, left - count));
    },
    cost(conversationId) {
      const known = costs.get(conversationId);
      return known !== undefined && clock.now() - known.at < COST_LIFE_MS ? known.cost : undefined;
    },
    learnCost: (conversationId, cost) => setNewest(costs, conversationId, { cost, at: clock.now() }, COSTS_MAX),
  };
}
