/**
 * Goal: a person's burst is one turn, nobody waits longer than promised, and turns keep their order.
 * Method: real time with small waits. Bounds are one-sided where the machine may be slow, exact where order counts.
 * That a message reaches the agent without a moment of waiting is shown on a manual clock, in test/pipeline.test.ts.
 */
import { setInterval as every } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { gate } from "./support/eventually.ts";
import { startWorld, UNTIL_A_TAP, type World } from "./support/world.ts";

/** Longer than a busy machine stands still between two messages of a burst. */
const QUIET_MS = 5_000;
const MAX_WAIT_MS = 2_000;

let world: World;
beforeAll(async () => {
  world = await startWorld({
    env: { TURNPIKE_BATCH_QUIET_MS: String(QUIET_MS), TURNPIKE_BATCH_MAX_WAIT_MS: "600000" },
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
    // No pause would be long enough: a turn that comes all the same was not waiting for quiet.
    await using own = await startWorld({
      env: { ...UNTIL_A_TAP, TURNPIKE_BATCH_MAX_WAIT_MS: String(MAX_WAIT_MS) },
    });
    const ann = own.somebody();
    const said: string[] = [];
    const startedAt = performance.now();
    for await (const _ of every(80)) {
      said.push(`word ${said.length + 1}`);
      await ann.says(said.at(-1) ?? "");
      if (ann.turns().length >= 2) break;
    }
    const [first, second] = ann.turns();
    // While the person went on, and not before the wait had run out.
    expect((first?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(MAX_WAIT_MS - 5);
    expect((second?.at ?? 0) - startedAt).toBeGreaterThanOrEqual(2 * MAX_WAIT_MS - 10);
    await ann.settled();
    expect(ann.turns().flatMap(({ turn }) => turn.events.map((event) => event.message?.text))).toEqual(said);
  });

  test("a tapped button doesn't wait, and takes along what was collecting", async () => {
    await using own = await startWorld({ env: UNTIL_A_TAP });
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
      env: { ...UNTIL_A_TAP, TURNPIKE_BATCH_MAX_EVENTS: "3" },
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

describe.concurrent("without batching", () => {
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
});
