import type { ForgetOutsideTurns, ForgetTurns, ForgottenOutsideTurns, ForgottenTurns } from "../erasure.ts";
import { deleteEvent } from "../ops/parts/delete-rows.ts";
import { deleteTurns } from "../ops/parts/delete-turns.ts";
import { conversationsOf } from "../ops/parts/peer-ids.ts";
import {
  blankGroupEvent,
  deleteDeliveryOutsideTurns,
  findDeliveriesOutsideTurns,
  findEventsOutsideTurns,
} from "../ops/parts/rows-outside-turns.ts";
import type { Driver } from "../transaction.ts";

/** Finds the conversation, then deletes its turns under the conversation's lock. */
export async function forgetTurns(driver: Driver, { person, limit }: ForgetTurns): Promise<ForgottenTurns> {
  const [conversationId] = await driver.read((tx) => conversationsOf(tx, person));
  if (conversationId === undefined) return { kind: "nobody" };
  return await driver.write({ conversationId }, (tx) => deleteTurns(tx, conversationId, person.peerId, limit));
}

/** A read finds the rows, and each is erased in its own transaction: no transaction locks two conversations. */
export async function forgetOutsideTurns(driver: Driver, step: ForgetOutsideTurns): Promise<ForgottenOutsideTurns> {
  const { table, after } = step.from ?? { table: "event", after: "" };
  return table === "event" ? await forgetEvents(driver, step, after) : await forgetDeliveries(driver, step, after);
}

async function forgetEvents(driver: Driver, step: ForgetOutsideTurns, after: string): Promise<ForgottenOutsideTurns> {
  const { own, inGroups, last } = await driver.read((tx) => findEventsOutsideTurns(tx, step, after));
  for (const eventId of own) await driver.write({ eventId }, (tx) => deleteEvent(tx, eventId));
  for (const eventId of inGroups) await driver.write({ eventId }, (tx) => blankGroupEvent(tx, eventId));
  const next = last === null ? ({ table: "delivery", after: "" } as const) : ({ table: "event", after: last } as const);
  return { events: own.length, deliveries: 0, inGroups: inGroups.length, next };
}

async function forgetDeliveries(
  driver: Driver,
  step: ForgetOutsideTurns,
  after: string,
): Promise<ForgottenOutsideTurns> {
  const { own, last } = await driver.read((tx) => findDeliveriesOutsideTurns(tx, step, after));
  let deliveries = 0;
  for (const deliveryId of own) {
    if (await driver.write({ deliveryId }, (tx) => deleteDeliveryOutsideTurns(tx, deliveryId))) deliveries += 1;
  }
  return { events: 0, deliveries, inGroups: 0, next: last === null ? null : { table: "delivery", after: last } };
}
