/**
 * Goal: the metrics tell the truth: each part of the way takes as long as it took, what comes into a state is counted
 * when it does and once, and nothing is shown that isn't known.
 * Method: a whole gateway on the manual clock, LINE over its simulator.
 */
import { afterEach, describe, expect, test } from "vitest";
import { Unavailable } from "../src/core/errors.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  await whole.start();
  return whole;
}

const ann = (whole: AssembledGateway) => whole.simulator.person("Uann");

/** The lines of a scrape about that metric, without its buckets. */
async function shown(whole: AssembledGateway, name: string): Promise<Readonly<Record<string, number>>> {
  const response = await whole.gateway.adminFetch(new Request("http://localhost/metrics"));
  const lines = (await response.text()).split("\n").filter((line) => line.startsWith(`turnpike_${name}`));
  const samples = lines.filter((line) => !line.includes("_bucket")).map((line) => line.split(/ (?=\S+$)/));
  return Object.fromEntries(samples.map(([key = "", value]) => [key.replace("turnpike_", ""), Number(value)]));
}

describe("how long each part takes", () => {
  test("is measured from the first event to the claim, with the agent, for the call, and for the whole way", async () => {
    const { ask, asked, answers } = patientBot();
    const whole = await started({ answer: ask, settings: { batch: { quietMs: 1_000 } } });
    whole.simulator.faults.next("reply", { at: "slow", delayMs: 500 });
    await ann(whole).says("hi");
    await whole.clock.advance(1_000);
    expect(asked).toHaveLength(1);
    await whole.clock.advance(2_000);
    answers[0]?.resolve("hello");
    await whole.clock.advance(600);
    const of = '{channel="line",account="default"';
    expect(await shown(whole, "wait_seconds")).toEqual({
      [`wait_seconds_sum${of}}`]: 1,
      [`wait_seconds_count${of}}`]: 1,
    });
    expect(await shown(whole, "agent_seconds")).toEqual({
      [`agent_seconds_sum${of},outcome="answered"}`]: 2,
      [`agent_seconds_count${of},outcome="answered"}`]: 1,
    });
    expect(await shown(whole, "send_seconds")).toEqual({
      [`send_seconds_sum${of},route="reply"}`]: 0.5,
      [`send_seconds_count${of},route="reply"}`]: 1,
    });
    expect(await shown(whole, "answer_seconds")).toEqual({
      [`answer_seconds_sum${of},route="reply"}`]: 3.5,
      [`answer_seconds_count${of},route="reply"}`]: 1,
    });
  });

  test("is told in the lines of the turn and its delivery as well", async () => {
    const { ask, answers } = patientBot();
    const whole = await started({ answer: ask });
    await ann(whole).says("hi");
    await whole.clock.advance(2_000);
    answers[0]?.resolve("hello");
    await whole.clock.advance(500);
    const fields = (message: string) => whole.lines.find((line) => line.message === message)?.fields;
    expect(fields("webhook accepted")).toMatchObject({ events: 1, receipts: 0, ignored: 0, ackMs: 0 });
    expect(fields("turn handed to the agent")).toMatchObject({ attempt: 1, events: 1, waitedMs: 0 });
    expect(fields("turn answered")).toMatchObject({ agentMs: 2_000, replies: 1, deliveries: 1 });
    expect(fields("delivery sent")).toMatchObject({ wayMs: 2_000, callMs: 0, route: "reply" });
    const peers = whole.lines.map((line) => line.fields.peer).filter((peer) => peer !== undefined);
    expect(new Set(peers).size).toBe(1);
    expect(peers[0]).toMatch(/^peer_[0-9a-f]{16}$/);
  });

  test("counts each time that the agent has a turn, and the wait for the first only", async () => {
    let calls = 0;
    const whole = await started({
      answer: () => {
        calls += 1;
        if (calls === 1) throw new Error("not now");
        return "hello";
      },
    });
    await ann(whole).says("hi");
    await whole.clock.advance(10_000);
    expect(await whole.count("agent_seconds", { outcome: "failed", le: "+Inf" })).toBe(1);
    expect(await whole.count("agent_seconds", { outcome: "answered", le: "+Inf" })).toBe(1);
    expect(await whole.count("wait_seconds", { le: "+Inf" })).toBe(1);
  });
});

describe("what waits", () => {
  test("is as old as its first try, however often it is tried", async () => {
    const whole = await started({ answer: bot().ask });
    whole.simulator.faults.next("any", { at: "before-accept", how: 429, times: 100 });
    await ann(whole).says("hi");
    await whole.clock.advance(120_000);
    expect(await shown(whole, "oldest_seconds")).toMatchObject({ 'oldest_seconds{state="pending"}': 120 });
  });

  test("is counted when it is parked without a call, once, however often it is looked at", async () => {
    const { ask, answers } = patientBot();
    const whole = await started({ answer: ask, channel: { pushReserve: 10 }, line: { quota: 5 } });
    await ann(whole).says("hi");
    // The free token dies while the agent thinks, and what is left of the month is kept in reserve.
    await whole.clock.advance(90_000);
    answers[0]?.resolve("hello");
    await whole.clock.advance(5_000);
    const parked = { 'deliveries_total{channel="line",route="push",outcome="parked",account="default"}': 1 };
    expect(await shown(whole, "deliveries_total")).toEqual(parked);
    await whole.clock.advance(120_000);
    expect(await shown(whole, "deliveries_total")).toEqual(parked);
    expect(await shown(whole, "push_quota_remaining")).toEqual({
      'push_quota_remaining{account="default",channel="line"}': 5,
    });
  });

  test("isn't shown when the store can't be asked, and everything else is", async () => {
    let isUnavailable = false;
    const whole = await started({
      answer: bot().ask,
      wrapStore: (store) => ({
        ...store,
        countWaiting: async () => {
          if (isUnavailable) throw new Unavailable("the disk is gone");
          return await store.countWaiting();
        },
      }),
    });
    await ann(whole).says("hi");
    await whole.clock.advance(1_000);
    expect(Object.keys(await shown(whole, "oldest_seconds"))).toHaveLength(8);
    expect(await shown(whole, "store_readable")).toEqual({ store_readable: 1 });
    isUnavailable = true;
    expect(await shown(whole, "oldest_seconds")).toEqual({});
    expect(await shown(whole, "store_readable")).toEqual({ store_readable: 0 });
    expect(await shown(whole, "turns_total")).toEqual({ 'turns_total{outcome="done"}': 1 });
    isUnavailable = false;
    expect(Object.keys(await shown(whole, "oldest_seconds"))).toHaveLength(8);
  });
});
