/**
 * Goal: an agent for rehearsals gets of an ended turn what its person hasn't taken back, with the names that are stored.
 * Method: whole gateways, one after the other on one file and one LINE; what the agent got, and what LINE was asked.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { type AssemblyOptions, assembleGateway } from "../../../test/support/assembled-gateway.ts";
import { dev, refusal, rehearse, rehearsed, says, turnsOf, turnThatSaid } from "../../../test/support/rehearsals.ts";
import { inProcessAgent } from "../../agents/in-process.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** A gateway whose bot answers everything, beside an agent for rehearsals. */
async function started(options: AssemblyOptions = {}) {
  const { given, agent } = dev(() => says("good day"));
  const whole = assembleGateway({ agent: { ...inProcessAgent(() => "hi"), rehearsals: [agent] }, ...options });
  ends.push(whole.end);
  await whole.start();
  return { whole, given };
}

test("a message that was taken back after its answer is left out, and a turn of nothing else is given to nobody", async () => {
  const { whole, given } = await started({ settings: { batch: { quietMs: 500 } } });
  const ann = whole.simulator.person("Uann");
  const { messageId: first } = await ann.says("a secret");
  const { messageId: second } = await ann.says("hello");
  await whole.clock.advance(2_000);
  const [turnId = ""] = await turnsOf(whole);
  expect(await rehearsed(whole, turnId)).toMatchObject({ events: 2 });
  await ann.unsends(first ?? "");
  expect(await rehearsed(whole, turnId)).toMatchObject({ events: 1 });
  expect(given.at(-1)?.events.map(({ content }) => content.message?.text)).toEqual(["hello"]);
  await ann.unsends(second ?? "");
  expect(await refusal(await rehearse(whole, turnId))).toMatch(/^409: the turn's words were deleted or taken back/);
  expect(given).toHaveLength(2);
});

test("a name that isn't stored is asked of no platform, also where this process has never asked for it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-rehearsed-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "turnpike.db");
  const before = assembleGateway({ file, answer: () => "hi" });
  const running = await before.start();
  const turnId = await turnThatSaid(before, "hello");
  const stopped = running.stop();
  await before.clock.advance(10_000);
  await stopped;
  const { whole, given } = await started({ file, asksLine: true, after: before });
  const asked = () => whole.simulator.calls.filter(({ path }) => path.includes("profile"));
  await rehearsed(whole, turnId);
  expect(given[0]?.events[0]?.sender).toEqual({ id: "Uann", name: null });
  expect(asked()).toEqual([]);
  await whole.simulator.person("Uann").says("and now?");
  await vi.waitFor(() => expect(asked()).toHaveLength(1), 20_000);
});

test("a delivery is no turn", async () => {
  const { whole, given } = await started();
  const turnId = await turnThatSaid(whole, "hello");
  const { entries = [] } = (await whole.store.readItem(turnId)) ?? {};
  const deliveryId = entries.find((entry) => entry.kind === "delivery")?.deliveryId ?? "";
  expect(deliveryId).toMatch(/^dlv_/);
  expect(await refusal(await rehearse(whole, deliveryId))).toBe("404: there is no turn of that id");
  expect(given).toEqual([]);
});
