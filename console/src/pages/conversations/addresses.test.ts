/** Goal: an address says the same list everywhere, and nothing strange. Method: addresses, there and back. */
import { expect, test } from "vitest";
import { addressOfConversation, addressOfList, filtersIn, viewIn } from "./addresses.ts";

const searchOf = (address: string) => Object.fromEntries(new URL(address, "http://x").searchParams);

test("filters come back from the address as they were", () => {
  const filters = { channel: "line", account: "a&b", kind: "group", state: "dead", q: "Ann ♥" } as const;
  expect(filtersIn(searchOf(addressOfList(filters)))).toEqual(filters);
  const view = { view: "raw", turn: "turn_1" } as const;
  const address = addressOfConversation("cnv_1", { ...filters, ...view });
  expect(new URL(address, "http://x").pathname).toBe("/c/cnv_1");
  expect([filtersIn(searchOf(address)), viewIn(searchOf(address))]).toEqual([filters, view]);
});

test("what is no filter is left out", () => {
  const strange = {
    channel: "",
    kind: "crowd",
    state: "sent",
    q: "  ",
    account: "x".repeat(201),
    view: "2",
    turn: "t".repeat(201),
    next: "/",
  };
  expect([filtersIn(strange), viewIn(strange)]).toEqual([{}, {}]);
  expect([addressOfList({}), addressOfConversation("a/b", {})]).toEqual(["/conversations", "/c/a%2Fb"]);
});
