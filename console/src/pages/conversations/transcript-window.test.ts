/** Goal: a long transcript is read to both ends, a limited part of it at a time, and nothing that comes moves the part. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { DRAWN_MAX, drawnOf, held, type Place, STEP, stepBack, stepOn } from "./transcript-window.ts";

const groups = (count: number, first = 0) =>
  Array.from({ length: count }, (_, index) => ({ key: `g${first + index}` }));
const keysOf = (all: readonly { key: string }[], place: Place) => {
  const { from, to } = drawnOf(all, place);
  return all.slice(from, to).map(({ key }) => key);
};

test("at the newest the last ones are drawn, and the first when there are no more", () => {
  expect(drawnOf(groups(5), null)).toEqual({ from: 0, to: 5 });
  expect(drawnOf(groups(200), null)).toEqual({ from: 140, to: 200 });
  expect(drawnOf([], null)).toEqual({ from: 0, to: 0 });
});

test("a part that is held stays when newer groups come and when older ones are loaded", () => {
  const known = groups(100, 1_000);
  const place = held(known, drawnOf(known, null));
  const before = keysOf(known, place);
  const more = [...groups(50, 900), ...known, ...groups(20, 2_000)];
  expect(keysOf(more, place)).toEqual(before);
});

test("a step back shows what is loaded afterwards", () => {
  const known = groups(50, 1_000);
  const place = stepBack(known, drawnOf(known, null));
  expect(drawnOf(known, place)).toEqual({ from: 0, to: 50 });
  expect(keysOf([...groups(50, 950), ...known], place).at(0)).toBe(`g${1_000 - STEP}`);
});

test("what is no longer known leads to the newest", () => {
  expect(drawnOf(groups(200), { key: "gone", back: 3 })).toEqual({ from: 140, to: 200 });
});

test("steps lead to either end, past every group, and never draw more than the limit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), (count) => {
      const all = groups(count);
      const seen = new Set<string>();
      let place: Place = null;
      const look = () => {
        const keys = keysOf(all, place);
        expect(keys.length).toBe(Math.min(count, DRAWN_MAX));
        for (const key of keys) seen.add(key);
      };
      look();
      while (drawnOf(all, place).from > 0) {
        place = stepBack(all, drawnOf(all, place));
        look();
      }
      expect(seen.size).toBe(count);
      seen.clear();
      for (let steps = 0; drawnOf(all, place).to < count; steps += 1) {
        look();
        place = stepOn(all, drawnOf(all, place));
        expect(steps).toBeLessThan(count);
      }
      look();
      expect(seen.size).toBe(count);
    }),
  );
});
