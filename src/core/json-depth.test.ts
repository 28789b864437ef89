import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isTooDeep, JSON_DEPTH_MAX } from "./json-depth.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const nested = (depth: number) => `${'{"a":['.repeat(depth / 2)}1${"]}".repeat(depth / 2)}`;

describe("how deep JSON is", () => {
  test("is counted in lists and objects, one inside the other", () => {
    expect(isTooDeep(bytes(nested(JSON_DEPTH_MAX)))).toBe(false);
    expect(isTooDeep(bytes(`[${nested(JSON_DEPTH_MAX)}]`))).toBe(true);
    expect(isTooDeep(bytes(`[${"[],{},".repeat(1_000)}1]`))).toBe(false);
  });

  test("has nothing to do with brackets that somebody wrote", () => {
    const brackets = "[{".repeat(1_000);
    for (const text of [brackets, `\\"${brackets}`, `\\\\\\"${brackets}`]) {
      expect(isTooDeep(bytes(`{"text":"${text}","more":"\\\\"}`))).toBe(false);
    }
    expect(isTooDeep(bytes(`["\\\\",${nested(JSON_DEPTH_MAX)}]`))).toBe(true);
  });

  test("can be asked of anything", () => {
    for (const text of ["", '"', '"\\', "]]]]", "\\", '"\\"', "[".repeat(50)])
      expect(isTooDeep(bytes(text))).toBe(false);
    expect(isTooDeep(bytes("[".repeat(1_000_000)))).toBe(true);
  });

  test("is right for any JSON: a list around it counts one more", () => {
    const depthOf = (value: unknown): number =>
      typeof value === "object" && value !== null
        ? 1 + Math.max(0, ...Object.values(value as Record<string, unknown>).map(depthOf))
        : 0;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const json = JSON.stringify(value);
        const left = JSON_DEPTH_MAX - depthOf(JSON.parse(json));
        const inside = (count: number) => bytes("[".repeat(count) + json + "]".repeat(count));
        return !isTooDeep(inside(left)) && isTooDeep(inside(left + 1));
      }),
    );
  });
});
