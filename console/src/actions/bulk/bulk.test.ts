/**
 * Goal: what is confirmed is sent, once and to nobody else; Stop, Undo and a lost answer do what they promise.
 * Method: the table of states and events, pair by pair; runs of events in any order, with fast-check.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Item } from "../order.ts";
import {
  AT_ONCE_MAX,
  type Bulk,
  type BulkEvent,
  count,
  type Entry,
  NONE,
  type Outcome,
  reportOf,
  step,
} from "./bulk.ts";
import { acting, type Frozen, freeze } from "./frozen.ts";

const DONE: Outcome = { kind: "done" };
const LOST: Outcome = { kind: "failed", failure: new Error("no answer"), concernsAll: true };
const BROKEN: Outcome = { kind: "failed", failure: new Error("status 500"), concernsAll: false };

/** Newest first, the first `forced` of them only with force. */
function itemsOf(amount: number, action: string, forced = 0): readonly Item[] {
  return Array.from({ length: amount }, (_, index) => ({
    ...{ id: `dlv_${index}`, kind: "delivery", state: "dead", since: new Date(1e12 - index * 1_000).toISOString() },
    conversation: { channel: "line" },
    advice: { why: "", can: [{ action, effect: "", needsForce: index < forced }] },
  })) as unknown as Item[];
}

function frozenOf(amount: number, action: "replay" | "discard" | "resend" = "replay", forced = 0): Frozen {
  let made = 0;
  return freeze(action, itemsOf(amount, action, forced), () => {
    made += 1;
    return `action-${made}`;
  });
}

/** A machine with the world around it: what was sent, and what of it isn't answered yet. */
function machine() {
  let bulk: Bulk = NONE;
  const sent: Entry[] = [];
  const inFlight: string[] = [];
  return {
    sent,
    inFlight,
    get bulk() {
      return bulk;
    },
    on(event: BulkEvent) {
      const next = step(bulk, event);
      bulk = next.bulk;
      sent.push(...next.send);
      inFlight.push(...next.send.map(({ actionId }) => actionId));
      return this;
    },
    /** The answer to one of those in flight. */
    answer(outcome: Outcome = DONE, which = 0) {
      const [actionId] = inFlight.splice(which, 1);
      return actionId === undefined ? this : this.on({ kind: "answered", actionId, outcome });
    },
  };
}

const CONFIRM: BulkEvent = { kind: "confirm", typed: "", at: 0 };
const confirmed = (frozen: Frozen, typed = "") =>
  machine().on({ kind: "ask", frozen }).on({ kind: "confirm", typed, at: 0 });

const STATES: Readonly<Record<Bulk["kind"], () => ReturnType<typeof machine>>> = {
  none: () => machine(),
  asked: () => machine().on({ kind: "ask", frozen: frozenOf(2) }),
  kept: () => confirmed(frozenOf(2, "discard")),
  sending: () => confirmed(frozenOf(6)),
  stopping: () => confirmed(frozenOf(6)).on({ kind: "stop" }),
  ended: () => {
    const stopped = confirmed(frozenOf(6)).on({ kind: "stop" });
    for (const _ of Array.from({ length: AT_ONCE_MAX })) stopped.answer();
    return stopped;
  },
};

const EVENTS: Readonly<Record<BulkEvent["kind"], (of: ReturnType<typeof machine>) => BulkEvent>> = {
  ask: () => ({ kind: "ask", frozen: frozenOf(1) }),
  choose: () => ({ kind: "choose", withForce: true }),
  confirm: () => CONFIRM,
  cancel: () => ({ kind: "cancel" }),
  undo: () => ({ kind: "undo" }),
  elapsed: () => ({ kind: "elapsed" }),
  answered: ({ inFlight }) => ({ kind: "answered", actionId: inFlight[0] ?? "action-1", outcome: DONE }),
  stop: () => ({ kind: "stop" }),
  goOn: () => ({ kind: "goOn" }),
  close: () => ({ kind: "close" }),
};

/** Those of the table that lead elsewhere, with one more answer to come where there are several. */
const MOVES: Partial<Record<`${Bulk["kind"]} ${BulkEvent["kind"]}`, Bulk["kind"]>> = {
  "none ask": "asked",
  "asked confirm": "sending",
  "asked cancel": "none",
  "kept undo": "none",
  "kept elapsed": "sending",
  "sending stop": "stopping",
  "ended goOn": "sending",
  "ended close": "none",
};

const kinds = Object.keys(STATES) as Bulk["kind"][];
const events = Object.keys(EVENTS) as BulkEvent["kind"][];

test.each(kinds.flatMap((state) => events.map((event) => [state, event] as const)))("in %s, %s", (state, event) => {
  const before = STATES[state]();
  expect(before.bulk.kind).toBe(state);
  const sentBefore = before.sent.length;
  const after = before.on(EVENTS[event](before));
  expect(after.bulk.kind).toBe(MOVES[`${state} ${event}`] ?? state);
  const begins = after.bulk.kind === "sending" && (state !== "sending" || event === "answered");
  expect(after.sent.length > sentBefore).toBe(begins);
});

test("the last answer ends it, and of a run that was stopped the last of those in flight", () => {
  const whole = confirmed(frozenOf(2));
  expect(whole.answer().bulk.kind).toBe("sending");
  expect(whole.answer().bulk.kind).toBe("ended");
  const stopped = confirmed(frozenOf(9)).on({ kind: "stop" });
  for (const left of [3, 2, 1])
    expect([stopped.answer().bulk.kind, stopped.inFlight.length]).toEqual(["stopping", left]);
  expect(stopped.answer().bulk.kind).toBe("ended");
  expect(stopped.sent).toHaveLength(AT_ONCE_MAX);
});

test("what needs force is sent only when that was chosen, and then with it", () => {
  const without = confirmed(frozenOf(3, "replay", 2));
  expect(without.sent.map(({ id, force }) => [id, force])).toEqual([["dlv_2", false]]);
  const withForce = machine()
    .on({ kind: "ask", frozen: frozenOf(3, "replay", 2) })
    .on({ kind: "choose", withForce: true })
    .on(CONFIRM);
  expect(withForce.sent.map(({ id, force }) => [id, force])).toEqual([
    ["dlv_2", false],
    ["dlv_1", true],
    ["dlv_0", true],
  ]);
  expect(confirmed(frozenOf(2, "replay", 2)).bulk.kind).toBe("asked");
});

test("of more than ten the number is typed before they are resent or discarded", () => {
  for (const action of ["resend", "discard"] as const) {
    for (const typed of ["", "10", "1 1", "eleven"])
      expect(confirmed(frozenOf(11, action), typed).bulk.kind).toBe("asked");
    expect(confirmed(frozenOf(11, action), " 11 ").bulk.kind).not.toBe("asked");
    expect(confirmed(frozenOf(10, action)).bulk.kind).not.toBe("asked");
  }
  expect(confirmed(frozenOf(11, "replay")).bulk.kind).toBe("sending");
});

test("what is final leaves nothing before its time is up, and nothing at all when it is undone", () => {
  const kept = confirmed(frozenOf(3, "discard"));
  expect([kept.bulk.kind, kept.sent]).toEqual(["kept", []]);
  expect(confirmed(frozenOf(3, "discard")).on({ kind: "undo" }).on({ kind: "elapsed" }).sent).toEqual([]);
  expect(kept.on({ kind: "elapsed" }).sent).toHaveLength(3);
});

test("a gateway that can't be reached ends the run, and going on repeats what was lost under the same ids", () => {
  const run = confirmed(frozenOf(6));
  run.answer(DONE).answer(LOST).answer(LOST).answer(LOST).answer(DONE);
  expect(run.bulk.kind).toBe("ended");
  expect(run.sent).toHaveLength(5);
  const lost = run.sent.slice(1, 4).map(({ actionId }) => actionId);
  run.on({ kind: "goOn" });
  expect(run.sent.slice(5).map(({ actionId }) => actionId)).toEqual([...lost, "action-6"]);
  for (const _ of [1, 2, 3, 4]) run.answer({ kind: "repeated" });
  expect(run.bulk).toMatchObject({ kind: "ended", run: { entries: [{ state: DONE }, {}, {}, {}, {}, {}] } });
});

test("an item that fails by itself doesn't keep the others", () => {
  const run = confirmed(frozenOf(6));
  run.answer(BROKEN);
  expect([run.bulk.kind, run.sent.length]).toEqual(["sending", 5]);
});

test("the report has ids and outcomes", () => {
  const run = confirmed(frozenOf(6)).answer().answer({ kind: "refused", why: "discarded" }).on({ kind: "stop" });
  run.answer({ kind: "gone" }).answer(BROKEN).answer().answer();
  if (run.bulk.kind !== "ended") throw new Error(run.bulk.kind);
  expect(reportOf(run.bulk.run)).toEqual({
    action: "replay",
    items: [
      { id: "dlv_5", actionId: "action-1", outcome: "done" },
      { id: "dlv_4", actionId: "action-2", outcome: "refused", why: "discarded" },
      { id: "dlv_3", actionId: "action-3", outcome: "gone" },
      { id: "dlv_2", actionId: "action-4", outcome: "failed" },
      { id: "dlv_1", actionId: "action-5", outcome: "done" },
      { id: "dlv_0", actionId: "action-6", outcome: "done" },
    ],
  });
});

const outcomes = fc.constantFrom<Outcome>(
  DONE,
  { kind: "repeated" },
  { kind: "refused", why: "wrong-state" },
  { kind: "gone" },
  LOST,
  BROKEN,
);
type Happens = BulkEvent | { readonly kind: "answer"; readonly outcome: Outcome; readonly which: number };
const happens: fc.Arbitrary<Happens> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("answer" as const), outcome: outcomes, which: fc.nat(9) }) },
  fc.constantFrom<BulkEvent>(
    { kind: "stop" },
    { kind: "goOn" },
    { kind: "elapsed" },
    { kind: "choose", withForce: true },
  ),
  fc.constantFrom<BulkEvent>({ kind: "cancel" }, { kind: "undo" }, CONFIRM),
  fc.record({
    kind: fc.constant("answered" as const),
    actionId: fc.constantFrom("action-1", "other"),
    outcome: outcomes,
  }),
);

describe("whatever happens, in whatever order", () => {
  const cases = {
    amount: fc.integer({ min: 1, max: 30 }),
    forced: fc.nat(5),
    action: fc.constantFrom("replay" as const, "discard" as const),
    story: fc.array(happens, { maxLength: 120 }),
  };

  /** Calls `check` after each thing that happened. */
  const always = (check: (run: ReturnType<typeof machine>, frozen: Frozen, event: Happens) => void) =>
    fc.assert(
      fc.property(fc.record(cases), ({ amount, forced, action, story }) => {
        const frozen = frozenOf(amount, action, forced);
        const run = machine().on({ kind: "ask", frozen });
        for (const event of [{ kind: "confirm", typed: String(amount), at: 0 } as const, ...story]) {
          if (event.kind === "answer") run.answer(event.outcome, event.which % Math.max(1, run.inFlight.length));
          // An answer that nobody waits for: of a run that is over.
          else if (event.kind !== "answered" || !run.inFlight.includes(event.actionId)) run.on(event);
          check(run, frozen, event);
        }
      }),
    );

  test("no id is sent under two action ids, and none again before its answer has failed", () => {
    always(({ sent, bulk }) => {
      const under = Map.groupBy(sent, ({ id }) => id);
      for (const group of under.values()) expect(new Set(group.map(({ actionId }) => actionId)).size).toBe(1);
      if (!("run" in bulk)) return;
      const once = bulk.run.entries.filter(({ state }) => state.kind === "done" || state.kind === "refused");
      for (const { id } of once) expect(under.has(id)).toBe(true);
    });
  });

  test("only what was frozen is sent, oldest first, and what can't be isn't", () => {
    always(({ sent, bulk }, frozen) => {
      const may = acting(frozen, true).map(({ item }) => item.id);
      const first = [...new Set(sent.map(({ id }) => id))];
      expect(first).toEqual(may.filter((id) => first.includes(id)));
      if ("run" in bulk) expect(bulk.run.entries.every(({ id }) => may.includes(id))).toBe(true);
    });
  });

  test("never more than four are in flight, and after Stop nothing is sent until it goes on", () => {
    let sentAtStop: number | null = null;
    always(({ sent, inFlight, bulk }, _, event) => {
      expect(inFlight.length).toBeLessThanOrEqual(AT_ONCE_MAX);
      if (bulk.kind === "sending" || bulk.kind === "stopping") expect(count(bulk.run, "sending")).toBe(inFlight.length);
      if (bulk.kind === "sending") expect(inFlight.length).toBeGreaterThan(0);
      if (event.kind === "confirm" || event.kind === "goOn") sentAtStop = null;
      if (bulk.kind === "stopping") sentAtStop ??= sent.length;
      if (sentAtStop !== null) expect(sent).toHaveLength(sentAtStop);
    });
  });

  test("the ids of a run never change", () => {
    let before: string | null = null;
    always(({ bulk }, _, event) => {
      const ids = "run" in bulk ? bulk.run.entries.map(({ id, actionId }) => `${id} ${actionId}`).join() : null;
      if (event.kind !== "confirm" && before !== null && ids !== null) expect(ids).toBe(before);
      before = ids;
    });
  });
});
