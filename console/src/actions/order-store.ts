/**
 * The orders of this tab. They are no page's: an order that may still be taken back stays when its page is left. What the tab
 * hasn't sent when it is closed is never sent.
 */
import { useSyncExternalStore } from "react";
import { postJson } from "../client/api.ts";
import { type Order, type OrderState, stateAfter, staysForUndo, UNDO_MS } from "./order.ts";

/** How long it is said that something was done, in ms. */
const SAID_FOR_MS = 8_000;

export type Ordered = Pick<Order, "id" | "action" | "force">;

interface Entry {
  readonly order: Order;
  readonly settled: () => void;
}

const listeners = new Set<() => void>();
const timers = new Map<string, ReturnType<typeof setTimeout>>();
let entries: readonly Entry[] = [];
let orders: readonly Order[] = [];

export function useOrders(): readonly Order[] {
  return useSyncExternalStore(follow, () => orders);
}

/** `settled`: what it shows of the item is out of date. */
export function placeOrder(ordered: Ordered, settled: () => void): void {
  const actionId = crypto.randomUUID();
  const isKept = staysForUndo(ordered.action);
  const state: OrderState = isKept ? { kind: "kept", until: Date.now() + UNDO_MS } : { kind: "sending" };
  change([...entries, { order: { ...ordered, actionId, state }, settled }]);
  if (isKept) later(actionId, UNDO_MS, () => void send(actionId));
  else void send(actionId);
}

/** Takes an order back that hasn't left, or no longer says what became of it. */
export function dropOrder(actionId: string): void {
  clearTimeout(timers.get(actionId));
  timers.delete(actionId);
  change(entries.filter(({ order }) => order.actionId !== actionId));
}

/** Under the same id: if the gateway has done it and only its answer was lost, it isn't done twice. */
export function repeatOrder(actionId: string): void {
  void send(actionId);
}

async function send(actionId: string): Promise<void> {
  const entry = entries.find(({ order }) => order.actionId === actionId);
  if (entry === undefined) return;
  const { id, action, force } = entry.order;
  becomes(actionId, { kind: "sending" });
  try {
    await postJson("/actions", { actionId, action, id, force });
    becomes(actionId, { kind: "done" });
    later(actionId, SAID_FOR_MS, () => dropOrder(actionId));
  } catch (error) {
    becomes(actionId, stateAfter(error));
  }
  entry.settled();
}

function later(actionId: string, ms: number, run: () => void): void {
  timers.set(actionId, setTimeout(run, ms));
}

function becomes(actionId: string, state: OrderState): void {
  change(
    entries.map((entry) =>
      entry.order.actionId === actionId ? { ...entry, order: { ...entry.order, state } } : entry,
    ),
  );
}

function change(next: readonly Entry[]): void {
  entries = next;
  orders = next.map(({ order }) => order);
  for (const listener of listeners) listener();
}

function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
