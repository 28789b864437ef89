import { HEARTBEAT_TIMEOUT_MS } from "../../core/lease.ts";
import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import { createStore } from "../create-store.ts";
import type { Store } from "../store.ts";
import { createCluster } from "./cluster.ts";
import { CommitStatuses } from "./commit-status.ts";
import { postgresDriver } from "./driver.ts";
import { refuseIncompleteCopy } from "./incomplete-copy.ts";
import { Notifications } from "./notifications.ts";
import { openDatabase } from "./open-database.ts";
import { ConnectionPool } from "./pool.ts";
import { Transactions } from "./transactions.ts";

export interface PostgresOptions {
  /** `postgres://user:password@host:5432/database`, and what libpq's URIs allow behind a `?`, as in `?sslmode=require`. */
  readonly url: string;
  /** Size of the connection pool. Default 10. One more connection is for the heartbeat, and one to listen. */
  readonly connections?: number;
  /**
   * Whether processes notify one another of work (LISTEN, NOTIFY). Default true. Without it a turn that another process
   * takes may wait for that process's next poll, and nothing else changes.
   */
  readonly notify?: boolean;
  /** How long to wait for the database at start, in ms. Default 30 000. */
  readonly startWaitMs?: number;
  /** The process's clock, for pauses and back-off. Stored times are by the database's clock. */
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Opens the store, which any number of processes may share, and migrates its schema to this version. Throws
 * `Misconfigured` when the database can't be used, and says why.
 */
export async function postgres(options: PostgresOptions): Promise<Store> {
  const { url, connections = 10, startWaitMs = 30_000, clock = systemClock(), random = systemRandom() } = options;
  await openDatabase(url, clock, startWaitMs);
  await refuseIncompleteCopy(url);
  const pool = new ConnectionPool({ url, connections }, { clock, random });
  const transactions = new Transactions({ connections: pool, random, commitStatuses: new CommitStatuses(pool, clock) });
  // The heartbeat has its own connection: a process with a busy pool must not count as dead.
  const heartbeatPool = new ConnectionPool({ url, connections: 1, timeoutMs: HEARTBEAT_TIMEOUT_MS }, { clock, random });
  const heartbeats = new Transactions({
    connections: heartbeatPool,
    random,
    commitStatuses: new CommitStatuses(heartbeatPool, clock),
  });
  const store = createStore(
    postgresDriver(transactions, {
      cluster: createCluster(transactions, heartbeats),
      async end() {
        await Promise.all([pool.end(), heartbeatPool.end()]);
      },
    }),
  );
  return options.notify === false
    ? store
    : notifying(store, new Notifications({ url, connections: pool, clock, random }));
}

/** Wraps the store: notifies the other processes after each commit that may have made a turn ready. */
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
    ingest: after(store.ingest, (result) => result.kind !== "duplicate" && result.turnReady && result.claimed === null),
    sealTurn: after(store.sealTurn, (result) => result.kind === "ready" && result.claimed === null),
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
