/** A conversation's transcript as the page shows it: pages laid together, and everything with the turn that it belongs to. */
import type { Wire } from "../../../../src/http/admin/wire.ts";

export type Timeline = Wire["timeline"];
export type Entry = Timeline["entries"][number];
export type Of<Kind extends Entry["kind"]> = Extract<Entry, { readonly kind: Kind }>;

const keyOf = (entry: Entry): string => {
  switch (entry.kind) {
    case "event":
      return entry.eventId;
    case "turn":
      return entry.turnId;
    case "delivery":
      return entry.deliveryId;
    case "attempt":
      return `${entry.deliveryId}~${entry.attempt}`;
    case "receipt":
      return [entry.deliveryId, entry.platformMessageId, entry.status, entry.saidAt].join("~");
    case "action":
      return `${entry.actionId}~${entry.id}`;
    default:
      return entry satisfies never;
  }
};

/** The newest page is asked for again and again. If it no longer meets what is known, what lies between isn't known. */
export function withNewest(known: Timeline | undefined, newest: Timeline): Timeline {
  if (known === undefined || newest.next === null) return newest;
  const fresh = new Set(newest.entries.map(keyOf));
  const older = known.entries.filter((entry) => !fresh.has(keyOf(entry)));
  if (older.length === known.entries.length) return newest;
  return { ...newest, entries: [...older, ...newest.entries], next: known.next };
}

export function withOlder(known: Timeline, older: Timeline): Timeline {
  const fresh = new Set(known.entries.map(keyOf));
  return {
    ...known,
    entries: [...older.entries.filter((one) => !fresh.has(keyOf(one))), ...known.entries],
    next: older.next,
  };
}

export interface ShownDelivery {
  readonly delivery: Of<"delivery">;
  /** Newest last. */
  readonly attempts: readonly Of<"attempt">[];
  readonly receipts: readonly Of<"receipt">[];
}

/** What is shown side by side: a turn with all that belongs to it, or what has none. */
export interface Group {
  readonly key: string;
  /** ISO time of the first thing in it. */
  readonly at: string;
  readonly turn: Of<"turn"> | null;
  readonly events: readonly Of<"event">[];
  readonly deliveries: readonly ShownDelivery[];
  readonly actions: readonly Of<"action">[];
  /** All of it, as the gateway tells it. */
  readonly entries: readonly Entry[];
}

/** Oldest first. */
export function groupsOf(entries: readonly Entry[]): readonly Group[] {
  const turnOfDelivery = new Map(
    entries.flatMap((entry) =>
      entry.kind === "delivery" ? [[entry.deliveryId, entry.turnId ?? entry.deliveryId]] : [],
    ),
  );
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = groupKeyOf(entry, turnOfDelivery);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  return [...groups].map(([key, own]) => groupOf(key, own)).toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
}

function groupKeyOf(entry: Entry, turnOfDelivery: ReadonlyMap<string, string>): string {
  switch (entry.kind) {
    case "event":
      return entry.turnId ?? entry.eventId;
    case "turn":
      return entry.turnId;
    case "delivery":
    case "attempt":
    case "receipt":
      return turnOfDelivery.get(entry.deliveryId) ?? entry.deliveryId;
    case "action":
      return entry.item === "conversation" ? entry.actionId : (turnOfDelivery.get(entry.id) ?? entry.id);
    default:
      return entry satisfies never;
  }
}

function groupOf(key: string, entries: readonly Entry[]): Group {
  const ofKind = <Kind extends Entry["kind"]>(kind: Kind) =>
    entries.filter((entry): entry is Of<Kind> => entry.kind === kind);
  const [attempts, receipts] = [ofKind("attempt"), ofKind("receipt")];
  const times = entries.map(({ at }) => at).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  return {
    key,
    at: times[0] ?? "",
    turn: ofKind("turn")[0] ?? null,
    events: ofKind("event"),
    deliveries: ofKind("delivery").map((delivery) => ({
      delivery,
      attempts: attempts
        .filter(({ deliveryId }) => deliveryId === delivery.deliveryId)
        .toSorted((a, b) => a.attempt - b.attempt),
      receipts: receipts.filter(({ deliveryId }) => deliveryId === delivery.deliveryId),
    })),
    actions: ofKind("action"),
    entries,
  };
}

/** Ids by which a line of the live stream may name this conversation. */
export function idsIn(conversationId: string, entries: readonly Entry[]): ReadonlySet<string> {
  const own = entries.flatMap((entry) => {
    if (entry.kind === "turn") return [entry.turnId];
    return entry.kind === "delivery" ? [entry.deliveryId] : [];
  });
  return new Set([conversationId, ...own]);
}

export interface SaidPart {
  /** The platform's word for what it is: `text`, `image`. */
  readonly type: string;
  /** `null`: it has no text, or texts aren't shown. */
  readonly text: string | null;
}

/** What a person's event says. */
export function partOfEvent({ type, content }: Of<"event">): SaidPart {
  const { message, postback, details } = content;
  if (message !== undefined) return { type: message.type, text: message.text ?? null };
  if (postback !== undefined) return { type, text: postback.data === "" ? null : postback.data };
  const isEmpty = details === undefined || Object.keys(details).length === 0;
  return { type, text: isEmpty ? null : JSON.stringify(details) };
}

/** What a message to a person says: its words, or all of it where it has a form without any. */
export function partOfMessage(message: unknown): SaidPart {
  if (!isObject(message)) return { type: "", text: String(message) };
  const { type, ...rest } = message;
  const name = typeof type === "string" ? type : "";
  const text = wordsIn(rest) ?? wordsIn(rest[name]);
  if (text !== null) return { type: name, text };
  return { type: name, text: Object.keys(rest).length === 0 ? null : JSON.stringify(rest) };
}

/**
 * Where the platforms have the words of a message: `text` and `altText` (LINE), `text.body`, `interactive.body.text` and
 * captions (WhatsApp), `message.text` and `message.attachment.payload.text` (Messenger).
 */
const WORDS = ["text", "body", "altText", "caption", "message", "attachment", "payload"];

function wordsIn(given: unknown): string | null {
  if (typeof given === "string") return given;
  if (!isObject(given)) return null;
  for (const key of WORDS) {
    const found = wordsIn(given[key]);
    if (found !== null) return found;
  }
  return null;
}

function isObject(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === "object" && given !== null && !Array.isArray(given);
}
