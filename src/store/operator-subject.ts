import { type Settlement, settlementIn } from "../core/delivery.ts";
import type { Subject } from "../core/operator-action.ts";
import { LISTED_AFTER } from "../core/waiting.ts";
import type { WaitingItem } from "./operator.ts";

export function subjectOf(item: WaitingItem): Subject {
  const { isDiscarded } = item;
  const isFailing = item.failures >= LISTED_AFTER;
  if (item.kind === "turn") {
    return { kind: "turn", state: item.state, isDiscarded, isPartlyAnswered: item.isPartlyAnswered, isFailing };
  }
  const { state, mayHaveArrived, dueAt, bundledInto, waitsForAccount } = item;
  return {
    kind: "delivery",
    state,
    isDiscarded,
    mayHaveArrived,
    isDue: dueAt !== null,
    bundledInto,
    isFailing,
    waitsForAccount,
  };
}

/** The settlement of a delivery that an operator marked as sent. */
export const MARKED_AS_SENT: Settlement = {
  ...settlementIn("sent"),
  evidence: "an operator marked it as sent",
  tokenSpent: true,
};

export const RESENT_BY_OPERATOR = "an operator resent it";
