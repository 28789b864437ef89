/**
 * Goal: `turnpike/agent` runs in every JavaScript runtime. Method: no file that it loads imports anything of
 * Node, or a package but the one that verifies signatures, which is plain JavaScript. What is built of it is looked at in
 * test/e2e/package.test.ts.
 */
import { expect, test } from "vitest";
import { loadedBy } from "../../../test/support/loaded-by.ts";

const loaded = [...loadedBy(new URL("../index.ts", import.meta.url), new URL("../../", import.meta.url))];

test("the walk found the client", () => {
  expect(loaded).toEqual(expect.arrayContaining(["agents/client/connect.ts", "runtime/clock.ts"]));
});

test("it loads no part of Node, of the gateway or of a package but one", () => {
  const allowed =
    /^(agents\/(client\/|ping\.ts|print-error\.ts)|runtime\/(clock|wall-clock|web-random)\.ts)|^standardwebhooks$/;
  expect(loaded.filter((name) => !allowed.test(name))).toEqual([]);
});
