import type { RetryPolicy } from "../../core/retry.ts";
import type { Expired, FailedTurn, Purged, Retention, Unsettled } from "../store.ts";
import type { KeyRing } from "./ops/purge.ts";
import type { Lane, Transactions } from "./transactions.ts";

/*
 * What is about many conversations: one look finds them, and each is dealt with in a transaction of its own, which looks
 * again, because another process may have been faster. So no transaction ever needs two conversations.
 */

interface Found {
  readonly turnIds: readonly string[];
  readonly deliveryIds: readonly string[];
}

interface Ends {
  endTurn(lane: Lane, turnId: string): Promise<FailedTurn | null>;
  endCall(lane: Lane, deliveryId: string): Promise<Unsettled | null>;
}

async function endAll(
  transactions: Transactions,
  { turnIds, deliveryIds }: Found,
  { endTurn, endCall }: Ends,
): Promise<Expired> {
  const turns: (FailedTurn | null)[] = [];
  for (const turnId of turnIds) {
    turns.push(
      await transactions.write(
        (locks) => locks.ofTurn(turnId),
        (lane) => endTurn(lane, turnId),
      ),
    );
  }
  const attemptsUnknown: Unsettled[] = [];
  for (const deliveryId of deliveryIds) {
    const left = await transactions.write(
      (locks) => locks.ofDelivery(deliveryId),
      (lane) => endCall(lane, deliveryId),
    );
    if (left !== null) attemptsUnknown.push(left);
  }
  return {
    turnsReady: turns.filter((turn) => turn?.state === "ready").length,
    turnsDead: turns.filter((turn) => turn?.state === "dead").length,
    attemptsUnknown,
  };
}

function sum(one: Expired, other: Expired): Expired {
  return {
    turnsReady: one.turnsReady + other.turnsReady,
    turnsDead: one.turnsDead + other.turnsDead,
    attemptsUnknown: [...one.attemptsUnknown, ...other.attemptsUnknown],
  };
}

/** The end of a process is no failure of the agent, whoever notices it: healed as at a start. */
function endsOfOthers(owner: string): Ends {
  return {
    endTurn: ({ ops }, turnId) => ops.takeOver.endTurn(turnId, owner),
    endCall: ({ ops }, deliveryId) => ops.takeOver.endCall(deliveryId, owner),
  };
}

const NOBODY = "";

/** What the dead held goes on, and nothing is left of them then. */
async function healTheDead(transactions: Transactions, limit: number, self = NOBODY): Promise<Expired> {
  const left = await transactions.read(({ owners }) => owners.findDead(limit));
  const ended = await endAll(transactions, left, endsOfOthers(self));
  if (left.owners.length > 0) await transactions.write(null, ({ owners }) => owners.remove(left.owners));
  return ended;
}

export async function expireLeases(
  transactions: Transactions,
  { limit, retry, chance }: { limit: number; retry: RetryPolicy; chance: number },
): Promise<Expired> {
  await transactions.write(null, ({ clock }) => clock.keepTime());
  const ofTheDead = await healTheDead(transactions, limit);
  const lapsed = await transactions.read(({ ops }) => ops.expireLeases.find(limit));
  const ended = await endAll(transactions, lapsed, {
    endTurn: ({ ops }, turnId) => ops.expireLeases.endTurn(turnId, { retry, chance }),
    endCall: ({ ops }, deliveryId) => ops.expireLeases.endCall(deliveryId, { retry, chance }),
  });
  return sum(ofTheDead, ended);
}

/** At a start there may be more than a sweep takes at once. */
const TAKE_OVER_LIMIT = 10_000;

export async function takeOver(transactions: Transactions, owner: string): Promise<Expired> {
  await transactions.write(null, async ({ ops, clock }) => {
    // Always: `turnpike copy` sees by this mark that a gateway has begun to work.
    await clock.keepTime({ always: true });
    await ops.takeOver.restartAccounts();
  });
  const ofTheDead = await healTheDead(transactions, TAKE_OVER_LIMIT, owner);
  const lapsed = await transactions.read(({ ops }) => ops.expireLeases.find(TAKE_OVER_LIMIT));
  return sum(ofTheDead, await endAll(transactions, lapsed, endsOfOthers(owner)));
}

export async function purge(transactions: Transactions, retention: Retention, ring: KeyRing): Promise<Purged> {
  const { turnIds, eventIds, deliveryIds } = await transactions.read(({ ops }) => ops.purge.find(retention));
  let turns = 0;
  let events = eventIds.length;
  for (const eventId of eventIds) {
    await transactions.write(
      (locks) => locks.ofEvent(eventId),
      ({ ops }) => ops.purge.purgeEvent(eventId),
    );
  }
  for (const deliveryId of deliveryIds) {
    await transactions.write(
      (locks) => locks.ofDelivery(deliveryId),
      ({ ops }) => ops.purge.purgeDelivery(deliveryId),
    );
  }
  for (const turnId of turnIds) {
    const gone = await transactions.write(
      (locks) => locks.ofTurn(turnId),
      ({ ops }) => ops.purge.purgeTurn(turnId),
    );
    if (gone === null) continue;
    turns += 1;
    events += gone;
  }
  const keys = await transactions.read(({ ops }) => ops.purge.purgeKeys(ring, retention));
  await transactions.write(null, ({ ops }) => ops.purge.purgeTaken(retention));
  return { turns, events, keys };
}
