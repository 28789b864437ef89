/** An operator who decides on what is listed, by the admin API, now and then and without having read it. */
import { ITEM_ACTIONS, type ItemAction } from "../../../src/core/operator-action.ts";
import type { Gateway } from "../../../src/gateway.ts";
import type { Coverage } from "./coverage.ts";
import type { Prng } from "./seeded-prng.ts";

export interface OperatorParts {
  readonly prng: Prng;
  readonly coverage: Coverage;
  readonly gateway: () => Gateway | null;
  /** Something is about to be decided on. */
  readonly onDecision: (id: string) => void;
}

interface Listed {
  readonly id: string;
  readonly state: string;
}

export class SeedOperator {
  /** What was decided on, by turn or delivery: also where nobody said whether it was done. */
  readonly decided = new Map<string, ItemAction[]>();
  readonly #parts: OperatorParts;
  #count = 0;

  constructor(parts: OperatorParts) {
    this.#parts = parts;
  }

  /** A process that dies or stands still meanwhile never answers. */
  async decide(): Promise<void> {
    const { prng, gateway, coverage } = this.#parts;
    const admin = gateway();
    if (admin === null) return;
    const listed = await admin.adminFetch(new Request(`${ADMIN}/waiting?state=dead,unknown,parked&limit=20`));
    if (listed.status !== 200) return;
    const { items } = (await listed.json()) as { items: readonly Listed[] };
    const [first, ...others] = items;
    if (first === undefined) return;
    const { id, state } = prng.pick([first, ...others]);
    const action = prng.pick(ITEM_ACTIONS);
    const decisions = this.decided.get(id) ?? [];
    this.decided.set(id, decisions);
    decisions.push(action);
    this.#parts.onDecision(id);
    const isRefused = REFUSED.has((await this.#post(admin, { action, id })).status);
    if (isRefused) decisions.splice(decisions.indexOf(action), 1);
    coverage.count(`operator: ${action}${isRefused ? ", refused" : ""}`, state);
  }

  async #post(admin: Gateway, order: { readonly action: ItemAction; readonly id: string }): Promise<Response> {
    this.#count += 1;
    const body = JSON.stringify({ actionId: `decision-${this.#count}`, ...order });
    const headers = { "content-type": "application/json" };
    return await admin.adminFetch(new Request(`${ADMIN}/actions`, { method: "POST", headers, body }));
  }
}

const ADMIN = "http://127.0.0.1/api";
/** Certainly nothing was changed. */
const REFUSED: ReadonlySet<number> = new Set([400, 404, 409]);
