/** What came of it, in one sentence made from state and evidence; and what took the longest, and why a route was taken. */
import type { TextKey } from "../../texts/catalogue.ts";
import { type Detail, type EntryOf, entriesOf, type Label, ms, type Row, type RowKind, time, word } from "./rows.ts";
import type { Rows } from "./turn-rows.ts";

export interface Summary {
  readonly outcome: Label;
  readonly tone: "good" | "warn" | "bad";
  /** The reason that the platform, the agent or the gateway gave for the state. */
  readonly said: string | null;
  /** Why the newest delivery took this route and no cheaper one. */
  readonly routeReason: TextKey | null;
  readonly longest: Label | null;
}

type Delivery = EntryOf<"delivery">;

/** The first of these that any delivery is in is told: it is what somebody has to know. */
const WORST_FIRST = ["dead", "unknown", "parked", "pending", "sending"] as const;

const PARTS: ReadonlySet<RowKind> = new Set([
  "quiet",
  "late",
  "dead",
  "waits",
  "earlier",
  "agent",
  "call",
  "parked",
  "unknown",
  "held",
  "backOff",
]);

export function summaryOf(detail: Detail, rows: Rows): Summary {
  const deliveries = entriesOf(detail, "delivery").filter(({ words }) => words === "answer");
  const worst = WORST_FIRST.map((state) => deliveries.find((delivery) => delivery.state === state)).find(
    (delivery) => delivery !== undefined,
  );
  const last = deliveries.findLast(({ state }) => state === "sent");
  const reason = (worst ?? last)?.routeReason ?? null;
  const shared = {
    routeReason: reason === null ? null : (`route.reason.${reason}` as const),
    longest: longestOf(rows.rows),
  };
  const { item } = detail;
  if (item.kind === "turn" && item.state !== "done") return { ...shared, ...ofTurn(item, item.state) };
  if (worst !== undefined) return { ...shared, ...ofWaiting(worst) };
  if (last === undefined) return { ...shared, ...plain("turn.end.noAnswer", "good") };
  return { ...shared, outcome: sentenceOf(last, rows.zeroAt), tone: "good", said: null };
}

type Part = Pick<Summary, "outcome" | "tone" | "said">;

function plain(key: TextKey, tone: Summary["tone"], said: string | null = null): Part {
  return { outcome: { key, values: {} }, tone, said };
}

type TurnItem = Extract<Detail["item"], { readonly kind: "turn" }>;

function ofTurn({ reason, isDiscarded }: TurnItem, state: Exclude<TurnItem["state"], "done">): Part {
  const isBad = state === "dead";
  return plain(
    isBad && isDiscarded ? "turn.end.discarded" : `turn.end.turn.${state}`,
    isBad ? "bad" : state === "empty" || state === "skipped" ? "good" : "warn",
    reason,
  );
}

function ofWaiting({ state, reason, dueAt, discardedAt }: Delivery): Part {
  if (state === "dead") return plain(discardedAt === null ? "turn.end.dead" : "turn.end.discarded", "bad", reason);
  if (state === "unknown") return plain(dueAt === null ? "turn.end.held" : "turn.end.unknown", "warn", reason);
  return plain(state === "parked" ? "turn.end.parked" : "turn.end.onItsWay", "warn", reason);
}

function sentenceOf(delivery: Delivery, zeroAt: number): Label {
  const values = { time: ms(time(delivery.stateSince) - zeroAt) };
  const proof = proofOf(delivery.evidence ?? "");
  return { key: proof ?? `turn.end.sent.${delivery.route ?? "unsaid"}`, values };
}

/** `null`: the platform simply accepted it. */
function proofOf(evidence: string): TextKey | null {
  if (evidence === "token-consumed") return "turn.end.sent.tokenConsumed";
  if (evidence === "retry-key") return "turn.end.sent.retryKey";
  if (evidence.startsWith("receipt")) return "turn.end.sent.receipt";
  return evidence.includes("operator") ? "turn.end.sent.operator" : null;
}

function longestOf(rows: readonly Row[]): Label | null {
  const lengthOf = (row: Row) => row.endAt - row.startAt;
  const [longest] = rows
    .filter(({ kind }) => PARTS.has(kind))
    .toSorted((one, other) => lengthOf(other) - lengthOf(one));
  if (longest === undefined || lengthOf(longest) === 0) return null;
  return { key: "turn.longest", values: { part: word(`turn.row.${longest.kind}`), time: ms(lengthOf(longest)) } };
}
