/**
 * Goal: for each of the 55 bugs of others that this project collected, a test that would catch it, or the reason why there
 * can't be one yet.
 * Method: the list names tests by file and title; the files are read, so a test that was renamed, removed or switched
 * off is noticed.
 */
import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { REGRESSIONS } from "./support/regressions.ts";
import type { Held } from "./support/regressions-entry.ts";

const COUNT = 55;

/** What is wrong with the claim that such a test is there; null when it is. */
function problemOf(file: string, title: string): string | null {
  const url = new URL(`../${file}`, import.meta.url);
  if (!existsSync(url)) return `${file} is gone`;
  return problemIn(readFileSync(url, "utf8"), title);
}

function problemIn(source: string, title: string): string | null {
  const lines = source.split("\n").filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line));
  const line = lines.findIndex((text) => literalsOf(text).some((literal) => literal.includes(title)));
  if (line === -1) return `no test is called "${title}"`;
  // The call may stand on the line before its title.
  const call = lines.slice(Math.max(0, line - 1), line + 1).join(" ");
  return /\.(skip|todo|fails)\(/.test(call) ? `"${title}" is switched off` : null;
}

function literalsOf(line: string): string[] {
  return line.match(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [];
}

test("each of the 55 has its entry, and no other has one", () => {
  expect([...REGRESSIONS.keys()]).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1));
});

test.each([...REGRESSIONS])("regression %i has tests that are there, or a reason", (_number, held: Held) => {
  const { tests = [], notYet = "" } = held;
  expect(tests.length > 0 || notYet !== "", "neither a test nor a reason").toBe(true);
  expect(tests.map(([file, title]) => problemOf(file, title)).filter((problem) => problem !== null)).toEqual([]);
});

describe("the check of a title", () => {
  test("finds it whole or in part, in any kind of quotes", () => {
    expect(problemIn('test("a message is kept", () => {', "message is kept")).toBeNull();
    expect(problemIn("test(`a message is kept`, () => {", "is kept")).toBeNull();
  });

  test.each([
    ["renamed", 'test("another", () => {'],
    ["only a comment", '// test("a message is kept", () => {'],
    ["skipped", 'test.skip("a message is kept", () => {'],
    ["still to do", 'test.todo("a message is kept")'],
  ])("notices one that is %s", (_what, source) => {
    expect(problemIn(source, "a message is kept")).not.toBeNull();
  });
});
