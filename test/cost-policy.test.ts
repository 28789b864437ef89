/**
 * Goal: nothing is paid for that is free, and what is paid for is counted (G9).
 * Method: a whole gateway with real SQLite on a manual clock; LINE's simulator counts what is paid and shows what
 * people see. The agent answers late, bit by bit, or with what LINE refuses.
 */
import { afterEach, describe, expect, test } from "vitest";
import { bot } from "./support/bots.ts";
import {
  ANN,
  assembled,
  endAll,
  MINUTE,
  routes,
  SECOND,
  screen,
  started,
  withPatience,
} from "./support/cost-policy.ts";

afterEach(endAll);

describe("what LINE would refuse", () => {
  test("is dead before a token is spent on it, with the field's name, and takes nothing along", async () => {
    const raw = (message: object) => ({ type: "raw", channel: "line", message });
    const whole = await started({
      answer: () => ["good", raw({ type: "image", originalContentUrl: "http://x" }), "too"],
    });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["good", "too"]);
    expect(routes(whole)).toEqual(["reply", "push"]);
    const dead = whole.lines.find(({ message }) => message === "delivery dead: it waits for a person");
    expect(dead?.fields.reason).toMatch(/messages\[0\]\.originalContentUrl: no https address/);
    expect(await whole.count("deliveries_total", { outcome: "dead" })).toBe(1);
  });

  test("makes no call either when a person puts it back to work: it is dead again, with the same reason", async () => {
    const whole = await started({ answer: () => [{ type: "raw", channel: "line", message: { type: "text" } }] });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    const anywhere = { channel: null, account: null, conversation: null, since: null, limit: 10, before: null };
    const [item] = (await whole.store.listWaiting({ kind: "delivery", states: ["dead"], ...anywhere })).items;
    expect(item).toMatchObject({ kind: "delivery", state: "dead", attempts: 0 });
    expect(item?.reason).toMatch(/^not sent, the platform would refuse it: messages\[0\]\.text: missing/);
    const order = { id: item?.id ?? "", action: "replay", actionId: "a1", actor: "cli" } as const;
    expect(await whole.store.operate(order)).toMatchObject({ kind: "done", to: "pending" });
    await whole.clock.advance(5 * MINUTE);
    const again = await whole.store.readItem(item?.id ?? "");
    expect(again?.item).toMatchObject({ state: "dead", reason: item?.reason, attempts: 0 });
    expect(whole.simulator.calls).toEqual([]);
    expect(await whole.count("deliveries_total", { outcome: "dead", route: "none" })).toBe(2);
  });

  test("leaves the token to the next one", async () => {
    const whole = await started({
      answer: () => [{ type: "raw", channel: "line", message: { type: "text" } }, "free"],
    });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["free"]);
    expect(routes(whole)).toEqual(["reply"]);
  });

  test("a quick reply on an earlier message moves to the last one, where LINE shows it", async () => {
    const action = { type: "message", label: "yes", text: "yes" };
    const asks = { type: "text", text: "sure?", quickReply: { items: [{ type: "action", action }] } };
    const whole = await started({ answer: () => [{ type: "raw", channel: "line", message: asks }, "think well"] });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["sure?", "think well [yes]"]);
  });
});

describe("replies that come one by one", () => {
  async function later(settings = {}) {
    const whole = await started({
      agent: {
        name: "later",
        isReachable: () => true,
        invoke: async () => ({ kind: "accepted" }),
        close: async () => {},
      },
      settings: { agentToken: "t0ken", ...settings },
    });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    const turn = whole.lines.find(({ message }) => message === "turn handed to the agent")?.fields;
    const add = async (reply: string, done = false) => {
      const body = JSON.stringify({ fence: turn?.fence, replies: [reply], done });
      const headers = { authorization: "Bearer t0ken", "content-type": "application/json" };
      const response = await whole.post(`/v1/turns/${turn?.turnId}/replies`, new TextEncoder().encode(body), headers);
      await whole.clock.settle();
      return response.status;
    };
    return { whole, add };
  }

  test("within the window travel in one free call, in their order", async () => {
    const { whole, add } = await later();
    for (const text of ["a", "b", "c"]) expect(await add(text)).toBe(200);
    expect(screen(whole)).toEqual([]);
    await whole.clock.advance(150);
    expect(screen(whole)).toEqual(["a", "b", "c"]);
    expect(routes(whole)).toEqual(["reply"]);
  });

  test("leave at once when the call is full, and when the turn ends", async () => {
    const { whole, add } = await later();
    for (const text of ["1", "2", "3", "4", "5"]) await add(text);
    expect(screen(whole)).toEqual(["1", "2", "3", "4", "5"]);
    await add("6");
    await add("7", true);
    expect(screen(whole).slice(5)).toEqual(["6", "7"]);
    expect(routes(whole)).toEqual(["reply", "push"]);
  });

  test("wait for nothing when the window is 0", async () => {
    const { whole, add } = await later({ coalesceMs: 0 });
    await add("at once");
    expect(screen(whole)).toEqual(["at once"]);
  });
});

describe("the quota", () => {
  test("is read at the start, after pushes and hourly, and shown", async () => {
    const whole = await started({ answer: bot().ask, line: { quota: 200 } });
    await whole.clock.settle();
    expect(await whole.count("push_quota_remaining", { account: "default" })).toBe(200);
    whole.simulator.quota.limit = 100;
    await whole.clock.advance(3_600 * SECOND);
    expect(await whole.count("push_quota_remaining", { account: "default" })).toBe(100);
  });

  test("that can't be read stops nothing", async () => {
    const whole = assembled({ answer: bot().ask });
    whole.simulator.besideFaults.next("beside", { at: "before-accept", how: 500, times: 1_000 });
    await whole.start();
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.settle();
    expect(screen(whole)).toEqual(["echo hi"]);
    expect(whole.messages()).toContain("quota of paid messages not read");
  });

  test("keeps its reserve: a push is parked and comes with the next free answer", async () => {
    const { whole, finish } = await withPatience({ pushReserve: 10 }, { line: { quota: 10 } });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "late");
    expect(screen(whole)).toEqual([]);
    expect(whole.messages()).toContain("delivery parked");
    await whole.simulator.person(ANN).says("hello?");
    await whole.clock.settle();
    await finish(1, "here");
    expect(screen(whole)).toEqual(["late", "here"]);
    expect(whole.simulator.quota.used).toBe(0);
  });

  test("is spent by a group's push for every member, and the reserve knows that", async () => {
    const { whole, finish } = await withPatience({ pushReserve: 8 }, { line: { quota: 10 } });
    const team = whole.simulator.group("Cteam", ["Ubob", "Ueve"]);
    await team.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "too dear");
    expect(screen(whole, "Cteam")).toEqual([]);
    whole.simulator.quota.limit = 20;
    await whole.clock.advance(3_600 * SECOND);
    await team.person(ANN).says("again");
    await whole.clock.advance(2 * MINUTE);
    await finish(1, "affordable");
    expect(screen(whole, "Cteam")).toEqual(["too dear", "affordable"]);
    expect(whole.simulator.quota.used).toBe(3);
  });

  test("is not spent on groups when that is switched off", async () => {
    const { whole, finish } = await withPatience({ groupPush: "never" });
    await whole.simulator.group("Cteam").person(ANN).says("hi");
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(2 * MINUTE);
    await finish(0, "to all");
    await finish(1, "to Ann");
    expect([screen(whole, "Cteam"), screen(whole)]).toEqual([[], ["to Ann"]]);
  });
});

describe("typing indicator and read mark", () => {
  test("the loading animation runs while the agent works, is refreshed, and ends with the answer", async () => {
    const { whole, finish } = await withPatience({});
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(SECOND);
    expect(whole.simulator.isLoading(ANN)).toBe(true);
    await whole.clock.advance(45 * SECOND);
    expect(whole.simulator.isLoading(ANN)).toBe(true);
    await finish(0, "done");
    expect(whole.simulator.isLoading(ANN)).toBe(false);
    const signs = () => whole.simulator.besideCalls.filter(({ path }) => path.includes("/chat/")).length;
    const count = signs();
    await whole.clock.advance(MINUTE);
    expect(signs()).toBe(count);
  });

  test("messages are marked as read where LINE doesn't do it by itself", async () => {
    const manual = await withPatience({}, { line: { markAsReadMode: "manual" } });
    const auto = await withPatience({});
    for (const { whole } of [manual, auto]) {
      await whole.simulator.person(ANN).says("hi");
      await whole.clock.settle();
    }
    expect([manual.whole.simulator.readCount, auto.whole.simulator.readCount]).toEqual([1, 0]);
  });

  test("that fail or hang hold up no answer, and are left alone for a while", async () => {
    const { whole, finish } = await withPatience({ markAsRead: "always" });
    whole.simulator.besideFaults.next("beside", { at: "before-accept", how: 429, times: 1_000 });
    await whole.simulator.person(ANN).says("hi");
    await whole.clock.advance(20 * SECOND);
    await finish(0, "here");
    expect(screen(whole)).toEqual(["here"]);
    expect(whole.simulator.besideCalls.filter(({ path }) => path.includes("/chat/"))).toHaveLength(1);
  });
});

test("every attempt is logged with its route, why no cheaper one was taken, its lag and LINE's request id", async () => {
  const { whole, finish } = await withPatience({});
  await whole.simulator.person(ANN).says("hi");
  await whole.clock.advance(MINUTE);
  await finish(0, "late");
  const { fields } = whole.lines.find(({ message }) => message === "delivery sent") ?? {};
  expect(fields).toMatchObject({
    route: "push",
    why: "no reply token of its conversation is alive and unused",
    eventToReplyMs: MINUTE,
    requestId: whole.simulator.calls[0]?.requestId,
  });
});
