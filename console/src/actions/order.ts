/** What a person orders, and what comes of it: pure, so that it is tested without a browser. */
import type { Wire } from "../../../src/http/admin/wire.ts";
import { ApiProblem } from "../client/problem.ts";

export type Item = Wire["waiting"]["items"][number];
export type Choice = Item["advice"]["can"][number];
export type Action = Choice["action"];
export type Operated = Wire["operated"];
export type Refusal = Extract<Operated, { kind: "refused" }>["why"];

/** An order that can't be taken back from the gateway stays here for so long, in ms. */
export const UNDO_MS = 8_000;
const FINAL: readonly Action[] = ["discard", "sent"];
/** These may let a person read something twice. */
const ASKED_AGAIN: readonly Action[] = ["resend"];

export type OrderState =
  | { readonly kind: "kept"; readonly until: number }
  | { readonly kind: "sending" }
  | { readonly kind: "done" }
  | { readonly kind: "refused"; readonly why: Refusal }
  | { readonly kind: "gone" }
  | { readonly kind: "failed"; readonly failure: Error };

export interface Order {
  readonly actionId: string;
  /** Of the turn or delivery. */
  readonly id: string;
  readonly action: Action;
  readonly force: boolean;
  readonly state: OrderState;
}

export const staysForUndo = (action: Action): boolean => FINAL.includes(action);

export function needsConfirmation({ action, needsForce }: Pick<Choice, "action" | "needsForce">): boolean {
  return needsForce || ASKED_AGAIN.includes(action);
}

/** What an answer that isn't a success means for the order. A refusal is no failure: the item has moved on. */
export function stateAfter(error: unknown): Extract<OrderState, { kind: "refused" | "gone" | "failed" }> {
  const failure = error instanceof Error ? error : new Error(String(error));
  if (!(failure instanceof ApiProblem)) return { kind: "failed", failure };
  const { status, body } = failure.facts;
  if (status === 404) return { kind: "gone" };
  const operated = status === 409 ? operatedIn(body) : null;
  return operated?.kind === "refused" ? { kind: "refused", why: operated.why } : { kind: "failed", failure };
}

/** It is on its way or may still be taken back: nothing else is ordered for the item. */
export function isOpen({ state }: Order): boolean {
  return state.kind === "kept" || state.kind === "sending";
}

function operatedIn(body: unknown): Operated | null {
  return typeof body === "object" && body !== null && "operated" in body ? (body.operated as Operated) : null;
}
