/**
 * Goal: a person's burst is one turn, nobody waits longer than promised, and turns keep their order.
 * Method: real time with small waits. Bounds are one-sided where the machine may be slow, exact where order counts.
 */
import { setInterval as every } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { gate } from "./support/eventually.ts";
import { startWorld, type World } from "./support/world.ts";

const QUIET_MS = 500;
const MAX_WAIT_MS = 2_000;

/** Longer than any test waits: a turn that comes all the same was not waiting for quiet. */
const NEVER_QUIET = { TURNPIKE_BATCH_QUIET_MS: "60000", TURNPIKE_BATCH_MAX_WAIT_MS: "60000" };

let world: World;
beforeAll(async () => {
  world = await startWorld({
    env: { TURNPIKE_BATCH_QUIET_MS: String(QUIET_MS), TURNPIKE_BATCH_MAX_WAIT_MS: String(MAX_WAIT_MS) },
  });
});
afterAll(() => world[Symbol.asyncDispose]());

describe.concurrent("collecting", () => {
  test("three quick messages are one turn with all three texts, and one answer", async () => {
    const ann = world.somebody();
    for (const text of ["one", "two", "three"]) await ann.says(text);
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.turns().map(({ turn }) => turn.text)).toEqual(["one\ntwo\nthree"]);
    expect(ann.texts()).toEqual(["re: one\ntwo\nthree"]);
  });

  test("the order inside a turn is LINE's, not that of arrival", async () => {
    const ann = world.somebody();
    const { text } = world.line.events;
    const now = Date.now();
    await world.line.post([text(ann.source, "second", { timestamp: now - 1_000 })]);
    await world.line.post([text(ann.source, "first", { timestamp: now - 2_000 })]);
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.text).toBe("first\nsecond");
  });

  test("messages during a turn are the next turn, in order", async () => {
    const ann = world.somebody();
    const thinking = gate();
    ann.isAnsweredBy(async (turn) => {
      if (turn.text === "one") await thinking.opened;
      return answers(`re: ${turn.text}`);
    });
    await ann.says("one");
    await ann.hasTurns(1);
    for (const text of ["two", "three"]) await ann.says(text);
    thinking.open();
    await ann.hasSeen(2);
    await ann.settled();
    expect(ann.turns().map(({ turn }) => turn.text)).toEqual(["one", "two\nthree"]);
    expect(ann.texts()).toEqual(["re: one", "re: two\nthree"]);
    const [first, second] = ann.turns();
    expect(second?.turn.fence).toBeGreaterThan(first?.turn.fence ?? Number.POSITIVE_INFINITY);
  });

  test("a person who types without pause gets a turn by maxWaitMs", async () => {
    const ann = world.somebody();
    const said: string[] = [];
    const startedAt = performance.now();
    for await (const _ of every(QUIET_MS / 6)) {
      said.push(`word ${said.length + 1}`);
      await ann.says(said.at(-1) ?? "");
      if (performance.now() - startedAt > 2 * MAX_WAIT_MS) break;
    }
    const turnsMeanwhile = ann.turns();
    // Before the person paused, and not before the wait had run out.
    expect(turnsMeanwhile.length).toBeGreaterThanOrEqual(1);
    expect((turnsMeanwhile[0]?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(MAX_WAIT_MS - 5);
    await ann.settled();
    expect(ann.turns().length).toBeGreaterThanOrEqual(2);
    expect(ann.turns().flatMap(({ turn }) => turn.events.map((event) => event.message?.text))).toEqual(said);
  });

  test("a tapped button doesn't wait, and takes along what was collecting", async () => {
    await using own = await startWorld({ env: NEVER_QUIET });
    const ann = own.somebody();
    await ann.says("before the tap");
    await ann.taps("choice=1");
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.events).toMatchObject([
      { type: "message", message: { text: "before the tap" } },
      { type: "postback", postback: { data: "choice=1" } },
    ]);
  });

  test("a turn is full at maxEvents and doesn't wait for quiet", async () => {
    await using own = await startWorld({
      env: { ...NEVER_QUIET, TURNPIKE_BATCH_MAX_EVENTS: "3" },
    });
    const ann = own.somebody();
    for (const text of ["1", "2", "3"]) await ann.says(text);
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.text).toBe("1\n2\n3");
  });

  test("a message from the future or the far past doesn't postpone a turn", async () => {
    const ann = world.somebody();
    const { text } = world.line.events;
    await world.line.post([text(ann.source, "tomorrow", { timestamp: Date.now() + 86_400_000 })]);
    await world.line.post([text(ann.source, "1970", { timestamp: 1 })]);
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.text).toBe("1970\ntomorrow");
  });
});

// Not concurrent: it measures.
describe("without batching", () => {
  let quick: World;
  beforeAll(async () => {
    quick = await startWorld({ env: { TURNPIKE_BATCH_QUIET_MS: "0" } });
  });
  afterAll(() => quick[Symbol.asyncDispose]());

  test("two messages are two turns and two answers, in order", async () => {
    const ann = quick.somebody();
    await ann.says("one");
    await ann.says("two");
    await ann.hasSeen(2);
    await ann.settled();
    expect(ann.turns().map(({ turn }) => turn.text)).toEqual(["one", "two"]);
    expect(ann.texts()).toEqual(["re: one", "re: two"]);
  });

  test("two messages in one webhook are two turns, in order", async () => {
    const ann = quick.somebody();
    const { text } = quick.line.events;
    await quick.line.post([text(ann.source, "one"), text(ann.source, "two")]);
    await ann.hasSeen(2);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: one", "re: two"]);
  });

  test("a message reaches the agent within milliseconds", async () => {
    const waits: number[] = [];
    for (let count = 1; count <= 20; count += 1) {
      const ann = quick.somebody();
      const startedAt = performance.now();
      await ann.says(`message ${count}`);
      const [handed] = await ann.hasTurns(1);
      waits.push((handed?.at ?? Number.POSITIVE_INFINITY) - startedAt);
      await ann.hasSeen(1);
    }
    const median = waits.toSorted((a, b) => a - b)[10] ?? Number.POSITIVE_INFINITY;
    process.stdout.write(`from the webhook's start to the agent: median of 20 ${median.toFixed(1)} ms\n`);
    // A wait for a poll, a second, would show; a busy machine doesn't.
    expect(median).toBeLessThan(500);
  });
});
