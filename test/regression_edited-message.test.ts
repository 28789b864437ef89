/**
 * Goal: on every platform an agent gets what a person edits or takes back within the quiet time once, in its newest wording;
 * later it is an event of its own.
 * Method: a whole gateway on a manual clock, against each platform's simulator.
 */
import { describe, expect, test } from "vitest";
import { type PlatformName, startOn } from "./support/people-on-platforms.ts";

const QUIET_MS = 1_500;
const PLATFORMS: readonly PlatformName[] = ["line", "messenger", "whatsapp"];

describe.each(PLATFORMS)("on %s", (name) => {
  test("the agent gets an edited message once, in its newest wording", async () => {
    await using world = await startOn(name);
    const { ann, clock } = world;
    const five = await ann.says("5");
    await clock.advance(1_000);
    await ann.edits(five, "6");
    await ann.edits(five, "7");
    await ann.says("please");
    await clock.advance(QUIET_MS);
    expect(world.turns.map(({ text }) => text)).toEqual(["7\nplease"]);
    expect(ann.screen()).toEqual(["echo 7\nplease"]);
  });

  test("an edit that comes after the turn was handed out opens none", async () => {
    await using world = await startOn(name);
    const { ann, clock } = world;
    const five = await ann.says("5");
    await clock.advance(QUIET_MS);
    await ann.edits(five, "6");
    await clock.advance(10 * QUIET_MS);
    expect(world.turns.map(({ text }) => text)).toEqual(["5"]);
  });
});

test.each(["line", "whatsapp"] as const)("on %s a message that was taken back is gone", async (name) => {
  await using world = await startOn(name);
  const { ann, clock } = world;
  const five = await ann.says("5");
  await ann.says("please");
  await ann.takesBack?.(five);
  await clock.advance(QUIET_MS);
  expect(world.turns.map(({ text }) => text)).toEqual(["please"]);
});

describe("on LINE with edits as turn events", () => {
  const turnEvents = ["message", "messageEdited"];

  test("the agent gets an edited message once, in its newest wording", async () => {
    await using world = await startOn("line", {}, { turnEvents });
    const { ann, clock } = world;
    const five = await ann.says("5");
    await ann.edits(five, "6");
    await ann.says("7");
    await clock.advance(QUIET_MS);
    expect(world.turns.map(({ text }) => text)).toEqual(["6\n7"]);
  });

  test("an edit that comes later is a turn of its own", async () => {
    await using world = await startOn("line", {}, { turnEvents });
    const { ann, clock } = world;
    const five = await ann.says("5");
    await clock.advance(QUIET_MS);
    await ann.edits(five, "6");
    await ann.edits(five, "7");
    await clock.advance(2 * QUIET_MS);
    expect(world.turns.map(({ text }) => text)).toEqual(["5", "7"]);
  });
});
