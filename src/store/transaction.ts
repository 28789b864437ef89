import type { InboundEvent } from "../core/event.ts";
import type { Random } from "../runtime/random.ts";
import type { StoreNode } from "./cluster-membership.ts";
import type { ErasedBytes } from "./erasure.ts";
import type { Statement } from "./statement.ts";

/** How statements are run. */
export interface Statements {
  /** The first row. */
  get<P extends object, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined>;
  all<P extends object, R>(statement: Statement<P, R>, parameters: P): Promise<R[]>;
  run<P extends object>(statement: Statement<P>, parameters: P): Promise<{ readonly changes: number }>;
}

/**
 * One transaction, as an operation uses it; for a read, the committed state. Each file in `ops/` is a method of `Store`, or
 * a part of one, as an async function with this as its first argument. Methods of several transactions are in
 * `multi-transaction/`.
 */
export interface Transaction extends Statements {
  readonly random: Random;
  /** Epoch ms by the store's own clock, which never goes back. Constant within a transaction on PostgreSQL. */
  now(): number;
  /** Epoch ms by the wall clock, to compare with a platform's time. */
  wall(): number;
  /** How far (ms) the system's clock is ahead of `wall`, because it was set forward and isn't believed yet. */
  doubtedMs(): number;
  /** Locks that conversation's row until the transaction ends. `now()` is read again after it. */
  lock(conversationId: string): Promise<void>;
}

/**
 * For retention: a clock that is ahead, or that was once and that the store's time stays ahead of, makes nothing old.
 * `wall`: that of the process.
 */
export function trustedNow(tx: Pick<Transaction, "now" | "wall">, wall: number): number {
  return Math.min(tx.now(), tx.wall(), wall);
}

/**
 * Names the conversation that is locked for a transaction. Every write to a conversation's rows happens under the lock of
 * its row, so what the transaction has read is still true when it writes.
 */
export type LockTarget =
  | { readonly turnId: string }
  | { readonly deliveryId: string }
  | { readonly eventId: string }
  /** A missing one isn't locked. */
  | { readonly conversationId: string }
  /**
   * Whose conversation it is says its `peerIds`, if it has any: then only these are locked. One that is new has no row
   * yet: a database that locks rows makes it first, and else the operation does.
   */
  | { readonly event: InboundEvent };

/** What a database provides to the operations. */
export interface Driver {
  /**
   * Runs one transaction. Resolves after its commit. May run `work` again: after a conflict, or when another operation of its
   * group failed. `null`: no conversation.
   */
  write<T>(target: LockTarget | null, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Reads the committed state. The result is a hint: a write checks again. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A read after this process's pending writes. */
  readBehindWrites<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Overwrites what deleted rows have left in the database's files: `Erasure.eraseDeleted`. */
  eraseDeleted(): Promise<ErasedBytes>;
  /** Health check: commits the store's time. */
  checkCommit(): Promise<void>;
  /** Only where several processes share the store. */
  readonly cluster?: Cluster;
  close(): Promise<void>;
}

/** Membership of processes that share a store; their states are drawn in `core/lease.ts`. */
export interface Cluster {
  /** Records a heartbeat. Resolves to the length of the owner's lease in ms. */
  heartbeat(owner: string, version: string | null): Promise<number>;
  /** Marks the owner as ended. */
  deregister(owner: string): Promise<void>;
  /** See `ClusterMembership`. */
  listNodes(): Promise<readonly StoreNode[]>;
  /** Stores the store's time; every process does it each second. */
  keepTime(): Promise<void>;
  /** Dead owners and their leases: at most `limit` of each. */
  findDead(limit: number): Promise<DeadOwners>;
  /** Deletes those of the owners that are still dead and have no leases left. */
  remove(owners: readonly string[]): Promise<void>;
}

export interface DeadOwners {
  readonly owners: readonly string[];
  readonly turnIds: readonly string[];
  readonly deliveryIds: readonly string[];
}
