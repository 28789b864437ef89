import { deliveryRows } from "./delivery-rows.ts";
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
  type Mark,
  ms,
  type Row,
  said,
  saidOrNull,
  stateWord,
  time,
  timeOrNull,
  word,
} from "./rows.ts";

export interface Rows {
  /** Time 0, epoch ms: the first event, or what is first where there is none. */
  readonly zeroAt: number;
  readonly rows: readonly Row[];
}

/** `now` is epoch ms: what is open ends there. */
export function rowsOf(detail: Detail, now: number): Rows {
  const events = entriesOf(detail, "event");
  const turns = entriesOf(detail, "turn");
  const groups = [
    ...events.map((event) => eventRows(event, detail)),
    ...turns.flatMap((turn) => turnRows(turn, detail, now).map((row) => [row])),
    ...entriesOf(detail, "delivery").map((delivery) => deliveryRows(delivery, detail, now)),
    ...entriesOf(detail, "action").map((action) => [actionRow(action)]),
  ];
  const zeroAt = Math.min(...(events.length > 0 ? events : detail.entries).map((entry) => time(entry.at)));
  if (!Number.isFinite(zeroAt)) return { zeroAt: now, rows: [] };
  const clipped = groups.map((group) => group.map((row) => fromZero(row, zeroAt)));
  const firstOf = ([row]: readonly Row[]) => row?.startAt ?? zeroAt;
  // The sort is stable: what begins at the same moment stays in the order of a message's way.
  return { zeroAt, rows: clipped.toSorted((one, other) => firstOf(one) - firstOf(other)).flatMap(childrenByTime) };
}

function childrenByTime([parent, ...children]: readonly Row[]): readonly Row[] {
  if (parent === undefined) return [];
  return [parent, ...children.toSorted((one, other) => one.startAt - other.startAt)];
}

/** The platform's clock may be behind ours, and clocks go back: nothing is drawn before time 0, or ends before it begins. */
function fromZero(row: Row, zeroAt: number): Row {
  const startAt = Math.max(row.startAt, zeroAt);
  const marks = row.marks.map((mark) => ({ ...mark, at: Math.max(mark.at, zeroAt) }));
  return { ...row, startAt, endAt: Math.max(row.endAt, startAt), marks };
}

function eventRows(event: EntryOf<"event">, detail: Detail): readonly Row[] {
  const copies = event.copies?.count ?? 0;
  const lag = ms(time(event.at) - time(event.sentAt));
  const row: Row = {
    id: event.eventId,
    kind: "event",
    tone: event.state === "retracted" ? "spent" : "calm",
    depth: 0,
    startAt: time(event.sentAt),
    endAt: time(event.at),
    isOpen: false,
    label:
      copies > 0
        ? { key: "turn.event.copies", values: { type: said(event.type), times: count(copies + 1), lag } }
        : { key: "turn.event.detail", values: { type: said(event.type), lag } },
    said: null,
    marks: (event.copies?.newest ?? []).map((copy) => ({ at: time(copy.at), kind: "copy" as const })),
    facts: factsOf([
      ["turn.fact.eventId", id(event.eventId)],
      ["turn.fact.platformEventId", id(event.platformEventId)],
      ["turn.fact.sentAt", at(time(event.sentAt))],
      ["turn.fact.at", at(time(event.at))],
      ["turn.fact.state", word(`turn.event.${event.state}`)],
      ["turn.fact.sender", saidOrNull(event.sender?.name ?? event.sender?.id ?? null)],
      ["turn.fact.redelivered", word(event.redelivered ? "turn.yes" : "turn.no")],
      ...(event.copies?.newest ?? []).map(
        (copy) => [copy.tokenRefreshed ? "turn.fact.copyRenewed" : "turn.fact.copy", at(time(copy.at))] as const,
      ),
      ["turn.fact.copiesKnownSince", event.copies === undefined ? null : at(time(event.copies.knownSince))],
    ]),
  };
  return event.replyToken === null ? [row] : [row, tokenRow(event, event.replyToken, detail)];
}

type ReplyToken = NonNullable<EntryOf<"event">["replyToken"]>;

function tokenRow(event: EntryOf<"event">, token: ReplyToken, detail: Detail): Row {
  const calls = replyCalls(detail, token.deliveryId);
  const usedAt = calls.length === 0 ? null : Math.min(...calls.map((call) => time(call.at)));
  // After a call of unknown outcome a refusal may mean that this one had used it.
  const isRefused = calls.every(({ outcome }) => outcome === "token-invalid");
  const spent: Mark[] = usedAt === null ? [] : [{ at: usedAt, kind: "spent" }];
  return {
    id: `${event.eventId}~token`,
    kind: "token",
    tone: token.state === "unused" ? "good" : "spent",
    depth: 1,
    startAt: time(token.receivedAt),
    endAt: time(token.expiresAt),
    isOpen: false,
    label:
      usedAt === null
        ? {
            key: `turn.token.${token.state}`,
            values: { life: ms(time(token.expiresAt) - time(token.receivedAt)) },
          }
        : {
            key: isRefused ? "turn.token.refused" : "turn.token.used",
            values: { after: ms(usedAt - time(token.receivedAt)) },
          },
    said: null,
    marks: spent,
    facts: factsOf([
      ["turn.fact.receivedAt", at(time(token.receivedAt))],
      ["turn.fact.guaranteedUntil", at(time(token.guaranteedUntil))],
      ["turn.fact.goodUntil", at(time(token.expiresAt))],
      ["turn.fact.usedBy", idOrNull(token.deliveryId)],
      ["turn.fact.usedAt", usedAt === null ? null : at(usedAt)],
    ]),
  };
}

function replyCalls(detail: Detail, deliveryId: string | null): readonly EntryOf<"attempt">[] {
  return entriesOf(detail, "attempt").filter((call) => call.deliveryId === deliveryId && call.route === "reply");
}

function turnRows(turn: EntryOf<"turn">, detail: Detail, now: number): readonly Row[] {
  const startAt = time(turn.at);
  const sealedAt = timeOrNull(turn.sealedAt);
  const events = entriesOf(detail, "event");
  const sealed = sealedAt ?? timeOrNull(turn.endedAt) ?? now;
  const late = lateRow(turn, sealed);
  const endAt = late?.startAt ?? sealed;
  const quiet: Row = {
    ...plain("quiet", startAt, endAt),
    isOpen: turn.state === "collecting",
    label: {
      key: "turn.quiet.detail",
      values: {
        events: count(events.length),
        time: ms(endAt - startAt),
        quiet: ms(turn.quietMs),
        most: ms(turn.maxWaitMs),
      },
    },
    marks: events.map((event) => ({ at: time(event.at), kind: "notch" as const })),
    facts: factsOf([
      ["turn.fact.turnId", id(turn.turnId)],
      ["turn.fact.openedAt", at(startAt)],
      ["turn.fact.sealedAt", atOrNull(turn.sealedAt)],
      ["turn.fact.quiet", ms(turn.quietMs)],
      ["turn.fact.maxWait", ms(turn.maxWaitMs)],
    ]),
  };
  const rows = [quiet, ...(late === null ? [] : [late]), ...workRows(turn, detail, now)];
  return turn.slowReply === null ? rows : [...rows, buttonRow(turn.slowReply, now)];
}

/** Longer than a gateway that runs, and isn't overloaded, takes to seal what is due, ms. */
const LATE_AFTER_MS = 1_500;

/** No turn collects for longer than its most, whatever comes: after that no gateway was there to seal it. */
function lateRow(turn: EntryOf<"turn">, sealedAt: number): Row | null {
  const latestAt = time(turn.at) + turn.maxWaitMs;
  if (sealedAt - latestAt < LATE_AFTER_MS) return null;
  return {
    ...plain("late", latestAt, sealedAt),
    tone: "warn",
    isOpen: turn.state === "collecting",
    label: { key: "turn.late.detail", values: { time: ms(sealedAt - latestAt) } },
    facts: factsOf([
      ["turn.fact.dueAt", at(latestAt)],
      ["turn.fact.sealedAt", atOrNull(turn.sealedAt)],
    ]),
  };
}

/** What came before an operator's last replay. Of those tries only their number is kept. */
function deadRow(sealedAt: number, replayedAt: number): Row {
  return {
    ...plain("dead", sealedAt, replayedAt),
    tone: "bad",
    label: { key: "turn.dead.detail", values: { time: ms(replayedAt - sealedAt) } },
    facts: factsOf([["turn.fact.sealedAt", at(sealedAt)]]),
  };
}

function workRows(turn: EntryOf<"turn">, detail: Detail, now: number): readonly Row[] {
  const sealedAt = timeOrNull(turn.sealedAt);
  if (sealedAt === null) return [];
  const firstAt = timeOrNull(turn.firstClaimedAt);
  const claimedAt = timeOrNull(turn.claimedAt);
  const endedAt = timeOrNull(turn.endedAt);
  const replays = entriesOf(detail, "action").filter(({ action, item }) => action === "replay" && item === "turn");
  // `firstClaimedAt` is the first since then.
  const from = Math.max(sealedAt, ...replays.map((action) => time(action.at)));
  const until = firstAt ?? (turn.state === "ready" ? now : (endedAt ?? from));
  const waits: Row = {
    ...plain("waits", from, until),
    tone: "waiting",
    isOpen: turn.state === "ready" && firstAt === null,
    label: { key: "turn.waits.detail", values: { time: ms(until - from) } },
    facts: factsOf([
      ["turn.fact.sealedAt", at(sealedAt)],
      ["turn.fact.firstClaimedAt", atOrNull(turn.firstClaimedAt)],
    ]),
  };
  const died = replays.filter((action) => action.from === "dead").map((action) => time(action.at));
  const dead = died.length === 0 ? [] : [deadRow(sealedAt, Math.max(...died))];
  if (claimedAt === null) return [...dead, waits];
  const earlier: Row = {
    ...plain("earlier", firstAt ?? claimedAt, claimedAt),
    tone: "warn",
    label: {
      key: "turn.earlier.detail",
      values: { tries: count(turn.attempt - 1), time: ms(claimedAt - (firstAt ?? claimedAt)) },
    },
    facts: factsOf([
      ["turn.fact.firstClaimedAt", atOrNull(turn.firstClaimedAt)],
      ["turn.fact.failures", count(turn.failures)],
    ]),
  };
  const hasEarlier = firstAt !== null && firstAt < claimedAt;
  return [
    ...dead,
    waits,
    ...(hasEarlier ? [earlier] : []),
    agentRow(turn, claimedAt, now),
    ...backOffOf(turn, claimedAt),
  ];
}

function agentRow(turn: EntryOf<"turn">, claimedAt: number, now: number): Row {
  const isOpen = turn.state === "leased";
  // A try that failed and is made again leaves no end of its own.
  const endAt = isOpen ? now : (timeOrNull(turn.endedAt) ?? claimedAt);
  const isBad = turn.state === "dead" || turn.state === "ready";
  return {
    ...plain("agent", claimedAt, endAt),
    tone: isBad ? "bad" : "agent",
    isOpen,
    label: {
      key: isBad ? "turn.agent.failed" : isOpen ? "turn.agent.open" : "turn.agent.detail",
      values: { attempt: count(turn.attempt), fence: count(turn.fence), time: ms(endAt - claimedAt) },
    },
    said: saidOrNull(turn.reason),
    facts: factsOf([
      ["turn.fact.turnId", id(turn.turnId)],
      ["turn.fact.state", stateWord(turn.state)],
      ["turn.fact.claimedAt", at(claimedAt)],
      ["turn.fact.endedAt", atOrNull(turn.endedAt)],
      ["turn.fact.try", count(turn.attempt)],
      ["turn.fact.failures", count(turn.failures)],
      ["turn.fact.fence", count(turn.fence)],
      ["turn.fact.owner", idOrNull(turn.owner)],
      ["turn.fact.leaseExpiresAt", atOrNull(turn.leaseExpiresAt)],
      ["turn.fact.reason", saidOrNull(turn.reason)],
    ]),
  };
}

function backOffOf(turn: EntryOf<"turn">, claimedAt: number): readonly Row[] {
  const dueAt = timeOrNull(turn.dueAt);
  if (turn.state !== "ready" || dueAt === null || dueAt <= claimedAt) return [];
  const label = { key: "turn.backOff.detail", values: { at: at(dueAt) } } as const;
  const facts = factsOf([["turn.fact.dueAt", at(dueAt)]]);
  return [{ ...plain("backOff", claimedAt, dueAt), tone: "waiting", label, facts }];
}

function buttonRow(button: NonNullable<EntryOf<"turn">["slowReply"]>, now: number): Row {
  const endAt = timeOrNull(button.readyAt) ?? Math.min(now, time(button.expiresAt));
  return {
    ...plain("button", time(button.promptedAt), endAt),
    tone: "waiting",
    label: { key: "turn.button.detail", values: { time: ms(endAt - time(button.promptedAt)) } },
    facts: factsOf([
      ["turn.fact.promptedAt", at(time(button.promptedAt))],
      ["turn.fact.answerReadyAt", atOrNull(button.readyAt)],
      ["turn.fact.goodUntil", at(time(button.expiresAt))],
    ]),
  };
}

function actionRow(action: EntryOf<"action">): Row {
  return {
    ...plain("action", time(action.at), time(action.at)),
    id: action.actionId,
    tone: "operator",
    label: {
      key: "turn.action.detail",
      values: { action: word(`turn.action.${action.action}`), from: said(action.from), to: said(action.to) },
    },
    said: said(action.actor),
    facts: factsOf([
      ["turn.fact.actor", said(action.actor)],
      ["turn.fact.at", at(time(action.at))],
      ["turn.fact.itemId", id(action.id)],
      ["turn.fact.actionId", id(action.actionId)],
    ]),
  };
}

function plain(kind: Row["kind"], startAt: number, endAt: number) {
  return { id: kind, kind, tone: "calm", depth: 0, startAt, endAt, isOpen: false, said: null, marks: [] } as const;
}
