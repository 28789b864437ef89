/**
 * Goal: a process that could take a turn hears of it from the one that took the message in, and a burst is one hint.
 * Method: two stores on one database. What is heard is only a hint: nothing else here depends on it.
 */
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import type { Store } from "../../src/store/store.ts";
import { until } from "../e2e/support/eventually.ts";
import { freshSchema } from "../support/postgres.ts";
import { message, policy } from "../support/stores/samples.ts";

let url: string;
let drop: () => Promise<void>;
const stores: Store[] = [];

beforeAll(async () => {
  ({ url, drop } = await freshSchema(inject("postgresUrl"), "hints"));
});
afterAll(async () => {
  await Promise.all(stores.map((store) => store.close()));
  await drop();
});

/** A store, and how often it heard something since it began to listen. */
async function listening(notify = true): Promise<{ store: Store; heard: () => number }> {
  const store = await postgres({ url, notify });
  stores.push(store);
  let count = 0;
  store.listen?.(() => {
    count += 1;
  });
  if (!notify) return { store, heard: () => count };
  await until("it listens", () => count > 0);
  const before = count;
  return { store, heard: () => count - before };
}

function say(store: Store, id: string) {
  return store.ingest(message(id, { effect: "collect-now", peerId: id }), policy());
}

test("another process hears of a turn that is ready, and the one that said it does not", async () => {
  const one = await listening();
  const other = await listening();
  await say(one.store, "m1");
  await until("the other heard it", () => other.heard() > 0);
  expect(one.heard()).toBe(0);
});

test("many that are ready at once are a few hints", async () => {
  const one = await listening();
  const other = await listening();
  await Promise.all(Array.from({ length: 200 }, (_, index) => say(one.store, `burst ${index}`)));
  await until("the other heard it", () => other.heard() > 0);
  // What comes last is said last.
  await say(other.store, "last");
  await until("all is said", () => one.heard() > 0);
  expect(other.heard()).toBeLessThan(200);
});

test("a store that may not notify has nothing to listen to", async () => {
  const { store } = await listening(false);
  expect(store.listen).toBeUndefined();
});
