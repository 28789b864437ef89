/** The gateway's advice in the person's language: the same cases, by the same facts of the item. */
import type { TextKey } from "../texts/catalogue.ts";
import type { Action, Item } from "./order.ts";

export function effectText(item: Item, action: Action): TextKey {
  switch (action) {
    case "replay":
      return item.kind === "turn" ? replayOfTurn(item) : replayOfDelivery(item);
    case "discard":
      return item.kind === "turn" && item.state === "leased" ? "act.effect.discardLeased" : "act.effect.discard";
    default:
      return `act.effect.${action}`;
  }
}

export function whyText(item: Item): TextKey {
  if (item.isDiscarded) return "act.why.discarded";
  return item.kind === "turn" ? whyOfTurn(item) : whyOfDelivery(item);
}

function replayOfTurn({ state, isPartlyAnswered }: Extract<Item, { kind: "turn" }>): TextKey {
  if (state === "ready") return "act.effect.replayReady";
  return isPartlyAnswered ? "act.effect.replayPartly" : "act.effect.replayTurn";
}

function replayOfDelivery({ state, waitsForAccount }: Extract<Item, { kind: "delivery" }>): TextKey {
  if (state === "parked") return "act.effect.replayParked";
  if (waitsForAccount) return "act.effect.replayStopped";
  return state === "pending" ? "act.effect.replayPending" : "act.effect.replayDelivery";
}

function whyOfTurn({ state, isPartlyAnswered }: Extract<Item, { kind: "turn" }>): TextKey {
  return state === "dead" && isPartlyAnswered ? "act.why.turn.deadPartly" : `act.why.turn.${state}`;
}

function whyOfDelivery({
  state,
  mayHaveArrived,
  dueAt,
  waitsForAccount,
}: Extract<Item, { kind: "delivery" }>): TextKey {
  if (state === "dead" && mayHaveArrived) return "act.why.delivery.deadUncertain";
  if (state === "unknown" && dueAt !== null) return "act.why.delivery.unknownDue";
  if (state === "pending" && waitsForAccount) return "act.why.delivery.pendingStopped";
  return `act.why.delivery.${state}`;
}
