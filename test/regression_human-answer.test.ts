/**
 * Goal: on every platform that tells of it, the bot pauses while a human agent answers by hand, an automatic greeting silences
 * nobody, and what was said meanwhile comes with the next turn.
 * Method: a whole gateway on a manual clock, against each platform's simulator.
 */
import { describe, expect, test } from "vitest";
import { assert } from "../src/core/errors.ts";
import { type PlatformName, startOn, type World } from "./support/people-on-platforms.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const PLATFORMS: readonly PlatformName[] = ["messenger", "whatsapp"];
const PAUSE = { handover: { pauseMs: HOUR }, batch: { quietMs: 0 } };

async function says(world: World, text: string): Promise<void> {
  await world.ann.says(text);
  await world.clock.advance(SECOND);
}

async function answeredByHand({ ann, clock }: World, text: string): Promise<void> {
  assert(ann.answeredByHand !== null, "the platform tells of no human agent");
  await ann.answeredByHand(text);
  await clock.advance(SECOND);
}

describe.each(PLATFORMS)("on %s", (name) => {
  test("the bot pauses for the configured time, and then reads what both have said", async () => {
    await using world = await startOn(name, PAUSE);
    await says(world, "one");
    world.clock.step(60 * SECOND);
    await answeredByHand(world, "I'll take this one.");
    await says(world, "thanks");
    expect(world.ann.screen()).toEqual(["echo one"]);
    world.clock.step(HOUR);
    await says(world, "bot?");
    expect(world.ann.screen()).toEqual(["echo one", "echo bot?"]);
    const { context = [] } = world.turns.at(-1) ?? {};
    expect(context.map(({ type, message }) => [type, message?.text])).toEqual([
      ["echo", "I'll take this one."],
      ["message", "thanks"],
    ]);
  });

  test("an automatic greeting right after the first message silences nobody", async () => {
    await using world = await startOn(name, { ...PAUSE, batch: { quietMs: 3_000 } });
    await says(world, "hello");
    assert(world.ann.greeted !== null, "the platform doesn't greet");
    await world.ann.greeted("Thanks for your message! We'll be with you soon.");
    await world.clock.advance(5 * SECOND);
    expect(world.ann.screen()).toEqual(["echo hello"]);
    expect(world.logged).toContain("handover: an automatic greeting, the bot goes on");
  });

  test("an automatic greeting that comes before the first message silences nobody", async () => {
    await using world = await startOn(name, PAUSE);
    assert(world.ann.greeted !== null, "the platform doesn't greet");
    await world.ann.greeted("Thanks for your message! We'll be with you soon.");
    expect(world.logged).toContain("handover: a human agent has answered, the bot pauses");
    await says(world, "hello");
    await says(world, "anybody?");
    expect(world.ann.screen()).toEqual(["echo hello", "echo anybody?"]);
    expect(world.logged).toContain("handover: an automatic greeting, the bot goes on");
  });

  test("a greeting by hand that is answered later is a human agent's", async () => {
    await using world = await startOn(name, PAUSE);
    assert(world.ann.greeted !== null, "the platform doesn't greet");
    await world.ann.greeted("Your order is here.");
    await world.clock.advance(5 * SECOND);
    await says(world, "thanks");
    expect(world.ann.screen()).toEqual([]);
  });

  test("it goes on by default", async () => {
    await using world = await startOn(name, { batch: { quietMs: 0 } });
    await answeredByHand(world, "Hello from the shop");
    await says(world, "one");
    expect(world.ann.screen()).toEqual(["echo one"]);
  });
});
