import { Misconfigured } from "../../core/errors.ts";
import type { ItemAction } from "../../core/operator-action.ts";
import { LISTED_STATES, type ListedState, type WaitingItem, type WaitingQuery } from "../../store/operator.ts";
import type { OperatorClient } from "../operator/remote.ts";

export interface Filters {
  readonly kind?: string;
  readonly state?: string;
  readonly channel?: string;
  readonly account?: string;
  readonly conversation?: string;
  readonly since?: string;
  readonly all?: boolean;
}

/** Default states of an action. Not `parked`: parked deliveries are sent with the person's next message, for free. */
const USUAL_STATES: Readonly<Record<ItemAction, readonly ListedState[]>> = {
  replay: ["dead"],
  discard: ["dead"],
  sent: ["unknown"],
  resend: ["unknown"],
};

const PAGE = 200;

type Query = Omit<WaitingQuery, "limit" | "before">;

/** Throws `Misconfigured` naming the option, what was read and what is allowed. */
export function queryOf(filters: Filters, action: ItemAction | null, now: number): Query {
  const { kind = null, channel = null, account = null, conversation = null } = filters;
  if (kind !== null && kind !== "turn" && kind !== "delivery") {
    throw new Misconfigured(`--kind: read ${JSON.stringify(kind)}; allowed: turn, delivery`);
  }
  const usual = action === null ? LISTED_STATES : USUAL_STATES[action];
  return {
    kind,
    states: filters.state === undefined ? usual : filters.state.split(",").map(stateOf),
    channel,
    account,
    conversation,
    since: filters.since === undefined ? null : sinceOf(filters.since, now),
  };
}

function stateOf(given: string): ListedState {
  const state = LISTED_STATES.find((known) => known === given.trim());
  if (state !== undefined) return state;
  throw new Misconfigured(`--state: read ${JSON.stringify(given)}; allowed: ${LISTED_STATES.join(", ")}`);
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, min: 60_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceOf(given: string, now: number): number {
  const [, count, unit = ""] = /^(\d{1,6}) ?(s|min|m|h|d)$/.exec(given.trim()) ?? [];
  const at = count === undefined ? Date.parse(given) : now - Number(count) * (UNIT_MS[unit] ?? 0);
  if (Number.isFinite(at) && at >= 0) return at;
  throw new Misconfigured(
    `--since: read ${JSON.stringify(given)}; allowed: a duration such as 30m, 2h or 3d, or a time such as 2026-11-22T03:00:00Z`,
  );
}

export function isFiltered(filters: Filters): boolean {
  const { kind, state, channel, account, conversation, since, all = false } = filters;
  return all || [kind, state, channel, account, conversation, since].some((one) => one !== undefined);
}

/** All pages, read before any action, because actions change the result. */
export async function findAll(client: OperatorClient, query: Query): Promise<WaitingItem[]> {
  const found: WaitingItem[] = [];
  for (let before: string | null = null; ; ) {
    const page = await client.listWaiting({ ...query, limit: PAGE, before });
    found.push(...page.items);
    if (page.next === null) return found;
    before = page.next;
  }
}
