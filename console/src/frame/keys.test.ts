/** Goal: keys do what the help says, and never take a key from somebody who writes. Method: presses, one after another. */
import { expect, test } from "vitest";
import { type KeyCommand, type PendingKey, type Press, readKey, SECOND_KEY_MS } from "./keys.ts";

const pages = [
  { key: "o", path: "/overview" },
  { key: "l", path: "/log" },
];
const press = (key: string, at = 0, more: Partial<Press> = {}): Press => ({
  key,
  at,
  isTaken: false,
  hasModifier: false,
  ...more,
});

function pressed(presses: readonly Press[], singleKeys = true): readonly KeyCommand[] {
  const commands: KeyCommand[] = [];
  let pending: PendingKey = null;
  for (const one of presses) {
    const read = readKey(pending, one, { singleKeys, pages });
    pending = read.pending;
    if (read.command !== null) commands.push(read.command);
  }
  return commands;
}

test("g and a page's key go there", () => {
  expect(pressed([press("g"), press("l", 300)])).toEqual([{ kind: "go", path: "/log" }]);
  expect(pressed([press("g"), press("g", 10), press("o", 20)])).toEqual([{ kind: "go", path: "/overview" }]);
});

test("a page's key alone, too late, or after another key goes nowhere", () => {
  expect(pressed([press("l")])).toEqual([]);
  expect(pressed([press("g"), press("l", SECOND_KEY_MS + 1)])).toEqual([]);
  expect(pressed([press("g"), press("x", 1), press("l", 2)])).toEqual([]);
});

test("the slash leads to the search and the question mark to the help", () => {
  expect(pressed([press("/"), press("?")])).toEqual([{ kind: "search" }, { kind: "help" }]);
});

test("j and k walk rows, x selects one, e shows it raw, and Esc closes what is on top", () => {
  expect(pressed(["j", "k", "x", "e", "Escape"].map((key) => press(key)))).toEqual([
    { kind: "row", by: 1 },
    { kind: "row", by: -1 },
    { kind: "select" },
    { kind: "raw" },
    { kind: "close" },
  ]);
  expect(pressed([press("constructor"), press("Enter")])).toEqual([]);
});

test("whoever writes, holds a modifier or has single keys off presses nothing of ours", () => {
  expect(pressed([press("?", 0, { isTaken: true }), press("?", 0, { hasModifier: true })])).toEqual([]);
  expect(pressed([press("Escape", 0, { isTaken: true })])).toEqual([]);
  expect(pressed([press("g"), press("o"), press("?"), press("j"), press("x"), press("e")], false)).toEqual([]);
});

test("Esc closes what is on top also without single keys", () => {
  expect(pressed([press("Escape")], false)).toEqual([{ kind: "close" }]);
});
