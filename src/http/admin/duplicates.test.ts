/**
 * Goal: an event shows its duplicates, and since when they are known; and the log lines about it name its conversation and turn.
 * Method: a whole gateway without a socket, whose platform delivers again.
 */
import { afterEach, expect, test } from "vitest";
import { readAdmin } from "../../../test/support/admin-reader.ts";
import { type AssembledGateway, assembleGateway } from "../../../test/support/assembled-gateway.ts";
import { WIRE } from "./wire.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function eventOf(whole: AssembledGateway) {
  const { items } = await readAdmin(whole, WIRE.conversations, "/api/conversations");
  const id = items[0]?.conversation.conversationId ?? "";
  const { entries } = await readAdmin(whole, WIRE.timeline, `/api/conversations/${id}/timeline`);
  const event = entries.find((entry) => entry.kind === "event");
  if (event?.kind !== "event") throw new Error("there is no event");
  return { id, event };
}

test("an event delivered three times has two duplicates, each with when and how it came, in the timeline and with its turn", async () => {
  const whole = assembleGateway({ answer: () => "hi" });
  ends.push(whole.end);
  const startedAt = whole.clock.now();
  await whole.start();
  const said = await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  const { event: before } = await eventOf(whole);
  expect(before.copies).toEqual({ count: 0, newest: [], knownSince: startedAt });
  const at = whole.clock.now();
  await whole.simulator.redeliver(said.eventId);
  await whole.clock.advance(500);
  await whole.simulator.redeliver(said.eventId, { isRedelivery: false });
  await whole.clock.advance(500);
  const { id, event } = await eventOf(whole);
  expect(event.copies).toMatchObject({ count: 2, newest: [{ redelivered: true }, { redelivered: false }] });
  expect(event.copies?.newest[1]?.at).toBeGreaterThanOrEqual(at + 500);
  const item = await readAdmin(whole, WIRE.item, `/api/items/${event.turnId}`);
  expect(item.entries.find((entry) => entry.kind === "event")).toMatchObject({ copies: { count: 2 } });
  for (const message of ["skip replying due to redelivery", "duplicate event", "event accepted"]) {
    const line = whole.lines.find((one) => one.message === message);
    expect(line?.fields, message).toMatchObject({ conversationId: id, turnId: event.turnId });
  }
});
