/** Goal: the page shows what the stream said last of each thing, and reads anew what changed. Method: examples, fast-check. */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { PlatformWire, RunWire, SimulatorWire } from "../../../../src/simulator/console-api/wire.ts";
import { reduceSimulator, type SimulatorEvent, screenOf } from "./simulator-state.ts";

const platform = (channel: string, faults: PlatformWire["faults"] = []): PlatformWire => ({
  channel,
  title: channel,
  people: [],
  scenarios: [],
  faults,
  commands: [],
});
const run = (runId: string, startedAt: number, more: Partial<RunWire> = {}): RunWire => ({
  runId,
  channel: "line",
  scenario: "two-lines",
  titleKey: "scenario.twoLines",
  startedAt,
  peerId: null,
  progress: [],
  verdict: null,
  failure: null,
  ...more,
});
const simulator: SimulatorWire = {
  platforms: [platform("line"), platform("whatsapp")],
  agent: { mode: "echo", delayMs: 0, status: 500, times: null },
  gateway: { state: "up", since: 0, kills: 0, restartAt: null },
  run: null,
};

test("before the greeting nothing is known", () => {
  const event: SimulatorEvent = { kind: "agent", data: simulator.agent };
  expect(reduceSimulator(undefined, event)).toBeUndefined();
  expect(reduceSimulator(undefined, { kind: "hello", data: simulator })).toBe(simulator);
});

test("a platform's faults are its own, and the other platform stays as it is", () => {
  const armed = platform("line", [{ route: "reply", at: "after-accept", how: 500, left: 1 }]);
  const after = reduceSimulator(simulator, { kind: "platform", data: armed });
  expect(after?.platforms).toEqual([armed, platform("whatsapp")]);
  expect(after?.platforms[1]).toBe(simulator.platforms[1]);
});

test("an older run that ends late doesn't take the newest one's place", () => {
  const newest = run("2", 20);
  const state = { ...simulator, run: newest };
  expect(reduceSimulator(state, { kind: "run", data: run("1", 10, { failure: "late" }) })).toBe(state);
  const ended = run("2", 20, { failure: "the gateway is gone" });
  expect(reduceSimulator(state, { kind: "run", data: ended })?.run).toBe(ended);
});

test("only a change of a screen has it read anew", () => {
  const change = { channel: "line", kind: "screen", record: { peerId: "Uann" } } as const;
  expect(screenOf(change)).toBe("Uann");
  expect(screenOf({ ...change, kind: "call" })).toBeNull();
  expect(screenOf({ ...change, record: {} })).toBeNull();
  expect(screenOf({ ...change, record: { peerId: 7 } })).toBeNull();
});

const events = fc.array(
  fc.oneof(
    fc.nat(5).map((kills): SimulatorEvent => ({ kind: "gateway", data: { ...simulator.gateway, kills } })),
    fc.nat(5).map((delayMs): SimulatorEvent => ({ kind: "agent", data: { ...simulator.agent, delayMs } })),
    fc.nat(9).map((startedAt): SimulatorEvent => ({ kind: "run", data: run(String(startedAt), startedAt) })),
  ),
);

test("in whatever order it is told, each thing is as it was told last, and the run is the one that began last", () => {
  fc.assert(
    fc.property(events, (told) => {
      const after = told.reduce<SimulatorWire | undefined>(reduceSimulator, simulator);
      const last = <K extends SimulatorEvent["kind"]>(kind: K) => told.findLast((event) => event.kind === kind)?.data;
      expect(after?.gateway).toEqual(last("gateway") ?? simulator.gateway);
      expect(after?.agent).toEqual(last("agent") ?? simulator.agent);
      const begun = told.flatMap((event) => (event.kind === "run" ? event.data.startedAt : []));
      expect(after?.run?.startedAt ?? null).toBe(begun.length === 0 ? null : Math.max(...begun));
    }),
  );
});
