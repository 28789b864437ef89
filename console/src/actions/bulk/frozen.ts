/**
 * What is acted on together: the items as they were when the dialog was opened. No later reading of the list or of the address
 * changes them. Pure, so that it is tested without a browser.
 */
import type { DeliveryState } from "../../../../src/core/delivery.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { effectText } from "../advice-texts.ts";
import type { Action, Item, Refusal } from "../order.ts";

/** `forced`: only with `force`. `never`: not from where it is. */
type Fit = { readonly kind: "plain" | "forced" } | { readonly kind: "never"; readonly why: Refusal };

export interface FrozenItem {
  readonly item: Item;
  /** The same whenever it is sent, so that what was done isn't done again. */
  readonly actionId: string;
  readonly fit: Fit;
}

export interface Frozen {
  readonly action: Action;
  /** Oldest first: so they are sent. */
  readonly items: readonly FrozenItem[];
}

/** `newestFirst`: as the gateway lists them. One that moved between two pages may be in it twice. */
export function freeze(action: Action, newestFirst: readonly Item[], newId: () => string): Frozen {
  const once = new Map(newestFirst.toReversed().map((item) => [item.id, item]));
  const oldestFirst = [...once.values()].toSorted((a, b) => Date.parse(a.since) - Date.parse(b.since));
  return { action, items: oldestFirst.map((item) => ({ item, actionId: newId(), fit: fitOf(item, action) })) };
}

/** Those that the action is sent for. */
export function acting({ items }: Frozen, withForce: boolean): readonly FrozenItem[] {
  return items.filter(({ fit: { kind } }) => kind === "plain" || (kind === "forced" && withForce));
}

function fitOf(item: Item, action: Action): Fit {
  const choice = item.advice.can.find((one) => one.action === action);
  if (choice === undefined) return { kind: "never", why: whyNever(item, action) };
  return { kind: choice.needsForce ? "forced" : "plain" };
}

/** States of a delivery from which there is the action at all. */
const FROM: Readonly<Record<Action, readonly DeliveryState[]>> = {
  replay: ["dead", "parked", "pending"],
  discard: ["dead", "unknown", "parked", "pending"],
  sent: ["unknown"],
  resend: ["unknown", "dead"],
};

/** Why an action isn't among those that the item has: what the gateway would answer. */
export function whyNever(item: Item, action: Action): Refusal {
  if (item.isDiscarded) return "discarded";
  if (item.kind === "turn" || !FROM[action].includes(item.state)) return "wrong-state";
  if (item.bundledInto !== null) return "bundled-into-another";
  // Only one that is on its way can't be discarded from there.
  if (item.state === "pending" && !item.advice.can.some((one) => one.action === "discard")) return "wrong-state";
  if (action === "replay" && item.mayHaveArrived) return "may-have-arrived";
  if (action === "resend" && item.state === "dead" && !item.mayHaveArrived) return "never-arrived";
  return action === "resend" && item.dueAt !== null ? "settles-itself" : "wrong-state";
}

/** What the dialog says of the frozen items. */
export interface Plan {
  readonly counts: readonly (Pick<Item, "kind" | "state"> & { readonly channel: string; readonly count: number })[];
  /** What it does to those that it is sent for, and to how many. */
  readonly effects: readonly { readonly text: TextKey; readonly count: number }[];
  readonly forced: readonly FrozenItem[];
  readonly never: readonly { readonly why: Refusal; readonly items: readonly FrozenItem[] }[];
}

export function planOf(frozen: Frozen, withForce: boolean): Plan {
  const { action, items } = frozen;
  const alike = Map.groupBy(items, ({ item: { kind, state, conversation } }) =>
    JSON.stringify([kind, state, conversation.channel]),
  );
  const never = Map.groupBy(items, ({ fit }) => (fit.kind === "never" ? fit.why : null));
  const effects = Map.groupBy(acting(frozen, withForce), ({ item }) => effectText(item, action));
  return {
    counts: [...alike.values()].flatMap((group) => {
      const item = group[0]?.item;
      if (item === undefined) return [];
      return [{ kind: item.kind, state: item.state, channel: item.conversation.channel, count: group.length }];
    }),
    effects: [...effects].map(([text, group]) => ({ text, count: group.length })),
    forced: items.filter(({ fit }) => fit.kind === "forced"),
    never: [...never].flatMap(([why, group]) => (why === null ? [] : [{ why, items: group }])),
  };
}
