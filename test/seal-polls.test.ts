/**
 * Goal: a poll that finds nothing is not made, and turns that become due one after another are sealed together.
 * Method: a whole gateway on a manual clock with long polling intervals; the polls are counted.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";

const QUIET_MS = 1_500;

let whole: AssembledGateway;
let polls: number;

beforeEach(async () => {
  polls = 0;
  whole = assembleGateway({
    answer: ({ text }) => `echo ${text}`,
    settings: { batch: { quietMs: QUIET_MS }, pollMs: 60_000 },
    wrapStore: (store) => ({
      ...store,
      dueTurns: (limit) => {
        polls += 1;
        return store.dueTurns(limit);
      },
    }),
  });
  await whole.start();
  polls = 0;
});
afterEach(() => whole.end());

const says = async (name: string) => {
  await whole.simulator.person(name).says(`hi from ${name}`);
  await whole.clock.settle();
};
const seenBy = (name: string) => whole.simulator.seenBy(name).map(({ text }) => text);

test("a new turn is looked at when it is due, and not before", async () => {
  await says("Uann");
  await whole.clock.advance(QUIET_MS - 1);
  expect(polls).toBe(0);
  await whole.clock.advance(1);
  expect(polls).toBe(1);
  expect(seenBy("Uann")).toEqual(["echo hi from Uann"]);
});

test("what comes due within 50 ms of others is sealed by the next poll", async () => {
  for (const name of ["Uann", "Ubob", "Ucid", "Udot"]) {
    await says(name);
    await whole.clock.advance(10);
  }
  await whole.clock.advance(QUIET_MS - 40);
  expect(polls).toBe(1);
  expect(seenBy("Udot")).toEqual([]);
  await whole.clock.advance(50);
  expect(polls).toBe(2);
  for (const name of ["Ubob", "Ucid", "Udot"]) expect(seenBy(name)).toEqual([`echo hi from ${name}`]);
});

test("a person who writes on is looked at again when that is due", async () => {
  await says("Uann");
  await whole.clock.advance(1_000);
  await says("Uann");
  await whole.clock.advance(QUIET_MS);
  expect(seenBy("Uann")).toEqual(["echo hi from Uann\nhi from Uann"]);
  expect(polls).toBe(2);
});
