/**
 * Goal: what befalls the whole LINE account (its quota, its rate, its credentials) delays answers and loses none.
 * Method: a world of its own for each test, with LINE's quota, faults, or a wrong access token.
 */
import { describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { gate, until } from "./support/eventually.ts";
import { ACCESS_TOKEN, startWorld, type World } from "./support/world.ts";

/** Brief enough to wait for its end. A parked answer goes in the last fifth of it, within a tenth: 4 s on a busy machine. */
const BRIEF_TOKEN = { LINE_REPLY_TOKEN_TTL_MS: "40000" };

/** The next reply finds its token dead, so that its answer takes the paid route, and there is no quota. */
function closeTheFreeRoute(world: World): void {
  world.line.faults.next("reply", { at: "before-accept", how: 400, message: "Invalid reply token" });
}

const states = (world: World) =>
  world.gateway.rows<{ state: string }>("SELECT state FROM delivery ORDER BY seq").map(({ state }) => state);

describe.concurrent("the account", () => {
  test("an answer past the month's quota is parked, and travels in front of the next turn's in the same free call", async () => {
    await using world = await startWorld({ line: { quota: 0 } });
    const ann = world.somebody();
    closeTheFreeRoute(world);
    await ann.says("one");
    await until("the delivery is parked", () => states(world)[0] === "parked");
    expect(ann.seen()).toEqual([]);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("quota_exhausted", { account: "default" })).toBe(1);
    expect(metrics.sum("deliveries_total", { route: "push", outcome: "parked" })).toBe(1);
    expect(metrics.sum("waiting", { state: "parked" })).toBe(1);

    await ann.says("two");
    const [first, second] = await ann.hasSeen(2);
    await world.settled();
    expect(ann.texts()).toEqual(["re: one", "re: two"]);
    expect(first?.route).toBe("reply");
    expect(second?.requestId).toBe(first?.requestId);
    expect(world.replies.map(({ status }) => status)).toEqual([400, 200]);
    expect(world.pushes.map(({ status }) => status)).toEqual([429]);
    expect(states(world)).toEqual(["sent", "sent"]);
    expect((await world.gateway.metrics()).sum("waiting", { state: "parked" })).toBe(0);
  });

  test("a parked answer goes alone when the next turn's token is about to die before its answer is there", async () => {
    await using world = await startWorld({ env: BRIEF_TOKEN, line: { quota: 0 } });
    const ann = world.somebody();
    const thinking = gate();
    closeTheFreeRoute(world);
    ann.isAnsweredBy(async (turn) => {
      if (turn.text === "two") await thinking.opened;
      return answers(`re: ${turn.text}`);
    });
    await ann.says("one");
    await until("the delivery is parked", () => states(world)[0] === "parked");
    await ann.says("two");
    const [alone] = await ann.hasSeen(1);
    expect(alone).toMatchObject({ text: "re: one", route: "reply" });
    thinking.open();
    await until("the second is parked too", () => states(world)[1] === "parked");
    expect(ann.texts()).toEqual(["re: one"]);
  });

  test("a parked answer survives kill -9", async () => {
    await using world = await startWorld({ line: { quota: 0 } });
    const ann = world.somebody();
    closeTheFreeRoute(world);
    await ann.says("one");
    await until("the delivery is parked", () => states(world)[0] === "parked");
    await world.gateway.kill();
    await world.restart();
    await ann.says("two");
    await ann.hasSeen(2);
    await world.settled();
    expect(ann.texts()).toEqual(["re: one", "re: two"]);
    expect(world.replies.map(({ status }) => status)).toEqual([400, 200]);
  });

  test("a rate limit slows the answer down, and it arrives once", async () => {
    await using world = await startWorld();
    world.line.faults.next("reply", { at: "before-accept", how: 429, times: 2 });
    const ann = world.somebody();
    await ann.says("hi");
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(world.replies.map(({ status }) => status)).toEqual([429, 429, 200]);
    expect(world.pushes).toEqual([]);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("attempts_total", { outcome: "rate-limited" })).toBe(2);
    expect(metrics.sum("quota_exhausted")).toBe(0);
  });

  test("a rate limit slows everybody on the account, not just the one who met it", async () => {
    await using world = await startWorld({ env: { TURNPIKE_BATCH_QUIET_MS: "0" } });
    world.line.faults.next("reply", { at: "before-accept", how: 429, times: 1 });
    const [ann, ben] = [world.somebody(), world.somebody()];
    await ann.says("hi");
    await until("the rate limit", () => world.replies[0]?.status === 429);
    const slowUntil = await until("the account is slow", () => world.gateway.value("SELECT slow_until FROM account"));
    await ben.says("hi");
    await Promise.all([ann.hasSeen(1), ben.hasSeen(1)]);
    expect(world.replies).toHaveLength(3);
    // The gateway's clock and ours are the same machine's; a few ms are their rounding.
    for (const { at } of world.replies.slice(1)) expect(at).toBeGreaterThanOrEqual(Number(slowUntil) - 5);
  });

  test("a 401 stops the account and keeps its deliveries; after a restart with the token mended each arrives once", async () => {
    await using world = await startWorld({ env: { LINE_CHANNEL_ACCESS_TOKEN: "not-the-access-token" } });
    const [ann, ben] = [world.somebody(), world.somebody()];
    await ann.says("hi");
    await until("the account is stopped", () => world.gateway.value("SELECT stopped_at FROM account"));
    await ben.says("me too");
    await ben.hasTurns(1);
    await until("two deliveries", () => states(world).length === 2);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("account_stopped", { account: "default" })).toBe(1);
    expect(metrics.sum("waiting", { state: "pending" })).toBe(2);
    expect(states(world)).toEqual(["pending", "pending"]);
    expect(world.replies.map(({ status }) => status)).toEqual([401]);
    expect((await world.gateway.term()).code).toBe(0);

    await world.restart({ LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN });
    await Promise.all([ann.hasSeen(1), ben.hasSeen(1)]);
    await world.settled();
    expect([ann.texts(), ben.texts()]).toEqual([["re: hi"], ["re: me too"]]);
    expect(world.pushes).toEqual([]);
    expect((await world.gateway.metrics()).sum("account_stopped")).toBe(0);
  });

  test("a restart with a token that is still wrong stops the account again and loses nothing", async () => {
    await using world = await startWorld({ env: { LINE_CHANNEL_ACCESS_TOKEN: "not-the-access-token" } });
    const ann = world.somebody();
    await ann.says("hi");
    await until("the account is stopped", () => world.gateway.value("SELECT stopped_at FROM account"));
    await world.gateway.term();
    await world.restart();
    await until(
      "the account is stopped again",
      () => world.replies.length === 2 && world.gateway.value("SELECT stopped_at FROM account"),
    );
    expect(states(world)).toEqual(["pending"]);
  });

  test("a person who blocked the bot is a delivery that was sent, and nobody is told twice", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const blocked = gate();
    ann.isAnsweredBy(async () => {
      await blocked.opened;
      return answers("you there?");
    });
    await ann.says("bye");
    await ann.blocks();
    blocked.open();
    await until("the delivery is sent", () => states(world)[0] === "sent");
    await world.settled();
    expect(ann.seen()).toEqual([]);
    expect(world.sends).toHaveLength(1);
  });
});
