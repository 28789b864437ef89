/** The one run of this tab. It is no page's: it goes on when its page is left, and ends with the tab. */
import { useSyncExternalStore } from "react";
import { postJson } from "../../client/api.ts";
import { ApiProblem, passesByItself } from "../../client/problem.ts";
import { type Action, type Item, type Operated, stateAfter, UNDO_MS } from "../order.ts";
import { type Bulk, type BulkEvent, type Entry, NONE, type Outcome, step } from "./bulk.ts";
import { freeze } from "./frozen.ts";

export interface Asked {
  readonly action: Action;
  /** As the gateway lists them. */
  readonly newestFirst: readonly Item[];
  readonly confirmed: () => void;
  /** What is shown of the items is out of date. */
  readonly settled: () => void;
}

const listeners = new Set<() => void>();
let current: Bulk = NONE;
let asked: Pick<Asked, "confirmed" | "settled"> | null = null;
let undoUntil: ReturnType<typeof setTimeout> | undefined;

export function useBulk(): Bulk {
  return useSyncExternalStore(follow, () => current);
}

export function askBulk({ action, newestFirst, ...hooks }: Asked): void {
  if (current.kind !== "none") return;
  asked = hooks;
  onBulk({ kind: "ask", frozen: freeze(action, newestFirst, () => crypto.randomUUID()) });
}

export function onBulk(event: BulkEvent): void {
  const before = current;
  const { bulk, send } = step(before, event);
  current = bulk;
  if (before.kind === "asked" && "run" in bulk) asked?.confirmed();
  if (before.kind !== "ended" && bulk.kind === "ended") asked?.settled();
  followTime(before, bulk);
  for (const listener of listeners) listener();
  for (const entry of send) void deliver(entry);
}

function followTime(before: Bulk, after: Bulk): void {
  if (before.kind !== after.kind && after.kind === "kept")
    undoUntil = setTimeout(() => onBulk({ kind: "elapsed" }), UNDO_MS);
  else if (after.kind !== "kept") clearTimeout(undoUntil);
  if (after.kind === "sending") addEventListener("beforeunload", askBeforeLeaving);
  else removeEventListener("beforeunload", askBeforeLeaving);
}

/** What isn't sent when the tab is closed is never sent: the browser asks whether that is meant. */
function askBeforeLeaving(event: BeforeUnloadEvent): void {
  event.preventDefault();
}

async function deliver({ id, actionId, force }: Entry): Promise<void> {
  if (!("run" in current)) return;
  const { action } = current.run;
  let outcome: Outcome;
  try {
    const operated = await postJson<Operated>("/actions", { actionId, action, id, force });
    outcome = { kind: operated.kind === "done" && operated.isRepeated ? "repeated" : "done" };
  } catch (error) {
    outcome = outcomeAfter(error);
  }
  onBulk({ kind: "answered", actionId, outcome });
}

/** What is wrong with the gateway, or with this person's session, is so for all that is left. */
const CONCERNS_ALL: readonly number[] = [401, 403, 429];

function outcomeAfter(error: unknown): Outcome {
  const state = stateAfter(error);
  if (state.kind !== "failed") return state;
  const { failure } = state;
  const isOfAll = failure instanceof ApiProblem && CONCERNS_ALL.includes(failure.facts.status);
  return { ...state, concernsAll: isOfAll || passesByItself(failure) };
}

function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
