/** What happened to one turn or delivery, as the rows of a waterfall. Pure: the view only draws what is said here. */
import type { Wire } from "../../../../src/http/admin/wire.ts";
import type { TextKey } from "../../texts/catalogue.ts";

export type Detail = Wire["item"];
export type Entry = Detail["entries"][number];
export type EntryOf<Kind extends Entry["kind"]> = Extract<Entry, { readonly kind: Kind }>;

export type RowKind =
  | "event"
  | "token"
  | "quiet"
  | "late"
  | "dead"
  | "waits"
  | "earlier"
  | "agent"
  | "button"
  | "delivery"
  | "call"
  | "parked"
  | "unknown"
  | "held"
  | "backOff"
  | "receipt"
  | "action";

/** Colour, pattern and icon go together: none of them says anything alone. */
export type Tone = "calm" | "agent" | "good" | "warn" | "bad" | "spent" | "waiting" | "operator";

/** A value of a text, which the view writes in the language and by the clock that were chosen. */
export type Value =
  | { readonly kind: "ms"; readonly ms: number }
  | { readonly kind: "at"; readonly at: number }
  | { readonly kind: "count"; readonly count: number }
  | { readonly kind: "key"; readonly key: TextKey }
  /** What a platform, an agent or a person said. */
  | { readonly kind: "said"; readonly text: string }
  | { readonly kind: "id"; readonly id: string };

export interface Label {
  readonly key: TextKey;
  readonly values: Readonly<Record<string, Value>>;
}

export interface Fact {
  readonly name: TextKey;
  readonly value: Value;
}

/** Something at one moment of a row: a copy of an event, the start of another event, the moment a token was spent. */
export interface Mark {
  readonly at: number;
  readonly kind: "copy" | "notch" | "spent";
}

export interface Row {
  /** As in `?span=`. */
  readonly id: string;
  readonly kind: RowKind;
  readonly tone: Tone;
  /** 1: belongs to the row of depth 0 above it. */
  readonly depth: 0 | 1;
  /** Epoch ms. */
  readonly startAt: number;
  readonly endAt: number;
  /** It goes on: `endAt` is now. */
  readonly isOpen: boolean;
  readonly label: Label;
  /** A reason, in the words of whoever gave it; of a route, in the console's. */
  readonly said: Value | null;
  readonly marks: readonly Mark[];
  readonly facts: readonly Fact[];
}

export const ms = (value: number): Value => ({ kind: "ms", ms: Math.max(0, value) });
export const at = (value: number): Value => ({ kind: "at", at: value });
export const count = (value: number): Value => ({ kind: "count", count: value });
export const word = (key: TextKey): Value => ({ kind: "key", key });
export const said = (text: string): Value => ({ kind: "said", text });
export const id = (value: string): Value => ({ kind: "id", id: value });

export const time = (iso: string) => Date.parse(iso);
export const timeOrNull = (iso: string | null) => (iso === null ? null : Date.parse(iso));

/** Of a turn or a delivery. */
export function stateWord(state: EntryOf<"turn" | "delivery">["state"]): Value {
  return word(`state.${state}`);
}

/** Facts whose value is known. */
export function factsOf(given: readonly (readonly [TextKey, Value | null])[]): readonly Fact[] {
  return given.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

export const atOrNull = (iso: string | null) => (iso === null ? null : at(time(iso)));
export const idOrNull = (value: string | null) => (value === null ? null : id(value));
export const routeReasonOrNull = (reason: EntryOf<"attempt">["routeReason"]) =>
  reason === null ? null : word(`route.reason.${reason}`);
export const saidOrNull = (text: string | null) => (text === null ? null : said(text));

export function entriesOf<Kind extends Entry["kind"]>(detail: Detail, kind: Kind): readonly EntryOf<Kind>[] {
  return detail.entries.filter((entry): entry is EntryOf<Kind> => entry.kind === kind);
}
