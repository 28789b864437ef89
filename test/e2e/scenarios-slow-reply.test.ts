/**
 * Goal: a slow answer costs nothing with the shipped program either, and its button outlives the process that sent it.
 * Method: an agent slower than a reply token that lives for two seconds; a person who taps; `kill -9` in between.
 */
import { describe, expect, test } from "vitest";
import { answers, thinksFor } from "./support/agent.ts";
import { until } from "./support/eventually.ts";
import { type Somebody, startWorld } from "./support/world.ts";

const BUTTON = {
  LINE_SLOW_REPLY: "button",
  LINE_REPLY_TOKEN_TTL_MS: "2000",
  LINE_SLOW_REPLY_AFTER_MS: "500",
};

const dataOf = (somebody: Somebody) =>
  /"data":"([^"]+)"/.exec(JSON.stringify(somebody.seen().at(0)?.message))?.[1] ?? "no button";

describe.concurrent("a slow answer", () => {
  test("waits behind a button for the tap, also through kill -9, and is not paid for", async () => {
    await using world = await startWorld({ env: BUTTON, line: { quota: 100 } });
    const ann = world.somebody();
    ann.isAnsweredBy(() => thinksFor(2_500, answers("here it is")));
    await ann.says("hi");
    const [button] = await ann.hasSeen(1);
    expect(button).toMatchObject({ road: "reply", message: { type: "template" } });
    expect(world.line.isLoading(ann.id)).toBe(false);
    const isParked = () => world.gateway.value("SELECT count(*) FROM delivery WHERE state = 'parked'") === 1;
    await until("the answer is parked", isParked, 15_000);
    await world.gateway.kill();
    await world.restart();
    await ann.taps(dataOf(ann));
    const [, answer] = await ann.hasSeen(2);
    expect(answer).toMatchObject({ text: "here it is", road: "reply" });
    await world.settled();
    expect(ann.turns()).toHaveLength(1);
    expect(world.line.quota.used).toBe(0);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("push_quota_remaining", { account: "default" })).toBe(100);
  });
});
