/** Goal: what is selected is what somebody selected, and nothing else. Method: examples, and pages of a list. */
import { expect, test } from "vitest";
import type { Item } from "../../actions/order.ts";
import { isSelected, MATCHING_MAX, NOTHING, readMatching, type Selection, select, selectedOf } from "./selection.ts";

const items = (...ids: string[]) => ids.map((id) => ({ id })) as unknown as readonly Item[];
const idsOf = (selected: readonly Item[]) => selected.map(({ id }) => id);
const matching = (...ids: string[]): Selection => ({
  kind: "matching",
  items: new Map(items(...ids).map((item) => [item.id, item])),
  at: 0,
  isWhole: true,
  isTouched: false,
});

test("rows are selected and left one by one and all together, and what leaves the list leaves the selection", () => {
  const shown = items("a", "b", "c");
  const two = select(select(NOTHING, items("c"), true), items("a"), true);
  expect(idsOf(selectedOf(two, shown))).toEqual(["a", "c"]);
  expect([isSelected(two, "a"), isSelected(two, "b")]).toEqual([true, false]);
  expect(idsOf(selectedOf(two, items("b", "c")))).toEqual(["c"]);
  expect(idsOf(selectedOf(select(two, shown, true), shown))).toEqual(["a", "b", "c"]);
  expect(idsOf(selectedOf(select(two, shown, false), shown))).toEqual([]);
  expect(idsOf(selectedOf(two, shown))).toEqual(["a", "c"]);
});

test("all that matched stay selected whatever the list shows, but for those that are taken out", () => {
  const all = matching("a", "b", "c");
  expect(idsOf(selectedOf(all, items("z")))).toEqual(["a", "b", "c"]);
  const without = select(all, items("b"), false);
  expect(idsOf(selectedOf(without, []))).toEqual(["a", "c"]);
  expect(idsOf(selectedOf(select(without, items("z"), true), []))).toEqual(["a", "c", "z"]);
  // What was touched is no longer all that matched.
  const isTouched = [all, without, select(all, items("z"), true)].map(
    (one) => one.kind === "matching" && one.isTouched,
  );
  expect(isTouched).toEqual([false, true, true]);
  expect(select(without, items("a", "c"), false)).toBe(NOTHING);
});

test("all pages are read, each item once, and it is told how many there are so far", async () => {
  const pages = [
    { items: items("d", "c"), next: "1" },
    { items: items("c", "b"), next: "2" },
    // A page may be empty without being the last.
    { items: [], next: "3" },
    { items: items("a"), next: null },
  ];
  const asked: (string | undefined)[] = [];
  const told: number[] = [];
  const read = await readMatching(
    async (before) => {
      asked.push(before);
      return pages[Number(before ?? 0)] ?? { items: [], next: null };
    },
    (count) => told.push(count),
  );
  expect([idsOf(read.items), read.isWhole]).toEqual([["d", "c", "b", "a"], true]);
  expect([asked, told]).toEqual([
    [undefined, "1", "2", "3"],
    [2, 3, 3, 4],
  ]);
});

test("of more than can be selected the newest are, and it is said that there are more", async () => {
  let made = 0;
  const read = await readMatching(
    async () => {
      const page = Array.from({ length: 200 }, (_, index) => String(made + index));
      made += 200;
      return { items: items(...page), next: "on" };
    },
    () => undefined,
  );
  expect([read.items.length, read.isWhole, read.items.at(-1)?.id]).toEqual([MATCHING_MAX, false, "9999"]);
});
