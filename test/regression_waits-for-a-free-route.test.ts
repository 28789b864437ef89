/**
 * Goal: an answer that met the end of the month's quota waits for a free route, also after a try on one came to nothing: it
 * doesn't go back to the paid route, to be refused there again or paid for without a word. Found by the seeded simulation.
 * Method: as in `cost-policy.test.ts`; LINE refuses the call on the person's next reply token until that token is dead.
 */
import { afterEach, expect, test } from "vitest";
import { ANN, endAll, MINUTE, routes, SECOND, screen, withPatience } from "./support/cost-policy.ts";

afterEach(endAll);

test("regression_what_waits_for_a_free_route_is_not_paid_for_when_that_route_comes_to_nothing", async () => {
  const { whole, finish } = await withPatience({}, { line: { quota: 0 } });
  const ann = whole.simulator.person(ANN);
  await ann.says("hi");
  await whole.clock.advance(2 * MINUTE);
  await finish(0, "late");
  expect(routes(whole)).toEqual(["push"]);

  // It is tried on the next token shortly before that one dies, in vain.
  whole.simulator.faults.next("reply", { at: "before-accept", how: 429, times: 100 });
  await ann.says("hello?");
  await whole.clock.advance(MINUTE);
  whole.simulator.quota.limit = 100;
  await whole.clock.advance(MINUTE);
  expect(new Set(routes(whole).slice(1))).toEqual(new Set(["reply"]));
  expect(whole.simulator.quota.used).toBe(0);

  whole.simulator.faults.clear();
  await ann.says("anybody?");
  await whole.clock.advance(50 * SECOND);
  expect(screen(whole)).toEqual(["late"]);
  expect(whole.simulator.quota.used).toBe(0);
});
