import type { ForgetBeside, ForgetTurns, ForgottenBeside, ForgottenTurns } from "../forgetting.ts";
import type { Transactions } from "./transactions.ts";

/** The conversation is found first, and its row is held while its turns go: nobody writes to it meanwhile. */
export async function forgetTurns(transactions: Transactions, { person, limit }: ForgetTurns): Promise<ForgottenTurns> {
  const conversationId = await transactions.read(({ ops }) => ops.forgetTurns.find(person));
  return await transactions.write(
    (locks) => locks.ofConversation(conversationId),
    ({ ops }) => ops.forgetTurns.run(conversationId, person.peerId, limit),
  );
}

/** A look finds them, and each goes in a transaction of its own: no transaction needs two conversations. */
export async function forgetBeside(transactions: Transactions, step: ForgetBeside): Promise<ForgottenBeside> {
  const { table, after } = step.from ?? { table: "event", after: "" };
  return table === "event"
    ? await throughEvents(transactions, step, after)
    : await throughDeliveries(transactions, step, after);
}

async function throughEvents(transactions: Transactions, step: ForgetBeside, after: string): Promise<ForgottenBeside> {
  const { own, inGroups, last } = await transactions.read(({ ops }) => ops.forgetBeside.events(step, after));
  for (const eventId of own) {
    await transactions.write(
      (locks) => locks.ofEvent(eventId),
      ({ ops }) => ops.forgetBeside.deleteEvent(eventId),
    );
  }
  for (const eventId of inGroups) {
    await transactions.write(
      (locks) => locks.ofEvent(eventId),
      ({ ops }) => ops.forgetBeside.blankIn(eventId),
    );
  }
  const next = last === null ? ({ table: "delivery", after: "" } as const) : ({ table: "event", after: last } as const);
  return { events: own.length, deliveries: 0, inGroups: inGroups.length, next };
}

async function throughDeliveries(
  transactions: Transactions,
  step: ForgetBeside,
  after: string,
): Promise<ForgottenBeside> {
  const { own, last } = await transactions.read(({ ops }) => ops.forgetBeside.deliveries(step, after));
  let deliveries = 0;
  for (const deliveryId of own) {
    const gone = await transactions.write(
      (locks) => locks.ofDelivery(deliveryId),
      ({ ops }) => ops.forgetBeside.deleteDelivery(deliveryId),
    );
    if (gone) deliveries += 1;
  }
  return { events: 0, deliveries, inGroups: 0, next: last === null ? null : { table: "delivery", after: last } };
}
