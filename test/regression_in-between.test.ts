/**
 * Goal: nothing is lost in the gap between two looks, no batch ends because a timer's memory does, and one call that
 * hangs stops nobody else's.
 * Method: as in `pipeline.test.ts`. No poll happens that could find the work by itself.
 */
import { afterEach, describe, expect, test } from "vitest";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";

const MINUTE = 60_000;

let whole: AssembledGateway | null = null;
afterEach(async () => {
  await whole?.end();
  whole = null;
});

async function started(options: AssemblyOptions): Promise<AssembledGateway> {
  whole = assembleGateway(options);
  await whole.start();
  return whole;
}

const screen = (gateway: AssembledGateway, person: string) => gateway.simulator.seenBy(person).map(({ text }) => text);

function turnsOfTheEventLoop(count: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const next = (left: number) => (left === 0 ? resolve() : setImmediate(() => next(left - 1)));
  next(count);
  return promise;
}

describe("regression_a_message_that_comes_just_as_the_turn_before_it_ends_waits_for_no_poll", () => {
  // The answer's commit, the poll for the next turn and the message's own commit are a few turns of the loop apart.
  const gaps = Array.from({ length: 25 }, (_, index) => index - 12);
  test.each(gaps)("%i turns of the event loop after the answer", async (gap) => {
    const { asked, ask, answers } = patientBot();
    const gateway = await started({ answer: ask, settings: { pollMs: 3_600_000 } });
    const ann = gateway.simulator.person("Uann");
    await ann.says("one");
    await gateway.clock.settle();
    expect(asked).toHaveLength(1);
    const steps = [() => answers[0]?.resolve("to one"), () => ann.says("two")];
    const [first, second] = gap < 0 ? steps.toReversed() : steps;
    const said = [first?.()];
    await turnsOfTheEventLoop(Math.abs(gap));
    said.push(second?.());
    await gateway.clock.settle();
    expect((await Promise.all(said)).find((one) => one !== undefined)?.webhook.status).toBe(200);
    expect(asked.map(({ turn }) => turn.text)).toEqual(["one", "two"]);
    answers[1]?.resolve("to two");
    await gateway.clock.settle();
    expect(screen(gateway, "Uann")).toEqual(["to one", "to two"]);
  });
});

test("regression_a_batch_that_stays_open_for_a_quarter_of_an_hour_is_one_turn", async () => {
  const { asked, ask } = bot();
  const batch = { quietMs: 2 * MINUTE, maxWaitMs: 30 * MINUTE, maxEvents: 50 };
  const gateway = await started({ answer: ask, settings: { batch, pollMs: MINUTE } });
  const ann = gateway.simulator.person("Uann");
  const words = Array.from({ length: 16 }, (_, index) => `${index}`);
  for (const word of words) {
    await ann.says(word);
    await gateway.clock.advance(MINUTE);
  }
  expect(asked).toEqual([]);
  await gateway.clock.advance(MINUTE);
  expect(asked.map(({ turn }) => turn.text.split("\n"))).toEqual([words]);
});

test("regression_a_call_that_hangs_holds_up_nobody_elses_answer", async () => {
  const { ask } = bot();
  const gateway = await started({ answer: ask });
  gateway.simulator.faults.next("reply", { at: "stall", delayMs: 5_000 });
  await gateway.simulator.person("Uann").says("hi");
  await gateway.clock.settle();
  await gateway.simulator.person("Uben").says("hi");
  await gateway.clock.settle();
  expect(screen(gateway, "Uann")).toEqual([]);
  expect(screen(gateway, "Uben")).toEqual(["echo hi"]);
  await gateway.clock.advance(5_000);
  expect(screen(gateway, "Uann")).toEqual(["echo hi"]);
});
