/**
 * Goal: a slow answer costs nothing with the shipped program either, and its button outlives the process that sent it.
 * Method: an agent that answers only when the button is there; a person who taps; `kill -9` in between.
 */
import { describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { gate, until } from "./support/eventually.ts";
import { type Somebody, startWorld } from "./support/world.ts";

const BUTTON = {
  LINE_SLOW_REPLY: "button",
  LINE_SLOW_REPLY_AFTER_MS: "5000",
};

const dataOf = (somebody: Somebody) =>
  /"data":"([^"]+)"/.exec(JSON.stringify(somebody.seen().at(0)?.message))?.[1] ?? "no button";

describe.concurrent("a slow answer", () => {
  test("waits behind a button for the tap, also through kill -9, and is not paid for", async () => {
    await using world = await startWorld({ env: BUTTON, line: { quota: 100 } });
    const ann = world.somebody();
    const thinking = gate();
    ann.isAnsweredBy(async () => {
      await thinking.opened;
      return answers("here it is");
    });
    await ann.says("hi");
    const [button] = await ann.hasSeen(1);
    expect(button).toMatchObject({ route: "reply", message: { type: "template" } });
    expect(world.line.isLoading(ann.id)).toBe(false);
    thinking.open();
    const isParked = () => world.gateway.value("SELECT count(*) FROM delivery WHERE state = 'parked'") === 1;
    await until("the answer is parked", isParked);
    await world.gateway.kill();
    await world.restart();
    await ann.taps(dataOf(ann));
    const [, answer] = await ann.hasSeen(2);
    expect(answer).toMatchObject({ text: "here it is", route: "reply" });
    await world.settled();
    expect(ann.turns()).toHaveLength(1);
    expect(world.line.quota.used).toBe(0);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("push_quota_remaining", { account: "default" })).toBe(100);
  });
});
