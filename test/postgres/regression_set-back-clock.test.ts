/**
 * Goal: a database clock that is set back costs no free answer, also of a message that comes before the next sweep has
 * noticed (G9, decision 8).
 * Method: a message comes right after the clock was set back, and is answered right after the sweep.
 */
import { afterAll, describe, expect, inject } from "vitest";
import { answer, claimed, sending } from "../support/stores/conformance-steps.ts";
import { testOn } from "../support/stores/harness.ts";
import { postgresHarness } from "../support/stores/postgres.ts";
import { HOUR, offer } from "../support/stores/samples.ts";

const harness = postgresHarness(inject("postgresUrl"), "set_back_clock");
afterAll(() => harness.close());
const test = testOn(harness);

describe("a clock that was set back an hour", () => {
  test("leaves the free answer of a message that comes before the next sweep", async (bench) => {
    bench.clock.step(-HOUR);
    const turn = await claimed(bench, "m1", { token: offer("t1") });
    await bench.store.checkCommit();
    const [deliveryId = ""] = (await answer(bench, turn, ["a"])).deliveryIds;
    expect(await sending(bench, deliveryId)).toMatchObject({ route: "reply" });
  });
});
