/** What the pages of conversations have in their addresses: links hold ids and filters, never what was said. */
import type { ConversationKind } from "../../../../src/core/conversation.ts";
import type { TurnState } from "../../../../src/core/turn.ts";

export const KINDS = ["user", "group", "room"] as const satisfies readonly ConversationKind[];
export const TURN_STATES = [
  "collecting",
  "ready",
  "leased",
  "done",
  "dead",
  "empty",
  "skipped",
] as const satisfies readonly TurnState[];

export interface Filters {
  readonly channel?: string;
  readonly account?: string;
  readonly kind?: ConversationKind;
  /** Of the newest turn. */
  readonly state?: TurnState;
  readonly q?: string;
}

/** `bubbles` is the one that isn't named. */
export interface ConversationView {
  readonly view?: "raw";
  /** The turn to which the transcript opens; without it, it opens at its end. */
  readonly turn?: string;
}

const NAMES = ["channel", "account", "kind", "state", "q"] as const;
const TEXT_MAX = 200;

type Search = Readonly<Record<string, unknown>>;

/** What isn't a filter, or has no value that one may have, is left out. */
export function filtersIn({ channel, account, kind, state, q }: Search): Filters {
  const [knownKind, knownState] = [KINDS.find((one) => one === kind), TURN_STATES.find((one) => one === state)];
  return {
    ...(isName(channel) && { channel }),
    ...(isName(account) && { account }),
    ...(knownKind !== undefined && { kind: knownKind }),
    ...(knownState !== undefined && { state: knownState }),
    ...(isName(q) && q.trim() !== "" && { q }),
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= TEXT_MAX;
}

export function viewIn({ view, turn }: Search): ConversationView {
  return { ...(view === "raw" && { view }), ...(isName(turn) && { turn }) };
}

export function addressOfList(filters: Filters): string {
  return `/conversations${queryOf(filters)}`;
}

export function addressOfConversation(id: string, { view, turn, ...filters }: Filters & ConversationView): string {
  const more = Object.entries({ view, turn }).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]));
  return `/c/${encodeURIComponent(id)}${queryOf(filters, more)}`;
}

function queryOf(filters: Filters, more: string[][] = []): string {
  const given = NAMES.flatMap((name) => {
    const value = filters[name];
    return value === undefined ? [] : [[name, value]];
  });
  const text = new URLSearchParams([...given, ...more]).toString();
  return text === "" ? "" : `?${text}`;
}
