/**
 * Goal: an agent that is slow or away for long costs time and nothing else: no ack, no message and no second answer.
 * Method: as in `pipeline.test.ts`, with the settings that ship.
 */
import { afterEach, expect, test } from "vitest";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";

const MINUTE = 60_000;

let whole: AssembledGateway | null = null;
afterEach(async () => {
  await whole?.end();
  whole = null;
});

async function started(options: AssemblyOptions): Promise<AssembledGateway> {
  whole = assembleGateway(options);
  await whole.start();
  return whole;
}

const screen = (gateway: AssembledGateway) => gateway.simulator.seenBy("Uann").map(({ text }) => text);

test("regression_the_ack_does_not_wait_for_the_agent_and_a_copy_meanwhile_asks_nobody", async () => {
  const { asked, ask, answers } = patientBot();
  const gateway = await started({ answer: ask });
  const { eventId, webhook } = await gateway.simulator.person("Uann").says("hi");
  expect(webhook.status).toBe(200);
  await gateway.clock.advance(10_000);
  expect(await gateway.simulator.redeliver(eventId)).toMatchObject({ status: 200 });
  await gateway.clock.advance(10_000);
  answers[0]?.resolve("at last");
  await gateway.clock.advance(10_000);
  expect(asked).toHaveLength(1);
  expect(screen(gateway)).toEqual(["at last"]);
});

test("regression_twenty_one_messages_while_the_agent_is_busy_all_reach_it_in_order", async () => {
  const { asked, ask, answers } = patientBot();
  const gateway = await started({
    answer: ask,
    settings: { batch: { quietMs: 1_500, maxWaitMs: 8_000, maxEvents: 10 } },
  });
  const ann = gateway.simulator.person("Uann");
  await ann.says("first");
  await gateway.clock.advance(1_500);
  expect(asked).toHaveLength(1);
  const words = Array.from({ length: 21 }, (_, index) => `${index}`);
  for (const word of words) await ann.says(word);
  for (let turn = 0; turn < 4; turn += 1) {
    answers[turn]?.resolve(undefined);
    await gateway.clock.advance(10_000);
  }
  expect(asked.map(({ turn }) => turn.events.length)).toEqual([1, 10, 10, 1]);
  expect(asked.flatMap(({ turn }) => turn.text.split("\n"))).toEqual(["first", ...words]);
});

test("regression_an_outage_longer_than_all_attempts_kills_no_message", async () => {
  const { ask } = bot((turn) => {
    if (gateway.clock.now() < backAt) throw new Error("the model is away");
    return `echo ${turn.text}`;
  });
  const gateway: AssembledGateway = await started({ answer: ask });
  const backAt = gateway.clock.now() + 10 * MINUTE;
  await gateway.simulator.person("Uann").says("hi");
  await gateway.clock.advance(9 * MINUTE);
  expect(screen(gateway)).toEqual([]);
  expect(await gateway.count("turns_total", { outcome: "dead" })).toBe(0);
  await gateway.clock.advance(3 * MINUTE);
  expect(screen(gateway)).toEqual(["echo hi"]);
});

test("regression_what_a_slowed_account_holds_back_is_counted_by_its_age", async () => {
  const { ask } = bot();
  const gateway = await started({ answer: ask });
  gateway.simulator.faults.next("any", { at: "before-accept", how: 429, times: 100 });
  await gateway.simulator.person("Uann").says("hi");
  await gateway.simulator.person("Uben").says("hi");
  await gateway.clock.advance(5_000);
  const waiting = (await gateway.store.countWaiting()).find(({ state }) => state === "pending");
  expect(waiting).toEqual({ state: "pending", count: 2, oldestMs: 5_000 });
  const metrics = await (await gateway.gateway.adminFetch(new Request("http://localhost/metrics"))).text();
  expect(metrics).toContain('turnpike_oldest_seconds{state="pending"} 5\n');
  expect(metrics).toContain('turnpike_waiting{state="pending"} 2\n');
});
