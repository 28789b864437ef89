/**
 * Goal: an action moves a row only along the state machines of `turn.ts` and `delivery.ts`, and never makes a second copy
 * without a person's word. Method: every state, every fact about the row and every action.
 */
import { describe, expect, test } from "vitest";
import { adviceOf, REFUSAL_MESSAGES } from "./advice.ts";
import { canMove as canDeliveryMove, DELIVERY_STATES } from "./delivery.ts";
import { assess, DELIVERY_MOVES, ITEM_ACTIONS, REFUSALS, type Subject, TURN_MOVES } from "./operator-action.ts";
import { canMove as canTurnMove, TURN_STATES } from "./turn.ts";

const BOTH = [false, true];

const SUBJECTS: readonly Subject[] = [
  ...TURN_STATES.flatMap((state) =>
    BOTH.flatMap((isDiscarded) =>
      BOTH.flatMap((isPartlyAnswered) =>
        BOTH.map((isFailing) => ({ kind: "turn" as const, state, isDiscarded, isPartlyAnswered, isFailing })),
      ),
    ),
  ),
  ...DELIVERY_STATES.flatMap((state) =>
    BOTH.flatMap((isDiscarded) =>
      BOTH.flatMap((mayHaveArrived) =>
        BOTH.flatMap((isDue) =>
          [null, "dlv_carrier"].flatMap((bundledInto) =>
            BOTH.flatMap((isFailing) =>
              BOTH.map((waitsForAccount) => ({
                kind: "delivery" as const,
                state,
                isDiscarded,
                mayHaveArrived,
                isDue,
                bundledInto,
                isFailing,
                waitsForAccount,
              })),
            ),
          ),
        ),
      ),
    ),
  ),
];

describe("the tables", () => {
  test.each(ITEM_ACTIONS)("%s follows the state machines, or marks what is dead", (action) => {
    for (const [from, to] of Object.entries(TURN_MOVES[action])) {
      expect(from === to || canTurnMove(from as "dead", to)).toBe(true);
    }
    for (const [from, to] of Object.entries(DELIVERY_MOVES[action])) {
      expect(from === to || canDeliveryMove(from as "dead", to)).toBe(true);
    }
  });
});

describe("assess", () => {
  test("allows nothing to what was discarded, and nothing to what is bundled into another", () => {
    for (const subject of SUBJECTS) {
      const isOut = subject.isDiscarded || (subject.kind === "delivery" && subject.bundledInto !== null);
      if (!isOut) continue;
      for (const action of ITEM_ACTIONS) expect(assess(subject, action, true).kind).toBe("refused");
    }
  });

  test("sends again what may have arrived only by resend, and answers twice only by force", () => {
    for (const subject of SUBJECTS) {
      for (const action of ITEM_ACTIONS) {
        const verdict = assess(subject, action);
        if (verdict.kind === "refused") continue;
        if (subject.kind === "delivery" && verdict.to === "pending" && subject.mayHaveArrived) {
          expect(action === "resend" || subject.state === "parked").toBe(action === "resend");
        }
        if (subject.kind === "turn" && verdict.to === "ready") expect(subject.isPartlyAnswered).toBe(false);
      }
    }
  });
});

describe("advice", () => {
  test("offers exactly what is allowed, says when it needs force, and always says why", () => {
    for (const subject of SUBJECTS) {
      const { why, can } = adviceOf(subject, "because of this");
      expect(why).toMatch(/\.$|\?$/);
      for (const action of ITEM_ACTIONS) {
        const offered = can.find((one) => one.action === action);
        expect(offered !== undefined).toBe(assess(subject, action, true).kind === "allowed");
        if (offered !== undefined) expect(offered.needsForce).toBe(assess(subject, action).kind === "refused");
      }
    }
  });

  test("explains each refusal", () => {
    expect(new Set(Object.keys(REFUSAL_MESSAGES))).toEqual(new Set(REFUSALS));
  });
});
