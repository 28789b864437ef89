import type { ForgetBeside, ForgetTurns, ForgottenBeside, ForgottenTurns } from "./erasure.ts";
import * as beside from "./ops/forget-beside.ts";
import * as turns from "./ops/forget-turns.ts";
import type { Driver } from "./transaction.ts";

/** Finds the conversation, then deletes its turns under the conversation's lock. */
export async function forgetTurns(driver: Driver, { person, limit }: ForgetTurns): Promise<ForgottenTurns> {
  const conversationId = await driver.read((tx) => turns.find(tx, person));
  return await driver.erase({ conversationId }, (tx) => turns.run(tx, conversationId, person.peerId, limit));
}

/** A read finds the rows, and each is erased in its own transaction: no transaction locks two conversations. */
export async function forgetBeside(driver: Driver, step: ForgetBeside): Promise<ForgottenBeside> {
  const { table, after } = step.from ?? { table: "event", after: "" };
  return table === "event" ? await throughEvents(driver, step, after) : await throughDeliveries(driver, step, after);
}

async function throughEvents(driver: Driver, step: ForgetBeside, after: string): Promise<ForgottenBeside> {
  const { own, inGroups, last } = await driver.read((tx) => beside.events(tx, step, after));
  for (const eventId of own) await driver.erase({ eventId }, (tx) => beside.deleteEvent(tx, eventId));
  for (const eventId of inGroups) await driver.erase({ eventId }, (tx) => beside.blankIn(tx, eventId));
  const next = last === null ? ({ table: "delivery", after: "" } as const) : ({ table: "event", after: last } as const);
  return { events: own.length, deliveries: 0, inGroups: inGroups.length, next };
}

async function throughDeliveries(driver: Driver, step: ForgetBeside, after: string): Promise<ForgottenBeside> {
  const { own, last } = await driver.read((tx) => beside.deliveries(tx, step, after));
  let deliveries = 0;
  for (const deliveryId of own) {
    if (await driver.erase({ deliveryId }, (tx) => beside.deleteDelivery(tx, deliveryId))) deliveries += 1;
  }
  return { events: 0, deliveries, inGroups: 0, next: last === null ? null : { table: "delivery", after: last } };
}
