/** Goal: what is read stands still and what comes is counted. Method: lists of lines, before and after more has come. */
import { expect, test } from "vitest";
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";
import { countNew, fieldsText, linesOf } from "./log-view.ts";

const line = (number: number, level: FeedEntryWire["level"] = "info"): FeedEntryWire => ({
  id: `a.${number}`,
  at: "2026-12-01T00:00:00.000Z",
  level,
  message: "m",
  fields: { channel: "line", isRepeated: false },
});

test("a level shows itself and what is graver", () => {
  const lines = [line(1), line(2, "warn"), line(3, "error"), line(4, "fatal")];
  const numbers = (level: "info" | "warn" | "error") => linesOf(lines, level).map(({ id }) => id);
  expect(numbers("info")).toEqual(["a.1", "a.2", "a.3", "a.4"]);
  expect(numbers("warn")).toEqual(["a.2", "a.3", "a.4"]);
  expect(numbers("error")).toEqual(["a.3", "a.4"]);
});

test("new lines are those after the newest that is shown, also when that one is no longer kept", () => {
  const held = [line(1), line(2)];
  expect(countNew([line(1), line(2)], held)).toBe(0);
  expect(countNew([line(1), line(2), line(3), line(4)], held)).toBe(2);
  expect(countNew([line(7), line(8)], held)).toBe(2);
  expect(countNew([line(7)], [])).toBe(1);
});

test("fields stand in a row", () => {
  expect(fieldsText(line(1))).toBe("channel=line isRepeated=false");
});
