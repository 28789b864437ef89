import {
  at,
  atOrNull,
  count,
  type Detail,
  type EntryOf,
  entriesOf,
  factsOf,
  id,
  idOrNull,
  ms,
  type Row,
  routeReasonOrNull,
  said,
  saidOrNull,
  stateWord,
  type Tone,
  time,
  timeOrNull,
  word,
} from "./rows.ts";

type Delivery = EntryOf<"delivery">;
type Attempt = EntryOf<"attempt">;

const STATE_TONES = {
  pending: "waiting",
  sending: "agent",
  unknown: "warn",
  parked: "waiting",
  dead: "bad",
  sent: "good",
} as const satisfies Record<Delivery["state"], Tone>;

const OUTCOME_TONES = {
  sent: "good",
  retry: "warn",
  "media-failed": "warn",
  "rate-limited": "warn",
  "token-invalid": "spent",
  unknown: "warn",
  "quota-exhausted": "waiting",
  "window-closed": "waiting",
  "account-stopped": "bad",
  refused: "bad",
} as const satisfies Record<NonNullable<Attempt["outcome"]>, Tone>;

/** The delivery, then its calls, its waiting and its receipts. */
export function deliveryRows(delivery: Delivery, detail: Detail, now: number): readonly Row[] {
  const mine = <T extends { readonly deliveryId: string }>(all: readonly T[]) =>
    all.filter((one) => one.deliveryId === delivery.deliveryId);
  const calls = mine(entriesOf(detail, "attempt"));
  return [
    frameRow(delivery, now),
    ...calls.map((call) => callRow(call, delivery, now)),
    ...waitRows(delivery, calls, now),
    ...receiptRows(mine(entriesOf(detail, "receipt"))),
  ];
}

function frameRow(delivery: Delivery, now: number): Row {
  const startAt = time(delivery.at);
  const isOpen = delivery.state !== "sent" && delivery.state !== "dead";
  const endAt = isOpen ? now : time(delivery.stateSince);
  return {
    id: delivery.deliveryId,
    kind: "delivery",
    tone: STATE_TONES[delivery.state],
    depth: 0,
    startAt,
    endAt,
    isOpen,
    label: {
      key: delivery.bundledInto !== null ? "turn.delivery.bundled" : `turn.delivery.${isOpen ? "open" : "detail"}`,
      values: { state: stateWord(delivery.state), time: ms(endAt - startAt) },
    },
    // A row below says it of one that waits.
    said: delivery.state === "dead" ? saidOrNull(delivery.reason) : null,
    marks: [],
    facts: factsOf([
      ["turn.fact.deliveryId", id(delivery.deliveryId)],
      ["turn.fact.state", stateWord(delivery.state)],
      ["turn.fact.stateSince", at(time(delivery.stateSince))],
      ["turn.fact.queuedAt", at(startAt)],
      ["turn.fact.route", delivery.route === null ? null : word(`turn.route.${delivery.route}`)],
      ["turn.fact.routeReason", routeReasonOrNull(delivery.routeReason)],
      ["turn.fact.evidence", saidOrNull(delivery.evidence)],
      ["turn.fact.reason", saidOrNull(delivery.reason)],
      ["turn.fact.resentBecause", saidOrNull(delivery.resentBecause)],
      ["turn.fact.bundledInto", idOrNull(delivery.bundledInto)],
      ["turn.fact.dueAt", atOrNull(delivery.dueAt)],
      ["turn.fact.deliverBy", atOrNull(delivery.deliverBy)],
      ...delivery.platformMessageIds.map((messageId) => ["turn.fact.platformMessageId", id(messageId)] as const),
    ]),
  };
}

/** A repeat that the platform refuses may be the proof that the first call arrived. */
function isProof(call: Attempt, delivery: Delivery): boolean {
  return delivery.evidence === "token-consumed" && call.attempt === delivery.attempts && call.outcome !== "sent";
}

function callRow(call: Attempt, delivery: Delivery, now: number): Row {
  const startAt = time(call.at);
  const endedAt = timeOrNull(call.endedAt);
  const proves = isProof(call, delivery);
  const endAt = endedAt ?? (delivery.state === "sending" ? now : startAt);
  const values = {
    call: count(call.attempt),
    route: word(`turn.route.${call.route}`),
    outcome: word(proves ? "turn.outcome.proof" : `turn.outcome.${call.outcome ?? "open"}`),
    time: ms(endAt - startAt),
  };
  return {
    id: `${call.deliveryId}~${call.attempt}`,
    kind: "call",
    tone: proves ? "good" : call.outcome === null ? "agent" : OUTCOME_TONES[call.outcome],
    depth: 1,
    startAt,
    endAt,
    isOpen: call.outcome === null && delivery.state === "sending",
    label:
      call.status === null
        ? { key: "turn.call.silent", values }
        : { key: "turn.call.detail", values: { ...values, status: said(String(call.status)) } },
    said: saidOrNull(call.reason) ?? routeReasonOrNull(call.routeReason),
    marks: [],
    facts: factsOf([
      ["turn.fact.route", word(`turn.route.${call.route}`)],
      ["turn.fact.routeReason", routeReasonOrNull(call.routeReason)],
      ["turn.fact.outcome", values.outcome],
      ["turn.fact.status", call.status === null ? null : said(String(call.status))],
      ["turn.fact.reason", saidOrNull(call.reason)],
      ["turn.fact.response", saidOrNull(call.response)],
      ["turn.fact.startedAt", at(startAt)],
      ["turn.fact.endedAt", atOrNull(call.endedAt)],
      ["turn.fact.requestId", idOrNull(call.requestId)],
      ["turn.fact.acceptedRequestId", idOrNull(call.acceptedRequestId)],
      ["turn.fact.deliveryId", id(call.deliveryId)],
    ]),
  };
}

function waitRows(delivery: Delivery, calls: readonly Attempt[], now: number): readonly Row[] {
  const rows: Row[] = [];
  const add = (kind: "parked" | "unknown" | "held" | "backOff", startAt: number, endAt: number, isOpen: boolean) =>
    rows.push({
      id: `${delivery.deliveryId}~${kind}`,
      kind,
      tone: kind === "unknown" || kind === "held" ? "warn" : "waiting",
      depth: 1,
      startAt,
      endAt,
      isOpen,
      label:
        kind === "backOff"
          ? { key: "turn.backOff.detail", values: { at: at(endAt) } }
          : { key: `turn.${kind}.detail`, values: { time: ms(endAt - startAt) } },
      said: isOpen ? saidOrNull(delivery.reason) : null,
      marks: [],
      facts: factsOf([
        ["turn.fact.since", at(startAt)],
        ["turn.fact.endedAt", isOpen ? null : at(endAt)],
        ["turn.fact.dueAt", atOrNull(delivery.dueAt)],
        ["turn.fact.reason", isOpen ? saidOrNull(delivery.reason) : null],
      ]),
    });
  const parkedAt = timeOrNull(delivery.parkedSince);
  const isParked = delivery.state === "parked";
  if (parkedAt !== null || isParked) {
    const from = parkedAt ?? time(delivery.stateSince);
    const nextCall = calls.map((call) => time(call.at)).find((callAt) => callAt > from);
    add("parked", from, isParked ? now : (nextCall ?? time(delivery.stateSince)), isParked);
  }
  const unknownAt = timeOrNull(delivery.unknownSince);
  const isUnknown = delivery.state === "unknown";
  if (unknownAt !== null || isUnknown) {
    const from = unknownAt ?? time(delivery.stateSince);
    // Without a next try of the gateway's own, only a receipt or an operator can settle it.
    const kind = isUnknown && delivery.dueAt === null ? "held" : "unknown";
    const isOpen = isUnknown || delivery.state === "sending";
    add(kind, from, isOpen ? now : time(delivery.stateSince), isOpen);
  }
  const dueAt = timeOrNull(delivery.dueAt);
  const lastEndAt = calls.map((call) => timeOrNull(call.endedAt)).findLast((endedAt) => endedAt !== null);
  if (delivery.state === "pending" && dueAt !== null && typeof lastEndAt === "number" && dueAt > lastEndAt)
    add("backOff", lastEndAt, dueAt, true);
  return rows;
}

/** Equal statuses are one row, with their count. */
function receiptRows(receipts: readonly EntryOf<"receipt">[]): readonly Row[] {
  return [...Map.groupBy(receipts, ({ status }) => status)].flatMap(([status, [first, ...more]]) => {
    if (first === undefined) return [];
    const all = [first, ...more];
    return [
      {
        id: `${first.deliveryId}~${status}`,
        kind: "receipt" as const,
        tone: status === "failed" ? ("bad" as const) : ("good" as const),
        depth: 1 as const,
        startAt: time(first.at),
        endAt: time(first.at),
        isOpen: false,
        label: {
          key: "turn.receipt.detail" as const,
          values: { status: word(`turn.receipt.${status}`), times: count(all.length) },
        },
        said: saidOrNull(first.detail),
        marks: [],
        facts: all.flatMap((receipt) =>
          factsOf([
            ["turn.fact.at", at(time(receipt.at))],
            ["turn.fact.saidAt", at(time(receipt.saidAt))],
            ["turn.fact.platformMessageId", id(receipt.platformMessageId)],
          ]),
        ),
      },
    ];
  });
}
