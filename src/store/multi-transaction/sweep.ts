import type { RetryPolicy } from "../../core/retry.ts";
import { resumeAll } from "../ops/account-checks.ts";
import { endExpiredCall, endExpiredTurn, findExpired } from "../ops/expired-leases.ts";
import { endOrphanedCall, endOrphanedTurn, findOrphaned } from "../ops/orphaned-leases.ts";
import { deleteEvent } from "../ops/parts/delete-rows.ts";
import { blankDelivery, blankEvent, blankTurn, findOldContent } from "../ops/parts/purge-content.ts";
import {
  type DedupKeyScan,
  findOldRows,
  purgeDedupKeys,
  purgeDelivery,
  purgeKeysAndActions,
  purgeTurn,
} from "../ops/parts/purge-rows.ts";
import type { Purged, Retention } from "../retention.ts";
import type { Expired, FailedTurn, Unsettled } from "../store.ts";
import { type Driver, type LockTarget, type Transaction, trustedNow } from "../transaction.ts";

/*
 * Work on many conversations: a read finds the rows, and each is handled in its own transaction, which checks again because
 * another process may have been faster. So no transaction ever locks two conversations.
 */

/** Concurrent transactions: as many as share a group commit. */
const AT_ONCE = 64;

interface Found {
  readonly turnIds: readonly string[];
  readonly deliveryIds: readonly string[];
}

interface Ends {
  endTurn(tx: Transaction, turnId: string): Promise<FailedTurn | null>;
  endCall(tx: Transaction, deliveryId: string): Promise<Unsettled | null>;
}

async function forEach<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE) {
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  }
  return results;
}

async function endAll(driver: Driver, { turnIds, deliveryIds }: Found, { endTurn, endCall }: Ends): Promise<Expired> {
  const turns = await forEach(turnIds, (turnId) => driver.write({ turnId }, (tx) => endTurn(tx, turnId)));
  const calls = await forEach(deliveryIds, (deliveryId) =>
    driver.write({ deliveryId }, (tx) => endCall(tx, deliveryId)),
  );
  return {
    turnsReady: turns.filter((turn) => turn?.state === "ready").length,
    turnsDead: turns.filter((turn) => turn?.state === "dead").length,
    attemptsUnknown: calls.filter((call) => call !== null),
  };
}

function sum(one: Expired, other: Expired): Expired {
  return {
    turnsReady: one.turnsReady + other.turnsReady,
    turnsDead: one.turnsDead + other.turnsDead,
    attemptsUnknown: [...one.attemptsUnknown, ...other.attemptsUnknown],
  };
}

/** The end of a process doesn't count as a failure of the agent. */
function endsForOtherOwners(owner: string): Ends {
  return {
    endTurn: (tx, turnId) => endOrphanedTurn(tx, turnId, owner),
    endCall: (tx, deliveryId) => endOrphanedCall(tx, deliveryId, owner),
  };
}

const NO_OWNER = "";

/** Reclaims the leases of dead owners, then deletes the owners' rows. */
async function reclaimFromDeadOwners(driver: Driver, limit: number): Promise<Expired> {
  const { cluster } = driver;
  if (cluster === undefined) return { turnsReady: 0, turnsDead: 0, attemptsUnknown: [] };
  await cluster.keepTime();
  const left = await cluster.findDead(limit);
  const ended = await endAll(driver, left, endsForOtherOwners(NO_OWNER));
  if (left.owners.length > 0) await cluster.remove(left.owners);
  return ended;
}

export async function expireLeases(
  driver: Driver,
  { limit, retry, random }: { limit: number; retry: RetryPolicy; random: number },
): Promise<Expired> {
  const ofDeadOwners = await reclaimFromDeadOwners(driver, limit);
  const found = await driver.read((tx) => findExpired(tx, limit));
  const ended = await endAll(driver, found, {
    endTurn: (tx, turnId) => endExpiredTurn(tx, turnId, { retry, random }),
    endCall: (tx, deliveryId) => endExpiredCall(tx, deliveryId, { retry, random }),
  });
  return sum(ofDeadOwners, ended);
}

/** Batch size at start, where there may be more than in a sweep. */
const RECLAIM_LIMIT = 10_000;

export async function reclaimOrphanedLeases(driver: Driver, owner: string): Promise<Expired> {
  // By this write `turnpike copy` detects that a gateway has started.
  await driver.checkCommit();
  await driver.write(null, (tx) => resumeAll(tx));
  let all = await reclaimFromDeadOwners(driver, RECLAIM_LIMIT);
  for (;;) {
    const found = await driver.read((tx) => findOrphaned(tx, owner, RECLAIM_LIMIT));
    const ended = await endAll(driver, found, endsForOtherOwners(owner));
    all = sum(all, ended);
    // Another process may have reclaimed all that was found.
    const isLast = Math.max(found.turnIds.length, found.deliveryIds.length) < RECLAIM_LIMIT;
    if (isLast || ended.turnsReady + ended.turnsDead + ended.attemptsUnknown.length === 0) return all;
  }
}

/** Comes first: rows are deleted only after their content was. */
async function purgeContent(driver: Driver, retention: Retention): Promise<number> {
  const { metadataMs, contentMs = metadataMs, wall, limit } = retention;
  const { turnIds, eventIds, deliveryIds } = await driver.read((tx) =>
    findOldContent(tx, { olderThan: trustedNow(tx, wall) - Math.min(contentMs, metadataMs), limit }),
  );
  await eachOf(driver, turnIds.map(toTurn), (tx, { turnId }) => blankTurn(tx, turnId));
  await eachOf(driver, eventIds.map(toEvent), (tx, { eventId }) => blankEvent(tx, eventId));
  await eachOf(driver, deliveryIds.map(toDelivery), (tx, { deliveryId }) => blankDelivery(tx, deliveryId));
  return turnIds.length + eventIds.length + deliveryIds.length;
}

export async function purge(driver: Driver, retention: Retention, scan: DedupKeyScan): Promise<Purged> {
  const contents = await purgeContent(driver, retention);
  const { turnIds, eventIds, deliveryIds } = await driver.read((tx) => findOldRows(tx, retention));
  await eachOf(driver, eventIds.map(toEvent), (tx, { eventId }) => deleteEvent(tx, eventId));
  await eachOf(driver, deliveryIds.map(toDelivery), (tx, { deliveryId }) => purgeDelivery(tx, deliveryId));
  const gone = await eachOf(driver, turnIds.map(toTurn), (tx, { turnId }) => purgeTurn(tx, turnId));
  const purged = gone.filter((events) => events !== null);
  const { deleted: keys, cursor } = await driver.write(null, (tx) => purgeDedupKeys(tx, scan.cursor, retention));
  scan.cursor = cursor;
  await driver.write(null, (tx) => purgeKeysAndActions(tx, retention));
  const events = purged.reduce((sum, count) => sum + count, eventIds.length);
  return { contents, turns: purged.length, events, keys };
}

const toTurn = (turnId: string) => ({ turnId });
const toEvent = (eventId: string) => ({ eventId });
const toDelivery = (deliveryId: string) => ({ deliveryId });

function eachOf<S extends LockTarget, R>(
  driver: Driver,
  targets: readonly S[],
  work: (tx: Transaction, target: S) => Promise<R>,
): Promise<R[]> {
  return forEach(targets, (target) => driver.write(target, (tx) => work(tx, target)));
}
