/** Goal: the address says which items are shown, and what can't be meant in it is left out. Method: examples, there and back. */
import { expect, test } from "vitest";
import { countNew } from "./count-new.ts";
import { addressOfFilter, narrows, paramsOf, readFilter, statesOf, withStates } from "./filter.ts";

const NOW = Date.UTC(2026, 11, 1, 12);

test("without anything in the address it is what needs a person", () => {
  expect(readFilter({})).toEqual({});
  expect(paramsOf({}, NOW)).toEqual({ state: "dead,unknown" });
  expect(addressOfFilter(readFilter({ state: "unknown,dead" }))).toBe("/needs-you");
  expect(narrows(readFilter({ state: "parked" }))).toBe(false);
});

test("every filter goes from the address to the API, and back into an address", () => {
  const search = {
    ...{ state: "parked,dead", kind: "delivery", channel: "line", account: "shop", conversation: "U1" },
    ...{ since: "24h", group: "reason" },
  };
  const filter = readFilter(search);
  expect(filter).toEqual({ ...search, state: "dead,parked" });
  expect(paramsOf(filter, NOW)).toEqual({
    ...{ state: "dead,parked", kind: "delivery", channel: "line", account: "shop", conversation: "U1" },
    since: "2026-11-30T12:00:00.000Z",
  });
  const again = Object.fromEntries(new URLSearchParams(addressOfFilter(filter).split("?")[1]));
  expect(readFilter(again)).toEqual(filter);
  expect(narrows(filter)).toBe(true);
});

test("what can't be meant is left out", () => {
  const search = { state: "alive", kind: "event", channel: "", since: "yesterday", group: "colour", other: "x" };
  expect(readFilter(search)).toEqual({});
  expect(readFilter({ channel: "x".repeat(201), state: ["dead"] })).toEqual({});
});

test("a state is added and taken away, and the last one that is taken away leaves the usual ones", () => {
  const withParked = withStates({}, (state) => state === "parked" || statesOf({}).includes(state));
  expect(withParked).toEqual({ state: "dead,unknown,parked" });
  expect(withStates(withParked, () => false)).toEqual({});
});

test("new items are those that aren't in the list yet", () => {
  const items = (...ids: string[]) => ids.map((id) => ({ id }));
  expect(countNew(items("d", "c", "b"), items("b", "a"))).toBe(2);
  expect(countNew(items("b"), items("b", "a"))).toBe(0);
});
