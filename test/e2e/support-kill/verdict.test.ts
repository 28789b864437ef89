/** Goal: the verdict of the kill test fails where it should: it sees each way in which a screen can be wrong. */
import { expect, test } from "vitest";
import { answerTo, lostInSilence, type Said, verdictOf } from "./verdict.ts";

function says(person: string, count: number, but: Partial<Said> = {}): Said[] {
  return Array.from({ length: count }, (_, index) => ({
    person,
    message: `${person}-${index + 1}`,
    acked: true,
    ackedAtOnce: true,
    ...but,
  }));
}

function judged(said: readonly Said[], screen: readonly string[]) {
  return verdictOf(said, new Map([[said[0]?.person ?? "", screen]]));
}

const RIGHT = { lost: [], doubled: [], disordered: [], strange: [] };

test("one answer for each message, in order, alone or together, is right", () => {
  expect(judged(says("p1", 3), ["p1-1", "p1-2,p1-3"])).toEqual({ acked: 3, answered: 3, ...RIGHT });
});

test("an acked message without an answer is lost, and one that was not acked is not", () => {
  expect(judged(says("p1", 2), ["p1-1"])).toEqual({ acked: 2, answered: 1, ...RIGHT, lost: ["p1-2"] });
  const unheard = says("p1", 1, { acked: false, ackedAtOnce: false });
  expect(judged(unheard, [])).toEqual({ acked: 0, answered: 0, ...RIGHT });
  expect(judged(unheard, ["p1-1"])).toEqual({ acked: 0, answered: 0, ...RIGHT });
});

test("the same bubble twice is doubled, and so is a message in two answers, acked or not", () => {
  expect(judged(says("p1", 1), ["p1-1", "p1-1"]).doubled).toEqual(["p1-1", "p1-1"]);
  expect(judged(says("p1", 2), ["p1-1", "p1-1,p1-2"]).doubled).toEqual(["p1-1"]);
  expect(judged(says("p1", 1, { acked: false }), ["p1-1", "p1-1"]).doubled).toContain("p1-1");
});

test("a later message may not be answered first, unless the earlier one was only acked later", () => {
  expect(judged(says("p1", 2), ["p1-2", "p1-1"]).disordered).toEqual(["p1-2 is answered before p1-1"]);
  expect(judged(says("p1", 2), ["p1-2,p1-1"]).disordered).toEqual(["p1-2,p1-1 is out of order"]);
  const [first, ...rest] = says("p1", 2);
  const late = first === undefined ? rest : [{ ...first, ackedAtOnce: false }, ...rest];
  expect(judged(late, ["p1-2", "p1-1"])).toEqual({ acked: 2, answered: 2, ...RIGHT });
});

test("a lengthy answer must be whole, in order, and there once", () => {
  const parts = answerTo(["t1-1"]);
  expect(parts).toHaveLength(7);
  const swapped = [...parts.slice(0, 5), ...parts.slice(6), ...parts.slice(5, 6)];
  expect(judged(says("t1", 1), parts)).toEqual({ acked: 1, answered: 1, ...RIGHT });
  expect(judged(says("t1", 1), parts.slice(0, 6)).lost).toEqual(["t1-1 (7/7)"]);
  expect(judged(says("t1", 1), parts.slice(1)).lost).toEqual(["t1-1", "t1-1 (1/7)"]);
  expect(judged(says("t1", 1), [...parts, ...parts.slice(6)]).doubled).toEqual(["t1-1 (7/7)"]);
  expect(judged(says("t1", 1), swapped).disordered).toEqual(["t1-1 (6/7) is out of order"]);
});

test("somebody else's answer is strange", () => {
  expect(judged(says("p1", 1), ["p1-1", "p2-1"]).strange).toEqual(["p2-1"]);
});

test("what an unknown delivery says is not lost in silence, and everything else that is missing is", () => {
  const lost = ["p1-2", "t1-1 (6/7)", "t1-1 (7/7)"];
  expect(lostInSilence(lost, ["p1-1,p1-2", "t1-1 (6/7)"])).toEqual(["t1-1 (7/7)"]);
  expect(lostInSilence(lost, [])).toEqual(lost);
  expect(lostInSilence(["t1-1", "t1-1 (1/7)"], ["t1-1 (1/7)"])).toEqual([]);
});
