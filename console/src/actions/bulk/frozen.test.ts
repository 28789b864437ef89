/**
 * Goal: the dialog tells of the frozen items what the gateway would answer to each.
 * Method: all items that there can be, beside the gateway's own verdict; examples of order and counts.
 */
import { expect, test } from "vitest";
import { adviceOf } from "../../../../src/core/advice.ts";
import { DELIVERY_STATES } from "../../../../src/core/delivery.ts";
import { assess, ITEM_ACTIONS, type Subject } from "../../../../src/core/operator-action.ts";
import { TURN_STATES } from "../../../../src/core/turn.ts";
import type { Item } from "../order.ts";
import { acting, freeze, planOf, whyNever } from "./frozen.ts";

const BOTH = [false, true];

function* subjects(): Generator<Subject> {
  for (const isDiscarded of BOTH)
    for (const isFailing of BOTH)
      for (const flag of BOTH) {
        for (const state of TURN_STATES) yield { kind: "turn", state, isDiscarded, isPartlyAnswered: flag, isFailing };
        for (const state of DELIVERY_STATES)
          for (const isDue of BOTH)
            for (const bundledInto of [null, "dlv_0"])
              for (const waitsForAccount of BOTH)
                yield {
                  ...{ kind: "delivery", state, isDiscarded, mayHaveArrived: flag, isDue },
                  ...{ bundledInto, isFailing, waitsForAccount },
                };
      }
}

function itemOf(subject: Subject, id = "dlv_1", since = "2026-12-01T00:00:00.000Z"): Item {
  const dueAt = subject.kind === "delivery" && subject.isDue ? "2026-12-01T00:00:00.000Z" : null;
  const facts = { id, since, dueAt, conversation: { channel: "line" }, advice: adviceOf(subject, null) };
  return { ...subject, ...facts } as unknown as Item;
}

test("why an action can't be done is what the gateway would say", () => {
  let compared = 0;
  for (const subject of subjects())
    for (const action of ITEM_ACTIONS) {
      const verdict = assess(subject, action, true);
      if (verdict.kind === "allowed") continue;
      // Both are true of one that is on its way in a bundle.
      const isBoth = subject.kind === "delivery" && subject.state === "pending" && subject.bundledInto !== null;
      const allowed = isBoth && !subject.isDiscarded ? [verdict.why, "bundled-into-another"] : [verdict.why];
      expect(allowed, JSON.stringify({ subject, action })).toContain(whyNever(itemOf(subject), action));
      compared += 1;
    }
  expect(compared).toBeGreaterThan(500);
});

const DEAD = {
  ...{ kind: "delivery", state: "dead", isDiscarded: false, mayHaveArrived: false, isDue: false },
  ...{ bundledInto: null, isFailing: false, waitsForAccount: false },
} as const satisfies Subject;
const PARTLY = {
  ...{ kind: "turn", state: "dead", isDiscarded: false, isPartlyAnswered: true, isFailing: true },
} as const satisfies Subject;

const at = (minute: number) => new Date(Date.UTC(2026, 11, 1, 0, minute)).toISOString();

test("what is frozen is in order of age, each once with an id of its own, and what came later changes nothing", () => {
  const listed = [itemOf(DEAD, "dlv_c", at(3)), itemOf(DEAD, "dlv_a", at(1)), itemOf(DEAD, "dlv_b", at(2))];
  const again = itemOf(DEAD, "dlv_a", at(1));
  const given = [...listed, again];
  let made = 0;
  const frozen = freeze("replay", given, () => {
    made += 1;
    return `id-${made}`;
  });
  given.length = 0;
  expect(frozen.items.map(({ item, actionId }) => [item.id, actionId])).toEqual([
    ["dlv_a", "id-1"],
    ["dlv_b", "id-2"],
    ["dlv_c", "id-3"],
  ]);
});

test("the plan counts by state and platform, tells effects apart, and lists what needs force and what can't be", () => {
  const items = [
    itemOf(DEAD, "dlv_1", at(4)),
    itemOf(DEAD, "dlv_2", at(3)),
    itemOf(PARTLY, "turn_1", at(2)),
    itemOf({ ...DEAD, state: "unknown", mayHaveArrived: true }, "dlv_3", at(1)),
  ];
  const frozen = freeze("replay", items, () => "id");
  const plan = planOf(frozen, false);
  expect(plan.counts).toEqual([
    { kind: "delivery", state: "unknown", channel: "line", count: 1 },
    { kind: "turn", state: "dead", channel: "line", count: 1 },
    { kind: "delivery", state: "dead", channel: "line", count: 2 },
  ]);
  expect(plan.effects).toEqual([{ text: "act.effect.replayDelivery", count: 2 }]);
  expect(plan.forced.map(({ item }) => item.id)).toEqual(["turn_1"]);
  expect(plan.never.map(({ why, items: group }) => [why, group.map(({ item }) => item.id)])).toEqual([
    ["wrong-state", ["dlv_3"]],
  ]);
  expect(planOf(frozen, true).effects).toEqual([
    { text: "act.effect.replayPartly", count: 1 },
    { text: "act.effect.replayDelivery", count: 2 },
  ]);
  expect([acting(frozen, false).length, acting(frozen, true).length]).toEqual([2, 3]);
});
