/**
 * Goal: in every language the console says of an item what the gateway's advice says of it.
 * Method: all items that there can be; two that the gateway tells apart are told apart, and two that it doesn't aren't.
 */
import { expect, test } from "vitest";
import { adviceOf } from "../../../src/core/advice.ts";
import { DELIVERY_STATES } from "../../../src/core/delivery.ts";
import type { Subject } from "../../../src/core/operator-action.ts";
import { TURN_STATES } from "../../../src/core/turn.ts";
import { messages } from "../texts/catalogues/en.ts";
import { effectText, whyText } from "./advice-texts.ts";
import type { Item } from "./order.ts";

const BOTH = [false, true];

function* subjects(): Generator<Subject> {
  for (const isDiscarded of BOTH)
    for (const flag of BOTH) {
      for (const state of TURN_STATES)
        yield { kind: "turn", state, isDiscarded, isPartlyAnswered: flag, isFailing: true };
      for (const state of DELIVERY_STATES)
        for (const isDue of BOTH)
          for (const waitsForAccount of BOTH)
            yield {
              ...{ kind: "delivery", state, isDiscarded, mayHaveArrived: flag, isDue },
              ...{ bundledInto: null, isFailing: true, waitsForAccount },
            };
    }
}

/** As the API shows it, as far as the texts depend on it. */
function itemOf(subject: Subject): Item {
  const dueAt = subject.kind === "delivery" && subject.isDue ? "2026-12-01T00:00:00.000Z" : null;
  return { ...subject, dueAt, advice: adviceOf(subject, null) } as unknown as Item;
}

test("each of the gateway's sentences has one of the console's, and each of those one of the gateway's", () => {
  const pairs = new Set<string>();
  for (const subject of subjects()) {
    const item = itemOf(subject);
    pairs.add(`${item.advice.why}|${whyText(item)}`);
    for (const { action, effect } of item.advice.can) pairs.add(`${effect}|${effectText(item, action)}`);
  }
  const [theirs, ours] = [0, 1].map((side) => [...pairs].map((pair) => pair.split("|")[side]));
  expect(new Set(theirs).size).toBe(pairs.size);
  expect(new Set(ours).size).toBe(pairs.size);
  const known = Object.keys(messages).filter((key) => /^act\.(why|effect)\./.test(key));
  expect(new Set(ours)).toEqual(new Set(known));
});
