/** Goal: never more requests at once than there are places, and none is forgotten. Method: requests that end by hand. */
import { expect, test } from "vitest";
import { createPlaces } from "./places.ts";

test("the third of two places begins when one of the first ends, also when that one failed", async () => {
  const inPlace = createPlaces(2);
  const begun: number[] = [];
  const ends = [0, 1, 2].map(() => Promise.withResolvers<string>());
  const results = ends.map(({ promise }, index) =>
    inPlace(() => {
      begun.push(index);
      return promise;
    }),
  );
  expect(begun).toEqual([0, 1]);
  ends[1]?.reject(new Error("lost"));
  await expect(results[1]).rejects.toThrow("lost");
  await expect.poll(() => begun).toEqual([0, 1, 2]);
  ends[0]?.resolve("first");
  ends[2]?.resolve("third");
  expect(await Promise.all([results[0], results[2]])).toEqual(["first", "third"]);
  expect(await inPlace(async () => "fourth")).toBe("fourth");
});
