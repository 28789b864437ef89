/**
 * Goal: nothing that may be acted on is left out of a transcript, and what is done or on its way isn't asked for.
 * Method: all states that there can be, beside the gateway's own advice.
 */
import { expect, test } from "vitest";
import { adviceOf } from "../../../src/core/advice.ts";
import { DELIVERY_STATES } from "../../../src/core/delivery.ts";
import type { Subject } from "../../../src/core/operator-action.ts";
import { TURN_STATES } from "../../../src/core/turn.ts";
import { LISTED_AFTER } from "../../../src/core/waiting.ts";
import { candidateOf, type Entry } from "./operable.ts";

const BOTH = [false, true];
const TIME = "2026-12-01T00:00:00.000Z";

function* turns(): Generator<readonly [Subject, Entry]> {
  for (const state of TURN_STATES)
    for (const failures of [0, LISTED_AFTER])
      for (const isDiscarded of BOTH)
        for (const isPartlyAnswered of BOTH)
          yield [
            { kind: "turn", state, isDiscarded, isPartlyAnswered, isFailing: failures >= LISTED_AFTER },
            { kind: "turn", turnId: "turn_1", state, failures, discardedAt: isDiscarded ? TIME : null } as Entry,
          ];
}

function* deliveries(): Generator<readonly [Subject, Entry]> {
  for (const state of DELIVERY_STATES)
    for (const isDiscarded of BOTH)
      for (const isDue of BOTH)
        for (const mayHaveArrived of BOTH)
          for (const waitsForAccount of BOTH)
            for (const isFailing of BOTH)
              yield [
                {
                  ...{ kind: "delivery", state, isDiscarded, mayHaveArrived, isDue, bundledInto: null },
                  ...{ isFailing, waitsForAccount },
                },
                {
                  ...{ kind: "delivery", deliveryId: "dlv_1", state, bundledInto: null, attempts: isFailing ? 2 : 0 },
                  ...{ discardedAt: isDiscarded ? TIME : null, dueAt: isDue ? TIME : null },
                } as Entry,
              ];
}

test("all that the gateway has an action for is a candidate", () => {
  const all = [...turns(), ...deliveries()];
  const operable = all.filter(([subject]) => adviceOf(subject, null).can.length > 0);
  expect(operable.length).toBeGreaterThan(20);
  expect(operable.filter(([, entry]) => candidateOf(entry) === null)).toEqual([]);
});

test("what is done, on its way or discarded is none, nor what is neither turn nor delivery", () => {
  const kept = [...turns(), ...deliveries()].filter(([, entry]) => candidateOf(entry) !== null);
  const states = new Set(kept.map(([{ state }]) => state));
  expect([...states].toSorted()).toEqual(["dead", "leased", "parked", "pending", "ready", "unknown"]);
  expect(kept.filter(([{ isDiscarded }]) => isDiscarded)).toEqual([]);
  expect(candidateOf({ kind: "receipt" } as Entry)).toBeNull();
});

test("it is asked for again when what decides has changed", () => {
  const versions = [...deliveries()].flatMap(([, entry]) => candidateOf(entry)?.version ?? []);
  // Four states, tried or not, due or not.
  expect(new Set(versions).size).toBe(16);
});
