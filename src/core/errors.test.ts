import { expect, test } from "vitest";
import { assert, Bug, Fenced, Misconfigured } from "./errors.ts";

test("a lost lease says whose it was and which fence is too old", () => {
  const error = new Fenced("turn turn_1", 7);
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ name: "Fenced", subject: "turn turn_1", heldFence: 7 });
  expect(error.message).toContain("turn turn_1: fence 7");
});

test("the three errors can be told apart by class and by name", () => {
  const errors = [new Fenced("x", 1), new Bug("x"), new Misconfigured("x")];
  expect(errors.map((error) => error.name)).toEqual(["Fenced", "Bug", "Misconfigured"]);
  for (const kind of [Fenced, Bug, Misconfigured]) {
    expect(errors.filter((error) => error instanceof kind)).toHaveLength(1);
  }
});

test.each([false, 0, "", null, undefined, Number.NaN])("assert throws a Bug with its message for %o", (condition) => {
  expect(() => assert(condition, "the moon is cheese")).toThrow(new Bug("the moon is cheese"));
});

test.each([true, 1, "0", [], {}])("assert is silent for %o", (condition) => {
  expect(() => assert(condition, "unused")).not.toThrow();
});
