/**
 * Acting on many, as a pure state machine: what is shown, and what is sent when.
 *
 *           ask                confirm                        the last answer
 *   none ─────────▶ asked ───────────────▶ sending ────────────────────────────▶ ended
 *    ▲ ▲              │ │                   ▲ ▲  │                                ▲ │ │
 *    │ │    cancel    │ │ confirm what      │ │  │ stop, or a failure             │ │ │
 *    │ └──────────────┘ │ is final  elapsed │ │  ▼ that concerns all             │ │ │
 *    │                  └────────▶ kept ────┘ │ stopping ────────────────────────┘ │ │
 *    │           undo               │         │      the last answer of those      │ │
 *    ├──────────────────────────────┘         │      that are in flight            │ │
 *    │                                        └──────────────── goOn ──────────────┘ │
 *    └──────────────────────────────── close ────────────────────────────────────────┘
 *
 *              none   asked                   kept      sending             stopping            ended
 *   ask        asked  –                       –         –                   –                   –
 *   choose     –      asked                   –         –                   –                   –
 *   confirm    –      kept, sending, asked ¹  –         –                   –                   –
 *   cancel     –      none                    –         –                   –                   –
 *   undo       –      –                       none      –                   –                   –
 *   elapsed    –      –                       sending   –                   –                   –
 *   answered   –      –                       –         sending, stopping,  stopping, ended     –
 *                                                       ended
 *   stop       –      –                       –         stopping            –                   –
 *   goOn       –      –                       –         –                   –                   sending, ended ²
 *   close      –      –                       –         –                   –                   none
 *
 * –: stays as it is. ¹ stays where nothing would be sent or the number wasn't typed. ² stays where nothing is left.
 * In `sending` and `stopping` something is in flight, at most `AT_ONCE_MAX`; only `sending` begins anything.
 */
import { type Action, type Refusal, staysForUndo, UNDO_MS } from "../order.ts";
import { acting, type Frozen } from "./frozen.ts";

export const AT_ONCE_MAX = 4;
/** Of more than so many the number is typed, where it can't be taken back or a person may read twice. */
const TYPED_ABOVE = 10;
const TYPED: readonly Action[] = ["discard", "resend"];

export type Outcome =
  | { readonly kind: "done" }
  /** It was done before: only the answer had been lost. */
  | { readonly kind: "repeated" }
  | { readonly kind: "refused"; readonly why: Refusal }
  | { readonly kind: "gone" }
  /** `concernsAll`: it says nothing of the item. The gateway can't be reached, or doesn't take orders from this person. */
  | { readonly kind: "failed"; readonly failure: Error; readonly concernsAll: boolean };

export interface Entry {
  readonly id: string;
  readonly actionId: string;
  readonly force: boolean;
  readonly state: Outcome | { readonly kind: "waiting" | "sending" };
}

export interface Run {
  readonly action: Action;
  /** Oldest first. */
  readonly entries: readonly Entry[];
}

export type Bulk =
  | { readonly kind: "none" }
  | { readonly kind: "asked"; readonly frozen: Frozen; readonly withForce: boolean }
  /** `until`, epoch ms: so long it can be undone, because nothing has left the browser. */
  | { readonly kind: "kept"; readonly run: Run; readonly until: number }
  | UnderWay
  | { readonly kind: "ended"; readonly run: Run };

interface UnderWay {
  readonly kind: "sending" | "stopping";
  readonly run: Run;
}

export type BulkEvent =
  | { readonly kind: "ask"; readonly frozen: Frozen }
  | { readonly kind: "choose"; readonly withForce: boolean }
  | { readonly kind: "confirm"; readonly typed: string; readonly at: number }
  | { readonly kind: "answered"; readonly actionId: string; readonly outcome: Outcome }
  | { readonly kind: "cancel" | "undo" | "elapsed" | "stop" | "goOn" | "close" };

export interface Step {
  readonly bulk: Bulk;
  /** What is sent now. */
  readonly send: readonly Entry[];
}

export const NONE: Bulk = { kind: "none" };

/** Whether the number has to be typed. */
export function isTyped(action: Action, count: number): boolean {
  return TYPED.includes(action) && count > TYPED_ABOVE;
}

export function step(bulk: Bulk, event: BulkEvent): Step {
  switch (bulk.kind) {
    case "none":
      return event.kind === "ask" ? just({ kind: "asked", frozen: event.frozen, withForce: false }) : just(bulk);
    case "asked":
      return ofAsked(bulk, event);
    case "kept":
      if (event.kind === "undo") return just(NONE);
      return event.kind === "elapsed" ? begin(bulk.run) : just(bulk);
    case "sending":
    case "stopping":
      return ofUnderWay(bulk, event);
    case "ended":
      if (event.kind === "close") return just(NONE);
      return event.kind === "goOn" ? goOn(bulk.run) : just(bulk);
    default:
      return bulk satisfies never;
  }
}

function just(bulk: Bulk): Step {
  return { bulk, send: [] };
}

function ofAsked(bulk: Extract<Bulk, { kind: "asked" }>, event: BulkEvent): Step {
  if (event.kind === "cancel") return just(NONE);
  if (event.kind === "choose") return just({ ...bulk, withForce: event.withForce });
  if (event.kind !== "confirm") return just(bulk);
  const { action } = bulk.frozen;
  const entries = acting(bulk.frozen, bulk.withForce).map(({ item: { id }, actionId, fit }): Entry => {
    return { id, actionId, force: fit.kind === "forced", state: { kind: "waiting" } };
  });
  const isMeant = !isTyped(action, entries.length) || event.typed.trim() === String(entries.length);
  if (entries.length === 0 || !isMeant) return just(bulk);
  const run = { action, entries };
  return staysForUndo(action) ? just({ kind: "kept", run, until: event.at + UNDO_MS }) : begin(run);
}

function ofUnderWay(bulk: UnderWay, event: BulkEvent): Step {
  if (event.kind === "stop") return just({ ...bulk, kind: "stopping" });
  if (event.kind !== "answered") return just(bulk);
  const { actionId, outcome } = event;
  if (!bulk.run.entries.some((entry) => isAnswered(entry, actionId))) return just(bulk);
  const run = withStates(bulk.run, (entry) => (isAnswered(entry, actionId) ? outcome : entry.state));
  const isHalted = bulk.kind === "stopping" || (outcome.kind === "failed" && outcome.concernsAll);
  if (!isHalted) return begin(run);
  return just({ kind: count(run, "sending") === 0 ? "ended" : "stopping", run });
}

/** What failed, under the same ids, and what was never sent. */
function goOn(run: Run): Step {
  return begin(withStates(run, ({ state }) => (state.kind === "failed" ? { kind: "waiting" } : state)));
}

/** As many of those that wait as there are free places. */
function begin(run: Run): Step {
  let places = AT_ONCE_MAX - count(run, "sending");
  const send: Entry[] = [];
  const begun = withStates(run, (entry) => {
    if (entry.state.kind !== "waiting" || places === 0) return entry.state;
    places -= 1;
    send.push(entry);
    return { kind: "sending" };
  });
  return { bulk: { kind: count(begun, "sending") === 0 ? "ended" : "sending", run: begun }, send };
}

function withStates({ action, entries }: Run, stateOf: (entry: Entry) => Entry["state"]): Run {
  return { action, entries: entries.map((entry) => ({ ...entry, state: stateOf(entry) })) };
}

function isAnswered({ actionId, state }: Entry, answered: string): boolean {
  return actionId === answered && state.kind === "sending";
}

export function count({ entries }: Run, kind: Entry["state"]["kind"]): number {
  return entries.reduce((sum, { state }) => sum + (state.kind === kind ? 1 : 0), 0);
}

/** For a file: ids and outcomes, and nothing that anybody said. */
export function reportOf({ action, entries }: Run) {
  return {
    action,
    items: entries.map(({ id, actionId, state }) => ({
      id,
      actionId,
      outcome: state.kind === "waiting" || state.kind === "sending" ? "not-sent" : state.kind,
      ...(state.kind === "refused" && { why: state.why }),
    })),
  };
}
