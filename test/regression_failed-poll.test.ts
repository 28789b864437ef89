/**
 * Goal: a step that fails because the store is unavailable for a moment is tried again soon, not at the next poll.
 * Method: as in `pipeline.test.ts`, with a long poll; one method of the store is unavailable once, by a wrapped seam.
 */
import { afterEach, expect, test } from "vitest";
import { Unavailable } from "../src/core/errors.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";

let whole: AssembledGateway | null = null;
afterEach(async () => {
  await whole?.end();
  whole = null;
});

/** That method fails the first time. */
function failsOnce(store: Store, method: keyof Store): Store {
  let hasFailed = false;
  return new Proxy(store, {
    get(target, name) {
      const real: unknown = Reflect.get(target, name);
      if (name !== method || hasFailed) return real;
      return async () => {
        hasFailed = true;
        throw new Unavailable("the store is unavailable");
      };
    },
  });
}

const SOON_MS = 1_000;

test.each(["sealTurn", "claimTurn", "startAttempt"] as const)(
  "regression_a_%s_that_fails_once_does_not_wait_for_the_next_poll",
  async (method) => {
    whole = assembleGateway({
      answer: () => "hello",
      wrapStore: (store) => failsOnce(store, method),
      settings: { pollMs: 60_000, batch: { quietMs: 500, maxWaitMs: 2_000 } },
    });
    await whole.start();
    await whole.simulator.person("Uann").says("hi");
    await whole.clock.advance(500 + SOON_MS);
    expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
  },
);
