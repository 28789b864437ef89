import type { Settlement } from "../core/delivery.ts";
import type { Subject } from "../core/operator-action.ts";
import type { WaitingItem } from "./operator.ts";

export function subjectOf(item: WaitingItem): Subject {
  const { isDiscarded } = item;
  if (item.kind === "turn") {
    return { kind: "turn", state: item.state, isDiscarded, isPartlyAnswered: item.isPartlyAnswered };
  }
  const { state, mayHaveArrived, dueAt, bundledInto } = item;
  return { kind: "delivery", state, isDiscarded, mayHaveArrived, isDue: dueAt !== null, bundledInto };
}

/** Nobody but a person knows it. */
export const SAID_BY_A_PERSON: Settlement = {
  state: "sent",
  dueAt: null,
  reason: null,
  evidence: "a person says so",
  platformMessageIds: [],
  tokenSpent: true,
  slowAccountUntil: null,
  stopAccount: null,
};

export const RESENT_BY_A_PERSON = "a person says so";
