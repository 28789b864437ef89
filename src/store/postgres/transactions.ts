import type { PoolClient } from "pg";
import { assert, Unavailable } from "../../core/errors.ts";
import type { Chance } from "../../runtime/chance.ts";
import { Raced } from "./away.ts";
import { commit, isRolledBack } from "./commit.ts";
import { type Connections, Db } from "./db.ts";
import type { Fates } from "./fate.ts";
import { type GroupIngest, prepareGroupIngest } from "./group-ingest.ts";
import { type Lock, type Locks, prepareLocks } from "./lock.ts";
import { type Operations, prepareOperations } from "./operations.ts";
import { type Owners, prepareOwners } from "./owners.ts";
import { type StoreClock, storeClock } from "./store-clock.ts";

/** One connection with everything prepared on it. */
export interface Lane {
  readonly db: Db;
  readonly clock: StoreClock;
  readonly locks: Locks;
  readonly ops: Operations;
  readonly owners: Owners;
  readonly ingestGroup: GroupIngest;
}

/** How often a transaction that lost a race is tried again before the store counts as away. */
const TRIES = 6;

/** Runs operations on the process's connections: each write one transaction, tried again when it lost a race. */
export class Transactions {
  readonly #connections: Connections;
  readonly #chance: Chance;
  readonly #fates: Fates;
  readonly #lanes = new WeakMap<PoolClient, Lane>();

  constructor(parts: { connections: Connections; chance: Chance; fates: Fates }) {
    this.#connections = parts.connections;
    this.#chance = parts.chance;
    this.#fates = parts.fates;
  }

  /** One transaction of what `lock` takes. Resolves after the commit. */
  async write<T>(lock: Lock | null, work: (lane: Lane) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#on((lane, client) => this.#transaction(lane, client, lock, work));
      } catch (error) {
        if (!(error instanceof Raced)) throw error;
        if (tries === TRIES) throw new Unavailable(`the database can't commit: ${error.message}`, { cause: error });
      }
    }
  }

  /** Reads without a transaction: each statement sees what is committed, and what is found is only a hint. */
  async read<T>(work: (lane: Lane) => Promise<T>): Promise<T> {
    return await this.#on(async (lane) => {
      await lane.clock.read();
      return await work(lane);
    });
  }

  async #on<T>(work: (lane: Lane, client: PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connections.take();
    try {
      const result = await work(this.#laneOf(client), client);
      client.release();
      return result;
    } catch (error) {
      // A store that is away ends what was begun with the connection. Only one that lives is asked to roll back: over a
      // connection that broke in the middle of a pipeline the driver waits for that answer for ever.
      const isAlive = !(error instanceof Unavailable) && (await isRolledBack(client));
      client.release(!isAlive);
      throw error;
    }
  }

  async #transaction<T>(
    lane: Lane,
    client: PoolClient,
    lock: Lock | null,
    work: (lane: Lane) => Promise<T>,
  ): Promise<T> {
    // They go out together and are done in this order: the time is read when the lock is held.
    const begun = await Promise.all([lane.db.exec("BEGIN"), lock?.(lane.locks), lane.clock.read()]);
    const result = await work(lane);
    await this.#commit(client, begun[2]);
    return result;
  }

  async #commit(client: PoolClient, xid: string | null): Promise<void> {
    let done: string;
    try {
      done = await commit(client, "COMMIT");
    } catch (error) {
      // The answer is lost, or isn't sure, which says nothing of the commit.
      if (!(error instanceof Unavailable) || (await this.#fates.of(client, xid)) !== "committed") throw error;
      return;
    }
    assert(done === "COMMIT", `COMMIT was answered ${done}: a failed statement was passed over`);
  }

  #laneOf(client: PoolClient): Lane {
    const known = this.#lanes.get(client);
    if (known !== undefined) return known;
    const db = new Db(client);
    const clock = storeClock(db);
    const context = { db, clock, chance: this.#chance };
    const lane = {
      db,
      clock,
      locks: prepareLocks(db),
      ops: prepareOperations(context),
      owners: prepareOwners(context),
      ingestGroup: prepareGroupIngest(context),
    };
    this.#lanes.set(client, lane);
    return lane;
  }
}
