/**
 * Goal: a turn is handed over with the names of its people, and a LINE that is slow to tell them holds up nobody.
 * Method: the whole gateway without a socket, LINE's simulator on the same manual clock, a fault on its profiles.
 */
import { afterEach, expect, test, vi } from "vitest";
import type { WireTurn } from "../src/agents/protocol.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";

let gateway: AssembledGateway;
afterEach(() => gateway.end());

async function start(options: Partial<AssemblyOptions> = {}) {
  const turns: WireTurn[] = [];
  gateway = assembleGateway({
    asksLine: true,
    answer: (turn) => {
      turns.push(turn);
      return "yes";
    },
    ...options,
  });
  await gateway.start();
  const { simulator } = gateway;
  const names = () => turns.map((turn) => turn.events.map(({ sender }) => sender?.name));
  const asked = () => simulator.calls.filter(({ path }) => path.includes("profile"));
  return { simulator, clock: gateway.clock, turns, names, asked };
}

test("names come with the turn, and LINE is asked once for each person", async () => {
  const { simulator, clock, names, asked } = await start();
  for (const words of ["one", "two"]) {
    await simulator.person("Uann").says(words);
    await clock.advance(1);
  }
  await vi.waitFor(() => expect(names()).toEqual([["Person Uann"], ["Person Uann"]]), 20_000);
  expect(asked()).toHaveLength(1);
});

test("a name that takes longer than 300 ms is null, and is there the next time", async () => {
  const { simulator, clock, turns, names, asked } = await start();
  simulator.faults.next("profile", { at: "slow", delayMs: 1_000 });
  await simulator.person("Uann").says("one");
  await vi.waitFor(() => expect(asked()).toHaveLength(1), 20_000);
  await clock.advance(299);
  expect(turns).toEqual([]);
  await clock.advance(1);
  await vi.waitFor(() => expect(names()).toEqual([[null]]), 20_000);
  await clock.advance(1_000);
  await simulator.person("Uann").says("two");
  await vi.waitFor(() => expect(names()).toEqual([[null], ["Person Uann"]]), 20_000);
  expect(asked()).toHaveLength(1);
});

test("somebody whom LINE doesn't tell of has no name, and is answered all the same", async () => {
  const { simulator, names } = await start();
  simulator.faults.next("profile", { at: "before-accept", how: 404 });
  await simulator.person("Uann").says("one");
  await vi.waitFor(() => expect(names()).toEqual([[null]]), 20_000);
  await vi.waitFor(() => expect(simulator.seenBy("Uann")).toHaveLength(1), 20_000);
});

test("with a wait of 0 nobody is asked", async () => {
  const { simulator, names, asked } = await start({ settings: { namesWaitMs: 0 } });
  await simulator.person("Uann").says("one");
  await vi.waitFor(() => expect(names()).toEqual([[null]]), 20_000);
  expect(asked()).toEqual([]);
});
