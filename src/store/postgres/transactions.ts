import type { PoolClient } from "pg";
import { assert, Unavailable } from "../../core/errors.ts";
import type { Random } from "../../runtime/random.ts";
import { hasPeerIds } from "../ops/parts/peer-ids.ts";
import type { LockTarget, Transaction } from "../transaction.ts";
import { TransactionConflict } from "./classify-error.ts";
import { commit, isRolledBack } from "./commit.ts";
import type { CommitStatuses } from "./commit-status.ts";
import { lock, lockConversation, lockPeerIds } from "./conversation-lock.ts";
import type { ConnectionPool } from "./pool.ts";
import { createSession, type Session } from "./session.ts";

/** Tries of a conflicting transaction before the store counts as unavailable. */
const TRIES = 6;

/** Runs operations on the connection pool: each write is one transaction, retried after a conflict. */
export class Transactions {
  readonly #connections: ConnectionPool;
  readonly #random: Random;
  readonly #commitStatuses: CommitStatuses;
  readonly #sessions = new WeakMap<PoolClient, Session>();

  constructor(parts: { connections: ConnectionPool; random: Random; commitStatuses: CommitStatuses }) {
    this.#connections = parts.connections;
    this.#random = parts.random;
    this.#commitStatuses = parts.commitStatuses;
  }

  /** Runs one transaction under the target's lock. Resolves after the commit. */
  async write<T>(target: LockTarget | null, work: (tx: Transaction, session: Session) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.on((session) => this.#alone(session, target, work));
      } catch (error) {
        if (!(error instanceof TransactionConflict)) throw error;
        if (tries === TRIES) throw new Unavailable(`the database can't commit: ${error.message}`, { cause: error });
      }
    }
  }

  /** Reads without a transaction: each statement sees the committed state, and the result is only a hint. */
  async read<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    return await this.on(async (session) => {
      await session.clock.read();
      return await work(this.transaction(session));
    });
  }

  /** Runs `work` on a connection of the pool. */
  async on<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const client = await this.#connections.take();
    try {
      const result = await work(this.#sessionOf(client));
      client.release();
      return result;
    } catch (error) {
      // On an unavailable store the transaction ends with the connection. Only a live connection is rolled back: on one that
      // broke in the middle of a pipeline the driver would wait forever.
      const isAlive = !isUnavailable(error) && (await isRolledBack(client));
      client.release(!isAlive);
      throw error;
    }
  }

  /** One round trip, executed in this order, so the time is read under the locks. */
  async begin<T>(
    session: Session,
    locks: () => Promise<T>,
  ): Promise<{ readonly locked: T; readonly xid: string | null }> {
    const [, locked, xid] = await Promise.all([session.begin(), locks(), session.clock.read()]);
    return { locked, xid };
  }

  async commit({ client }: Session, xid: string | null): Promise<void> {
    let done: string;
    try {
      done = await commit(client, "COMMIT");
    } catch (error) {
      // The answer was lost, or isn't definite: the commit's status is read.
      if (!(error instanceof Unavailable) || (await this.#commitStatuses.of(client, xid)) !== "committed") throw error;
      return;
    }
    assert(done === "COMMIT", `COMMIT was answered ${done}: a failed statement was ignored`);
  }

  transaction({ get, all, run, clock }: Session): Transaction {
    return {
      random: this.#random,
      now: clock.now,
      wall: clock.wall,
      // The server's clock, which this process doesn't watch.
      doubtedMs: () => 0,
      get,
      all,
      run,
      async lock(conversationId) {
        await lockConversation({ get, all, run }, conversationId);
        // The time under the lock.
        await clock.read();
      },
    };
  }

  async #alone<T>(
    session: Session,
    target: LockTarget | null,
    work: (tx: Transaction, session: Session) => Promise<T>,
  ): Promise<T> {
    const { xid } = await this.begin(session, () => lockOf(session, target));
    const result = await work(this.transaction(session), session);
    await this.commit(session, xid);
    return result;
  }

  #sessionOf(client: PoolClient): Session {
    const known = this.#sessions.get(client);
    if (known !== undefined) return known;
    const session = createSession(client);
    this.#sessions.set(client, session);
    return session;
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Unavailable || (error instanceof Error && error.cause instanceof Unavailable);
}

async function lockOf(session: Session, target: LockTarget | null): Promise<void> {
  if (target === null) return;
  // For a person with several ids the conversation isn't known yet: the ids are locked.
  if ("event" in target && hasPeerIds(target.event)) await lockPeerIds(session, target.event);
  else await lock(session, target);
}
