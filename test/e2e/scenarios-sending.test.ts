/**
 * Goal: each answer reaches the person once and by the cheapest route, whatever happens to the call that carries it.
 * Method: a fault of the simulated LINE, or of the way to it, in a world of its own for each test; LINE's list of calls
 * shows the route taken, the person's screen what came of it.
 */
import { describe, expect, test } from "vitest";
import { answers, thinksFor } from "./support/agent.ts";
import { until } from "./support/eventually.ts";
import { type ApiCall, startWorld, type World } from "./support/world.ts";

const ATTEMPTS = "SELECT route, token, retry_key, body, outcome, status FROM attempt ORDER BY delivery_id, attempt";

/** A reply token that we trust for a second, and an agent that takes longer. */
const SHORT_TOKEN = { env: { LINE_REPLY_TOKEN_TTL_MS: "1000" } };
/** One that is alive when the answer comes, also on a busy machine, and whose end a test can wait for. */
const BRIEF_TOKEN = { env: { LINE_REPLY_TOKEN_TTL_MS: "15000" } };
const TOO_LATE_MS = 1_100;

function delivery(world: World) {
  const [row, ...more] = world.gateway.rows("SELECT state, route, evidence, attempts, reason FROM delivery");
  expect(more).toEqual([]);
  return row;
}

function tokenOf(call: ApiCall | undefined): unknown {
  return JSON.parse(call?.body ?? "{}").replyToken;
}

describe.concurrent("sending", () => {
  test("an answer goes out on the free reply token", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const { replyToken } = await ann.says("hi");
    await ann.hasSeen(1);
    await world.settled();
    expect(world.replies).toMatchObject([{ status: 200, retryKey: null }]);
    expect(tokenOf(world.replies[0])).toBe(replyToken);
    expect(world.pushes).toEqual([]);
    expect(delivery(world)).toMatchObject({ state: "sent", route: "reply", evidence: "accepted", attempts: 1 });
    const [line] = await world.gateway.hasLogged("delivery sent");
    expect(line).toMatchObject({ requestId: world.replies[0]?.requestId, route: "reply", status: 200 });
  });

  test("an answer that comes after the token's life is one push with a retry key, and no reply call", async () => {
    await using world = await startWorld(SHORT_TOKEN);
    const ann = world.somebody();
    ann.isAnsweredBy(() => thinksFor(TOO_LATE_MS, answers("late")));
    await ann.says("hi");
    const [bubble] = await ann.hasSeen(1);
    await world.settled();
    expect(bubble).toMatchObject({ text: "late", route: "push" });
    expect(world.replies).toEqual([]);
    expect(world.pushes).toHaveLength(1);
    expect(world.pushes[0]?.retryKey).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(ann.seen()).toHaveLength(1);
  });

  test("a reply accepted and then disconnected goes out again on the same token: no push, one message seen", async () => {
    await using world = await startWorld();
    world.line.faults.next("reply", { at: "after-accept", how: "disconnect" });
    const ann = world.somebody();
    await ann.says("hi");
    await until("the delivery is sent", () => delivery(world)?.state === "sent");
    await world.settled();
    expect(world.replies.map(({ status }) => status)).toEqual(["disconnect", 400]);
    expect(world.replies[1]?.body).toBe(world.replies[0]?.body);
    expect(world.pushes).toEqual([]);
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(delivery(world)).toMatchObject({ state: "sent", route: "reply", evidence: "token-consumed", attempts: 2 });
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("deliveries_total", { route: "reply", outcome: "unknown" })).toBe(1);
    expect(metrics.sum("deliveries_total", { route: "reply", outcome: "sent" })).toBe(1);
  });

  test("a reply accepted and answered 500 is the same as one that was cut", async () => {
    await using world = await startWorld();
    world.line.faults.next("reply", { at: "after-accept", how: 500 });
    const ann = world.somebody();
    await ann.says("hi");
    await until("the delivery is sent", () => delivery(world)?.state === "sent");
    expect(world.replies.map(({ status }) => status)).toEqual([500, 400]);
    expect(world.pushes).toEqual([]);
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(delivery(world)).toMatchObject({ evidence: "token-consumed" });
  });

  test("a reply accepted and never answered within the send limit goes out again on the same token", async () => {
    await using world = await startWorld({ env: { TURNPIKE_SEND_TIMEOUT_MS: "5000" } });
    world.line.faults.next("reply", { at: "slow", delayMs: 60_000 });
    const ann = world.somebody();
    await ann.says("hi");
    await until("the delivery is sent", () => delivery(world)?.state === "sent");
    await world.settled();
    expect(world.replies).toHaveLength(2);
    expect(world.replies[1]?.body).toBe(world.replies[0]?.body);
    expect(world.pushes).toEqual([]);
    expect(ann.texts()).toEqual(["re: hi"]);
  });

  test("a reply whose outcome is unknown when its token dies stays unknown and shown, and is never pushed", async () => {
    await using world = await startWorld(BRIEF_TOKEN);
    // Accepted once; then LINE hears of it and cuts, until nobody asks any more.
    world.line.faults.next("reply", { at: "after-accept", how: "disconnect" });
    world.line.faults.next("reply", { at: "before-accept", how: "disconnect", times: 1_000 });
    const ann = world.somebody();
    await ann.says("hi");
    await until(
      "it is held",
      () => delivery(world)?.state === "unknown" && /token expired/.test(String(delivery(world)?.reason)),
    );
    world.line.faults.clear();
    await world.settled();
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(world.replies.filter(({ status }) => status !== "disconnect")).toEqual([]);
    expect(world.pushes).toEqual([]);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("waiting", { state: "unknown" })).toBe(1);
    expect(metrics.sum("deliveries_total", { outcome: "unknown" })).toBe(1);
    // It holds up nobody.
    await ann.says("still there?");
    await ann.hasSeen(2);
    expect(ann.texts()).toEqual(["re: hi", "re: still there?"]);
  });

  test("a reply that LINE failed with 500 before it was accepted goes out again on the same token: one message", async () => {
    await using world = await startWorld();
    world.line.faults.next("reply", { at: "before-accept", how: 500 });
    const ann = world.somebody();
    await ann.says("hi");
    await ann.hasSeen(1);
    await world.settled();
    expect(world.replies.map(({ status }) => status)).toEqual([500, 200]);
    expect(world.replies[1]?.body).toBe(world.replies[0]?.body);
    expect(world.pushes).toEqual([]);
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(delivery(world)).toMatchObject({ state: "sent", evidence: "accepted" });
  });

  test("a push accepted and then disconnected goes out again under the same key: 409, one message seen", async () => {
    await using world = await startWorld(SHORT_TOKEN);
    world.line.faults.next("push", { at: "after-accept", how: "disconnect" });
    const ann = world.somebody();
    ann.isAnsweredBy(() => thinksFor(TOO_LATE_MS, answers("late")));
    await ann.says("hi");
    await until("the delivery is sent", () => delivery(world)?.state === "sent");
    await world.settled();
    expect(world.pushes.map(({ status }) => status)).toEqual(["disconnect", 409]);
    expect(world.pushes[1]?.retryKey).toBe(world.pushes[0]?.retryKey);
    expect(world.pushes[1]?.body).toBe(world.pushes[0]?.body);
    expect(ann.texts()).toEqual(["late"]);
    expect(delivery(world)).toMatchObject({ state: "sent", route: "push", evidence: "retry-key" });
    const [line] = await world.gateway.hasLogged("delivery sent");
    expect(line).toMatchObject({
      acceptedRequestId: world.pushes[0]?.requestId,
      requestId: world.pushes[1]?.requestId,
    });
  });

  test("a token that LINE refuses at its first use gives way to one push", async () => {
    await using world = await startWorld({ line: { tokenLifeMs: 50 } });
    const ann = world.somebody();
    ann.isAnsweredBy(() => thinksFor(100, answers("the token is dead already")));
    await ann.says("hi");
    await ann.hasSeen(1);
    await world.settled();
    expect(world.replies.map(({ status }) => status)).toEqual([400]);
    expect(world.pushes.map(({ status }) => status)).toEqual([200]);
    expect(world.pushes[0]?.retryKey).not.toBeNull();
    expect(ann.texts()).toEqual(["the token is dead already"]);
    expect(world.gateway.rows(ATTEMPTS)).toMatchObject([
      { route: "reply", outcome: "token-invalid", status: 400 },
      { route: "push", outcome: "sent", status: 200 },
    ]);
  });

  test("while LINE is unreachable an answer waits, and is one message when LINE is back on the same port", async () => {
    await using world = await startWorld();
    await world.platformProxy.close();
    const ann = world.somebody();
    await ann.says("hi");
    await world.gateway.hasLogged("delivery not accepted: it will be tried again", {}, 2);
    expect(world.sends).toEqual([]);
    await world.platformProxy.open();
    await ann.hasSeen(1);
    await world.settled();
    expect(world.replies.map(({ status }) => status)).toEqual([200]);
    expect(world.pushes).toEqual([]);
    expect(ann.texts()).toEqual(["re: hi"]);
    expect(delivery(world)).toMatchObject({ state: "sent", route: "reply", evidence: "accepted" });
  });

  test("of seven replies five travel on the free token and two in one push, in order", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const replies = ["1", "2", "3", "4", "5", "6", "7"];
    ann.isAnsweredBy(() => answers(...replies));
    await ann.says("tell me all");
    await ann.hasSeen(7);
    await world.settled();
    expect(ann.texts()).toEqual(replies);
    expect(ann.seen().map(({ route }) => route)).toEqual([...Array(5).fill("reply"), ...Array(2).fill("push")]);
    expect([world.replies.length, world.pushes.length]).toEqual([1, 1]);
  });

  test("seven replies to two messages cost nothing: each message granted a token", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const replies = ["1", "2", "3", "4", "5", "6", "7"];
    ann.isAnsweredBy(() => answers(...replies));
    const { text } = world.line.events;
    await world.line.post([text(ann.source, "tell me"), text(ann.source, "all")]);
    await ann.hasSeen(7);
    await world.settled();
    expect(ann.texts()).toEqual(replies);
    expect(world.replies.map(({ status }) => status)).toEqual([200, 200]);
    expect(tokenOf(world.replies[0])).not.toBe(tokenOf(world.replies[1]));
    expect(world.pushes).toEqual([]);
  });

  test("the second part of an answer stays behind the first while the first is tried again", async () => {
    await using world = await startWorld();
    world.line.faults.next("reply", { at: "before-accept", how: "disconnect", times: 2 });
    const ann = world.somebody();
    const replies = ["1", "2", "3", "4", "5", "6", "7"];
    ann.isAnsweredBy(() => answers(...replies));
    await ann.says("tell me all");
    await ann.hasSeen(7);
    await world.settled();
    expect(ann.texts()).toEqual(replies);
    expect(world.sends.map(({ status }) => status)).toEqual(["disconnect", "disconnect", 200, 200]);
  });

  test("the second part of an answer doesn't overtake the first while that one is refused for now", async () => {
    await using world = await startWorld();
    // A redirect is not LINE's: certainly not accepted, and tried again after a wait.
    world.line.faults.next("reply", { at: "before-accept", how: 302, times: 2 });
    const ann = world.somebody();
    const replies = ["1", "2", "3", "4", "5", "6", "7"];
    ann.isAnsweredBy(() => answers(...replies));
    await ann.says("tell me all");
    await ann.hasSeen(7);
    await world.settled();
    expect(ann.texts()).toEqual(replies);
    expect(world.sends.map(({ status }) => status)).toEqual([302, 302, 200, 200]);
  });

  test("a text over LINE's limit arrives whole, in parts", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const long = "All work and no play makes Jack a dull boy. ".repeat(250).trim();
    ann.isAnsweredBy(() => answers(long));
    await ann.says("write me a novel");
    await ann.hasSeen(3);
    await world.settled();
    expect(ann.texts().join(" ").replace(/\s+/g, " ")).toBe(long);
    expect(Math.max(...ann.texts().map((text) => text?.length ?? 0))).toBeLessThanOrEqual(5_000);
    expect([world.replies.length, world.pushes.length]).toEqual([1, 0]);
  });

  test("a body that LINE refuses is dead and visible, and its token is never used again", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    ann.isAnsweredBy(() => answers({ type: "raw", channel: "line", message: { type: "balloon" } }));
    await ann.says("hi");
    await until("the delivery is dead", () => delivery(world)?.state === "dead");
    await world.settled();
    expect(world.sends.map(({ path, status }) => [path, status])).toEqual([["/v2/bot/message/reply", 400]]);
    expect(delivery(world)?.reason).toMatch(/messages\[0\]\.type/);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("deliveries_total", { channel: "line", route: "reply", outcome: "dead" })).toBe(1);
    expect(metrics.sum("waiting", { state: "dead" })).toBe(1);
    // The next turn's answer is not held up, and takes its own token.
    ann.isAnsweredBy(() => answers("a good one"));
    const { replyToken } = await ann.says("and now?");
    await ann.hasSeen(1);
    expect(ann.texts()).toEqual(["a good one"]);
    expect(tokenOf(world.replies[1])).toBe(replyToken);
    expect((await world.gateway.metrics()).sum("oldest_seconds", { state: "dead" })).toBeGreaterThan(0);
  });
});
