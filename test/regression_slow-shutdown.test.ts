/**
 * Goal: a process that is told to end does so within 10 s, also when its store takes its time (§6.6).
 * Method: a whole gateway whose calls to the store don't come back for a minute; the clock is moved by hand.
 */
import { expect, test } from "vitest";
import { inProcessAgent } from "../src/agents/in-process.ts";
import { assembleGateway } from "./support/assembled-gateway.ts";

const LONG_MS = 60_000;

for (const slow of ["dueTurns", "readyTurns", "dueDeliveries", "close"] as const) {
  test(`regression_a_slow_${slow}_holds_up_no_shutdown`, async () => {
    let isSlow = false;
    const world = assembleGateway({
      wrapStore: (store) => ({
        ...store,
        [slow]: async (...args: unknown[]) => {
          if (isSlow) await new Promise<void>((resolve) => void world.clock.after(LONG_MS, resolve));
          return await (store[slow] as (...given: unknown[]) => Promise<unknown>)(...args);
        },
      }),
    });
    const running = await world.start();
    isSlow = true;
    // A poll is in flight when the shutdown begins.
    await world.clock.advance(5_000);
    let hasEnded = false;
    const stopped = running.stop().then(() => {
      hasEnded = true;
    });
    await world.clock.advance(10_000);
    expect(hasEnded).toBe(true);
    world.simulator.close();
    await stopped;
    await world.clock.advance(LONG_MS);
  });
}

test("regression_an_agent_that_never_closes_holds_up_no_shutdown", async () => {
  const never = { ...inProcessAgent(() => undefined), close: () => new Promise<void>(() => {}) };
  const world = assembleGateway({ agent: never });
  const running = await world.start();
  let hasEnded = false;
  const stopped = running.stop().then(() => {
    hasEnded = true;
  });
  await world.clock.advance(10_000);
  expect(hasEnded).toBe(true);
  expect(world.messages()).toContain("the agent or a channel did not close in time");
  world.simulator.close();
  await stopped;
});
