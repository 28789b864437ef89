import { BEAT_PATIENCE_MS } from "../../core/lease.ts";
import { type Chance, systemChance } from "../../runtime/chance.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { conversationId } from "../conversation-id.ts";
import type { Store } from "../store.ts";
import { Arrivals } from "./arrivals.ts";
import { Connections } from "./db.ts";
import { Fates } from "./fate.ts";
import { refuseHalfCopied } from "./half-copied.ts";
import { Hints } from "./hints.ts";
import type { Lock } from "./lock.ts";
import { openDatabase } from "./open.ts";
import type { Operations } from "./operations.ts";
import type { KeyRing } from "./ops/purge.ts";
import { noteReceipt } from "./receipts.ts";
import { expireLeases, purge, takeOver } from "./sweeping.ts";
import { Transactions } from "./transactions.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, and what libpq's URIs allow behind a `?`, as in `?sslmode=require`. */
  readonly url: string;
  /** Connections that this process may hold for its work. Default 10. One more is for its beat, and one to listen. */
  readonly connections?: number;
  /**
   * Whether processes tell one another (LISTEN, NOTIFY) that there is work. Default true. Without it a turn that another
   * process takes may wait for that process's next look, and nothing else changes.
   */
  readonly notify?: boolean;
  /** How long to wait for the database to come up, in ms, before the start fails. Default 30 000. */
  readonly startWaitMs?: number;
  /** The process's clock, for pauses and back-off. What is stored is by the database's clock. */
  readonly clock?: Clock;
  readonly chance?: Chance;
}

/**
 * Opens the store, which any number of processes may share, and brings its schema up to this version. Throws
 * `Misconfigured` when the database can't be used, and says why.
 */
export async function postgres(options: PostgresOptions): Promise<Store> {
  const { url, connections = 10, startWaitMs = 30_000, clock = systemClock(), chance = systemChance() } = options;
  await openDatabase(url, clock, startWaitMs);
  await refuseHalfCopied(url);
  const pool = new Connections({ url, connections }, { clock, chance });
  const transactions = new Transactions({ connections: pool, chance, fates: new Fates(pool, clock) });
  // A connection of its own: a process whose others are all busy is not dead.
  const apart = new Connections({ url, connections: 1, patienceMs: BEAT_PATIENCE_MS }, { clock, chance });
  const beats = new Transactions({ connections: apart, chance, fates: new Fates(apart, clock) });
  const store = {
    ...assemble(transactions, async () => {
      await Promise.all([pool.end(), apart.end()]);
    }),
    beat: (owner: string) => beats.write(null, ({ owners }) => owners.beat(owner)),
    withdraw: (owner: string) => beats.write(null, ({ owners }) => owners.withdraw(owner)),
  };
  return options.notify === false ? store : hinting(store, new Hints({ url, connections: pool, clock, chance }));
}

/** The store, saying after each commit that may have made a turn ready that it did. */
function hinting(store: Store, hints: Hints): Store {
  const after =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>, mayBeReady: (result: R, ...args: A) => boolean) =>
    async (...args: A) => {
      const result = await method(...args);
      if (mayBeReady(result, ...args)) hints.signal();
      return result;
    };
  return {
    ...store,
    ingest: after(store.ingest, (result) => result.kind !== "duplicate" && result.turnReady),
    sealTurn: after(store.sealTurn, (result) => result === "ready"),
    answerTurn: after(store.answerTurn, (_, { done }) => done),
    failTurn: after(store.failTurn, ({ state, nextInMs }) => state === "dead" || nextInMs === 0),
    expireLeases: after(store.expireLeases, ({ turnsReady, turnsDead }) => turnsReady + turnsDead > 0),
    operate: after(store.operate, (result) => result.kind === "done" && result.to === "ready"),
    listen: (onHint) => hints.listen(onHint),
    async close() {
      await hints.close();
      await store.close();
    },
  };
}

/** Names the operation, and the conversation that is locked while it works. */
function assemble(transactions: Transactions, end: () => Promise<void>): Store {
  const arrivals = new Arrivals(transactions);
  const ring: KeyRing = { cursor: ["", "", ""] };
  const ofTurn = ({ turnId }: { turnId: string }) => lockTurn(turnId);
  const ofDelivery = ({ deliveryId }: { deliveryId: string }): Lock => {
    return (locks) => locks.ofDelivery(deliveryId);
  };
  const write =
    <A extends unknown[], R>(lock: (...args: A) => Lock | null, of: (ops: Operations) => (...args: A) => Promise<R>) =>
    (...args: A) =>
      transactions.write(lock(...args), ({ ops }) => of(ops)(...args));
  const read =
    <A extends unknown[], R>(of: (ops: Operations) => (...args: A) => Promise<R>) =>
    (...args: A) =>
      transactions.read(({ ops }) => of(ops)(...args));
  return {
    ingest: (event, policy) => arrivals.ingest(event, policy),
    noteReceipt: (note) => noteReceipt(transactions, note),
    dueTurns: read((ops) => ops.dueTurns),
    sealTurn: write(lockTurn, (ops) => ops.sealTurn),
    readyTurns: read((ops) => ops.readyTurns),
    claimTurn: write(ofTurn, (ops) => ops.claimTurn),
    renewLease: write(ofTurn, (ops) => ops.renewLease),
    answerTurn: write(ofTurn, (ops) => ops.answerTurn),
    offerButton: write(ofTurn, (ops) => ops.offerButton),
    failTurn: write(ofTurn, (ops) => ops.failTurn),
    queueMessages: write(
      ({ to }) =>
        (locks) =>
          locks.ofConversation(conversationId(to)),
      (ops) => ops.queueMessages,
    ),
    findTurn: read((ops) => ops.findTurn),
    dueDeliveries: read((ops) => ops.dueDeliveries),
    startAttempt: write(ofDelivery, (ops) => ops.startAttempt),
    abandonAttempt: write(ofDelivery, (ops) => ops.abandonAttempt),
    settleAttempt: write(ofDelivery, (ops) => ops.settleAttempt),
    expireLeases: (sweep) => expireLeases(transactions, sweep),
    purge: (retention) => purge(transactions, retention, ring),
    takeOver: (owner) => takeOver(transactions, owner),
    probe: write(
      () => null,
      (ops) => ops.probe,
    ),
    waiting: read((ops) => ops.waiting),
    listAccounts: read((ops) => ops.listAccounts),
    listActions: read((ops) => ops.listActions),
    listConversations: read((ops) => ops.listConversations),
    listWaiting: read((ops) => ops.listWaiting),
    readItem: read((ops) => ops.readItem),
    readTimeline: read((ops) => ops.readTimeline),
    search: read((ops) => ops.search),
    operate: write(
      ({ id }) => (id.startsWith("turn") ? lockTurn(id) : (locks) => locks.ofDelivery(id)),
      (ops) => ops.operate,
    ),
    close: end,
  };
}

function lockTurn(turnId: string): Lock {
  return (locks) => locks.ofTurn(turnId);
}
