/**
 * Goal: a turn that is claimed where it becomes ready, and an attempt that starts with its answer, keep the bounds and the
 * order that the loops keep, and cost no answer (G6, G8, G9; decision 45).
 * Method: a whole gateway with real SQLite and little room; the store is slow at one poll, the channel fails at one call.
 */
import { afterEach, expect, test } from "vitest";
import { pause } from "../src/runtime/clock.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";

let whole: AssembledGateway;
afterEach(() => whole.end());

async function started(options: AssemblyOptions): Promise<void> {
  whole = assembleGateway(options);
  await whole.start();
  await whole.clock.settle();
}

const sayAtOnce = (...people: readonly string[]) =>
  Promise.all(people.map((id) => whole.simulator.person(id).says(`I am ${id}`)));

test("webhooks that arrive together never give the agent more turns than it may have at once", async () => {
  const { asked, ask, answers } = patientBot();
  await started({ answer: ask, settings: { maxTurnsAtOnce: 2 } });
  await sayAtOnce("Uann", "Uben", "Ucal", "Udan", "Ueve");
  await whole.clock.settle();
  expect(asked).toHaveLength(2);
  answers[0]?.resolve("one");
  await whole.clock.settle();
  expect(asked).toHaveLength(3);
});

test("answers that come together never make more calls than may be made at once", async () => {
  const { ask } = bot();
  await started({ answer: ask, settings: { maxCallsAtOnce: 2 } });
  whole.simulator.faults.next("reply", { at: "slow", delayMs: 1_000, times: 5 });
  await sayAtOnce("Uann", "Uben", "Ucal", "Udan", "Ueve");
  await whole.clock.settle();
  expect(whole.simulator.calls).toHaveLength(2);
  await whole.clock.advance(10_000);
  expect(whole.simulator.calls.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
});

test("a new turn doesn't pass one that has waited longer for room", async () => {
  const { asked, ask, answers } = patientBot();
  let isSlow = false;
  await started({
    answer: ask,
    settings: { maxTurnsAtOnce: 1 },
    wrapStore: (store) => ({
      ...store,
      readyTurns: async (...args) => {
        if (isSlow) await pause(whole.clock, 1_000);
        return await store.readyTurns(...args);
      },
    }),
  });
  await sayAtOnce("Uann");
  await sayAtOnce("Uben");
  await whole.clock.settle();
  isSlow = true;
  answers[0]?.resolve("one");
  await whole.clock.settle();
  // There is room, and the poll that will find Ben's turn is under way.
  await sayAtOnce("Ucal");
  await whole.clock.advance(1_000);
  expect(asked.map(({ turn }) => turn.text)).toEqual(["I am Uann", "I am Uben"]);
});

test("a channel that throws while the call is made up costs no answer, and no second one", async () => {
  const { asked, ask } = bot(() => "hello");
  let isBroken = true;
  await started({
    answer: ask,
    wrapChannel: (channel) => ({
      ...channel,
      buildCall(...args) {
        if (isBroken) throw new Error("the channel is broken");
        return channel.buildCall(...args);
      },
    }),
  });
  await sayAtOnce("Uann");
  await whole.clock.settle();
  expect(whole.lines.map(({ message }) => message)).toContain("attempt not started");
  isBroken = false;
  await whole.clock.advance(10_000);
  expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hello"]);
  expect(asked).toHaveLength(1);
});
