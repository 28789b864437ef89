import { HEARTBEAT_PATIENCE_MS } from "../../core/lease.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import { createStore } from "../create-store.ts";
import type { Store } from "../store.ts";
import { CommitStatuses } from "./commit-status.ts";
import { postgresDriver } from "./driver.ts";
import { createCluster } from "./heartbeat.ts";
import { refuseIncompleteCopy } from "./incomplete-copy.ts";
import { Notifications } from "./notifications.ts";
import { openDatabase } from "./open-database.ts";
import { ConnectionPool } from "./pool.ts";
import { Transactions } from "./transactions.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, and what libpq's URIs allow behind a `?`, as in `?sslmode=require`. */
  readonly url: string;
  /** ConnectionPool that this process may hold for its work. Default 10. One more is for its heartbeat, and one to listen. */
  readonly connections?: number;
  /**
   * Whether processes tell one another (LISTEN, NOTIFY) that there is work. Default true. Without it a turn that another
   * process takes may wait for that process's next poll, and nothing else changes.
   */
  readonly notify?: boolean;
  /** How long to wait for the database to come up, in ms, before the start fails. Default 30 000. */
  readonly startWaitMs?: number;
  /** The process's clock, for pauses and back-off. What is stored is by the database's clock. */
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Opens the store, which any number of processes may share, and brings its schema up to this version. Throws
 * `Misconfigured` when the database can't be used, and says why.
 */
export async function postgres(options: PostgresOptions): Promise<Store> {
  const { url, connections = 10, startWaitMs = 30_000, clock = systemClock(), random = systemRandom() } = options;
  await openDatabase(url, clock, startWaitMs);
  await refuseIncompleteCopy(url);
  const pool = new ConnectionPool({ url, connections }, { clock, random });
  const transactions = new Transactions({ connections: pool, random, commitStatuses: new CommitStatuses(pool, clock) });
  // A connection of its own: a process whose others are all busy is not dead.
  const apart = new ConnectionPool({ url, connections: 1, patienceMs: HEARTBEAT_PATIENCE_MS }, { clock, random });
  const heartbeats = new Transactions({ connections: apart, random, commitStatuses: new CommitStatuses(apart, clock) });
  const store = createStore(
    postgresDriver(transactions, {
      cluster: createCluster(transactions, heartbeats),
      async end() {
        await Promise.all([pool.end(), apart.end()]);
      },
    }),
  );
  return options.notify === false
    ? store
    : notifying(store, new Notifications({ url, connections: pool, clock, random }));
}

/** The store, saying after each commit that may have made a turn ready that it did. */
function notifying(store: Store, notifications: Notifications): Store {
  const after =
    <A extends unknown[], R>(method: (...args: A) => Promise<R>, mayBeReady: (result: R, ...args: A) => boolean) =>
    async (...args: A) => {
      const result = await method(...args);
      if (mayBeReady(result, ...args)) notifications.signal();
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
    listen: (onNotification) => notifications.listen(onNotification),
    async close() {
      await notifications.close();
      await store.close();
    },
  };
}
