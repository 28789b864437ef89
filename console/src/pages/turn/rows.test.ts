/**
 * Goal: the waterfall shows what happened, whatever happened: nothing before time 0, in order, every attempt, and a sentence
 * that says what came of it. Method: items written by hand, and any items at all.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Detail, type Entry, type EntryOf, said } from "./rows.ts";
import { summaryOf } from "./summary.ts";
import { rowsOf } from "./turn-rows.ts";

const ZERO = Date.UTC(2026, 11, 1, 12);
const NOW = ZERO + 3_600_000;
const iso = (ms: number) => new Date(ZERO + ms).toISOString();

const conversation = { conversationId: "conv_1", channel: "line", account: "a", kind: "user", peerId: "Uann" } as const;

function event(ms: number, more: Partial<EntryOf<"event">> = {}): EntryOf<"event"> {
  return {
    kind: "event",
    at: iso(ms),
    eventId: `evt_${ms}`,
    platformEventId: "01",
    type: "message",
    state: "accepted",
    turnId: "turn_1",
    sentAt: iso(ms - 20),
    redelivered: false,
    sender: null,
    content: {},
    contentDeleted: false,
    replyToken: null,
    ...more,
  };
}

function turn(more: Partial<EntryOf<"turn">> = {}): EntryOf<"turn"> {
  return {
    kind: "turn",
    at: iso(0),
    turnId: "turn_1",
    state: "done",
    attempt: 1,
    failures: 0,
    reason: null,
    sealedAt: iso(1_000),
    claimedAt: iso(1_010),
    endedAt: iso(1_050),
    discardedAt: null,
    quietMs: 1_000,
    maxWaitMs: 5_000,
    maxEvents: 20,
    dueAt: null,
    firstClaimedAt: iso(1_010),
    fence: 1,
    owner: null,
    leaseExpiresAt: null,
    contentDeleted: false,
    slowReply: null,
    ...more,
  };
}

function delivery(more: Partial<EntryOf<"delivery">> = {}): EntryOf<"delivery"> {
  return {
    kind: "delivery",
    at: iso(1_050),
    deliveryId: "dlv_1",
    turnId: "turn_1",
    words: "answer",
    state: "sent",
    route: "reply",
    messages: [],
    attempts: 1,
    reason: null,
    evidence: "accepted",
    resentBecause: null,
    platformMessageIds: [],
    bundledInto: null,
    stateSince: iso(1_060),
    discardedAt: null,
    dueAt: null,
    deliverBy: null,
    parkedSince: null,
    unknownSince: null,
    routeReason: "own-token",
    contentDeleted: false,
    ...more,
  };
}

function attempt(ms: number, more: Partial<EntryOf<"attempt">> = {}): EntryOf<"attempt"> {
  return {
    kind: "attempt",
    at: iso(ms),
    deliveryId: "dlv_1",
    attempt: 1,
    route: "reply",
    routeReason: null,
    endedAt: iso(ms + 8),
    outcome: "sent",
    reason: null,
    status: 200,
    response: null,
    requestId: "req-1",
    acceptedRequestId: null,
    ...more,
  };
}

function receipt(ms: number, status: EntryOf<"receipt">["status"]): EntryOf<"receipt"> {
  const facts = { deliveryId: "dlv_1", platformMessageId: "m1", status, saidAt: iso(ms), detail: null };
  return { kind: "receipt", at: iso(ms), ...facts };
}

function detailOf(entries: readonly Entry[], state: EntryOf<"turn">["state"] = "done"): Detail {
  const item = {
    kind: "turn",
    id: "turn_1",
    conversation,
    since: iso(0),
    reason: null,
    attempts: 1,
    failures: 0,
    isDiscarded: false,
    dueAt: null,
    why: null,
    advice: { why: "", can: [] },
    state,
    isPartlyAnswered: false,
  } as const;
  return { item, entries };
}

const kindsOf = (detail: Detail) => rowsOf(detail, NOW).rows.map(({ kind }) => kind);
const rowOf = (detail: Detail, id: string) => rowsOf(detail, NOW).rows.find((row) => row.id === id);
const sentenceOf = (detail: Detail) => summaryOf(detail, rowsOf(detail, NOW)).outcome.key;

const token = {
  receivedAt: iso(0),
  expiresAt: iso(50_000),
  guaranteedUntil: iso(50_000),
  state: "spent",
  deliveryId: "dlv_1",
} as const;

describe("a turn that was answered at once", () => {
  const detail = detailOf([event(0, { replyToken: token }), turn(), delivery(), attempt(1_051)]);

  test("is told from the event to the call, in order", () => {
    expect(kindsOf(detail)).toEqual(["event", "token", "quiet", "waits", "agent", "delivery", "call"]);
  });

  test("marks when its token was spent, and says that the answer was free", () => {
    expect(rowOf(detail, "evt_0~token")?.marks).toEqual([{ at: ZERO + 1_051, kind: "spent" }]);
    expect(sentenceOf(detail)).toBe("turn.end.sent.reply");
    expect(summaryOf(detail, rowsOf(detail, NOW)).longest?.values).toMatchObject({ part: { key: "turn.row.quiet" } });
  });

  test("begins at its first event, also where the platform's clock is behind", () => {
    expect(rowOf(detail, "evt_0")).toMatchObject({ startAt: ZERO, label: { values: { lag: { ms: 20 } } } });
  });
});

test("copies of an event are marks on its row, with their count", () => {
  const copy = { at: iso(40), redelivered: true, tokenRefreshed: false };
  const copies = { count: 2, newest: [copy, copy], knownSince: iso(-1_000) };
  const row = rowOf(detailOf([event(0, { copies }), turn()]), "evt_0");
  expect(row?.label).toMatchObject({ key: "turn.event.copies", values: { times: { count: 3 } } });
  expect(row?.marks.map(({ kind }) => kind)).toEqual(["copy", "copy"]);
});

test("a repeat that finds its token used is the proof of the call before, and no failure", () => {
  const detail = detailOf([
    event(0),
    turn(),
    delivery({ attempts: 2, evidence: "token-consumed", unknownSince: iso(1_060), stateSince: iso(2_070) }),
    attempt(1_051, { outcome: "unknown", status: 500 }),
    attempt(2_060, { attempt: 2, outcome: "token-invalid", status: 400, reason: "Invalid reply token" }),
  ]);
  expect(rowOf(detail, "dlv_1~1")).toMatchObject({ tone: "warn" });
  expect(rowOf(detail, "dlv_1~2")).toMatchObject({ tone: "good", said: said("Invalid reply token") });
  expect(rowOf(detail, "dlv_1~unknown")).toMatchObject({ startAt: ZERO + 1_060, endAt: ZERO + 2_070, isOpen: false });
  expect(sentenceOf(detail)).toBe("turn.end.sent.tokenConsumed");
});

test("a call whose outcome only a receipt told proves nothing by itself", () => {
  const sent = delivery({ evidence: "receipt: delivered", unknownSince: iso(1_060), stateSince: iso(2_000) });
  const detail = detailOf([
    event(0),
    turn(),
    sent,
    attempt(1_051, { outcome: "unknown", status: null, endedAt: null }),
  ]);
  expect(rowOf(detail, "dlv_1~1")).toMatchObject({ tone: "warn", isOpen: false, label: { key: "turn.call.silent" } });
  expect(sentenceOf(detail)).toBe("turn.end.sent.receipt");
});

test.each([
  ["parked", { state: "parked", parkedSince: iso(1_060) }, "turn.end.parked", "dlv_1~parked"],
  ["held", { state: "unknown", unknownSince: iso(1_060) }, "turn.end.held", "dlv_1~held"],
  [
    "unknown",
    { state: "unknown", unknownSince: iso(1_060), dueAt: iso(9_000_000) },
    "turn.end.unknown",
    "dlv_1~unknown",
  ],
] as const)("an answer that is %s goes on until now, and the sentence says so", (_name, more, sentence, id) => {
  const detail = detailOf([event(0), turn(), delivery({ ...more, reason: "why" }), attempt(1_051)]);
  expect(rowOf(detail, id)).toMatchObject({ endAt: NOW, isOpen: true, said: said("why") });
  expect(sentenceOf(detail)).toBe(sentence);
});

test("equal receipts are one row with their count", () => {
  const receipts = [receipt(2_000, "delivered"), receipt(2_100, "delivered"), receipt(3_000, "read")];
  const detail = detailOf([event(0), turn(), delivery(), attempt(1_051), ...receipts]);
  expect(rowOf(detail, "dlv_1~delivered")?.label.values).toMatchObject({ times: { count: 2 } });
  expect(rowOf(detail, "dlv_1~read")?.label.values).toMatchObject({ times: { count: 1 } });
});

test("an agent that is tried again has its earlier tries, the failed one and the back-off", () => {
  const again = {
    state: "ready",
    attempt: 2,
    failures: 2,
    endedAt: null,
    claimedAt: iso(5_000),
    dueAt: iso(9_000),
  } as const;
  const detail = detailOf([event(0), turn(again)], "ready");
  expect(kindsOf(detail)).toEqual(["event", "quiet", "waits", "earlier", "agent", "backOff"]);
  expect(rowOf(detail, "agent")).toMatchObject({ tone: "bad" });
  expect(sentenceOf(detail)).toBe("turn.end.turn.ready");
});

const moments = fc.integer({ min: -5_000, max: 5_000_000 });
const maybe = fc.option(moments).map((ms) => (ms === null ? null : iso(ms)));

const anyTurn = fc
  .record({ sealedAt: maybe, claimedAt: maybe, firstClaimedAt: maybe, endedAt: maybe, dueAt: maybe })
  .chain((more) =>
    fc.constantFrom("collecting", "ready", "leased", "done", "dead").map((state) => turn({ ...more, state })),
  );
const anyDelivery = fc
  .record({ parkedSince: maybe, unknownSince: maybe, dueAt: maybe, stateSince: moments.map(iso), at: moments.map(iso) })
  .chain((more) =>
    fc
      .constantFrom("pending", "sending", "unknown", "parked", "dead", "sent")
      .map((state) => delivery({ ...more, state })),
  );
const anyAttempts = fc
  .array(fc.record({ ms: moments, endedAt: maybe }), { maxLength: 6 })
  .map((all) => all.map(({ ms, endedAt }, index) => attempt(ms, { attempt: index + 1, endedAt })));
const anyDetail = fc
  .tuple(
    fc.uniqueArray(moments, { maxLength: 4 }),
    anyTurn,
    anyDelivery,
    anyAttempts,
    fc.array(moments, { maxLength: 3 }),
  )
  .map(([events, oneTurn, oneDelivery, attempts, receipts]) =>
    detailOf([
      ...events.map((ms) => event(ms)),
      oneTurn,
      oneDelivery,
      ...attempts,
      ...receipts.map((ms) => receipt(ms, "delivered")),
    ]),
  );

describe("whatever happened", () => {
  test("no row begins before time 0, or ends before it begins, and each has an id of its own", () => {
    fc.assert(
      fc.property(anyDetail, (detail) => {
        const { rows, zeroAt } = rowsOf(detail, NOW);
        for (const { startAt, endAt, marks } of rows) {
          expect(startAt).toBeGreaterThanOrEqual(zeroAt);
          expect(endAt).toBeGreaterThanOrEqual(startAt);
          for (const mark of marks) expect(mark.at).toBeGreaterThanOrEqual(zeroAt);
        }
        expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
      }),
    );
  });

  test("rows are in order of time, and so are those that belong to one of them", () => {
    fc.assert(
      fc.property(anyDetail, (detail) => {
        let parentAt = 0;
        let childAt = 0;
        for (const { depth, startAt } of rowsOf(detail, NOW).rows) {
          expect(startAt).toBeGreaterThanOrEqual(depth === 0 ? parentAt : childAt);
          if (depth === 0) parentAt = startAt;
          childAt = depth === 0 ? 0 : startAt;
        }
      }),
    );
  });

  test("every attempt has its row, and there is a sentence", () => {
    fc.assert(
      fc.property(anyDetail, (detail) => {
        const calls = rowsOf(detail, NOW).rows.filter(({ kind }) => kind === "call");
        expect(calls).toHaveLength(detail.entries.filter(({ kind }) => kind === "attempt").length);
        expect(sentenceOf(detail)).toMatch(/^turn\.end\./);
      }),
    );
  });
});

describe("a time in which no agent had the turn is told as what it was", () => {
  const lengthOf = (detail: Detail, kind: string) => {
    const row = rowsOf(detail, NOW).rows.find((one) => one.kind === kind);
    return row === undefined ? null : row.endAt - row.startAt;
  };
  const sealedAt = (ms: number) =>
    detailOf([event(0), turn({ sealedAt: iso(ms), firstClaimedAt: iso(ms), claimedAt: iso(ms) })]);

  test("as late from its most on, where it was sealed later, and as quiet before that", () => {
    expect(lengthOf(sealedAt(9_000), "quiet")).toBe(5_000);
    expect(lengthOf(sealedAt(9_000), "late")).toBe(4_000);
  });

  test("as quiet alone where it waited as long as it may", () => {
    expect(lengthOf(sealedAt(5_000), "quiet")).toBe(5_000);
    expect(lengthOf(sealedAt(5_000), "late")).toBeNull();
  });

  const replayedFrom = (from: "dead" | "ready") => {
    const again = turn({ firstClaimedAt: iso(61_000), claimedAt: iso(61_000), endedAt: iso(61_100) });
    const replay = {
      kind: "action",
      at: iso(60_000),
      actionId: "one",
      action: "replay",
      item: "turn",
      id: "turn_1",
    } as const;
    return detailOf([event(0), again, { ...replay, actor: "ann", conversationId: "conv_1", from, to: "ready" }]);
  };

  test("as dead until an operator replayed it, and that is the longest part", () => {
    const detail = replayedFrom("dead");
    expect(lengthOf(detail, "dead")).toBe(59_000);
    expect(summaryOf(detail, rowsOf(detail, NOW)).longest?.values.part).toEqual({ kind: "key", key: "turn.row.dead" });
  });

  test("and not as dead where it only waited for its next try", () => {
    expect(lengthOf(replayedFrom("ready"), "dead")).toBeNull();
  });
});

describe("a reply token", () => {
  const labelAfter = (...outcomes: readonly EntryOf<"attempt">["outcome"][]) => {
    const calls = outcomes.map((outcome, index) => attempt(1_051 + index, { attempt: index + 1, outcome }));
    return rowOf(detailOf([event(0, { replyToken: token }), turn(), delivery(), ...calls]), "evt_0~token")?.label.key;
  };

  test("that the platform didn't take was refused, and not used", () => {
    expect(labelAfter("token-invalid")).toBe("turn.token.refused");
    expect(labelAfter("sent")).toBe("turn.token.used");
  });

  test("that was refused after a call of unknown outcome may have been used by that one", () => {
    expect(labelAfter("unknown", "token-invalid")).toBe("turn.token.used");
  });
});
