import type { InboundEvent } from "../core/event.ts";
import type { Random } from "../runtime/random.ts";
import type { Statement } from "./statement.ts";

/** How statements are run. */
export interface Statements {
  /** The first row. */
  get<P extends object, R>(statement: Statement<P, R>, parameters: P): Promise<R | undefined>;
  all<P extends object, R>(statement: Statement<P, R>, parameters: P): Promise<R[]>;
  run<P extends object>(statement: Statement<P>, parameters: P): Promise<{ readonly changes: number }>;
}

/**
 * What an operation works with: one transaction, or, for one that only reads, what is committed. Each file in `ops/` is one
 * method of `Store`, or a part of one, as an async function whose first argument this is.
 */
export interface Transaction extends Statements {
  readonly random: Random;
  /** Epoch ms by the store's own clock, which never goes back. Doesn't change while the transaction lasts on PostgreSQL. */
  now(): number;
  /** Epoch ms by the wall clock: to compare with another party's time. */
  wall(): number;
  /** Waits until nobody else is writing to that conversation, and lets nobody until the end. `now()` is read after it. */
  lock(conversationId: string): Promise<void>;
}

/**
 * What a transaction is about, and so whose conversation is locked for it: everything that is written about a conversation
 * is written by whoever holds its row, so what was read in the transaction is still true when it writes.
 */
export type Subject =
  | { readonly turnId: string }
  | { readonly deliveryId: string }
  | { readonly eventId: string }
  /** One that isn't there is locked by nobody. */
  | { readonly conversationId: string }
  /**
   * Whose conversation it is says its `peerNames`, if it has any: then only these are locked. One that is new has no row
   * yet: a database that locks rows makes it first, and else the operation does.
   */
  | { readonly event: InboundEvent };

/** One database as the operations need it. */
export interface Driver {
  /** One transaction. Resolves after its commit; may run `work` again when it lost a race. `null`: of no conversation. */
  write<T>(subject: Subject | null, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A write that overwrites what it deletes, where the database would leave it in its file. */
  erase<T>(subject: Subject, work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Sees what is committed and nothing else. What it finds is a hint: a write looks again. */
  read<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** A read that sees what this process asked to be written before it. */
  readBehindWrites<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Commits how far time has come, to show that the store can commit. */
  probe(): Promise<void>;
  /** Only where several processes share the store. */
  readonly cluster?: Cluster;
  close(): Promise<void>;
}

/** Processes that share a store, as each sees the others; their states are drawn in `core/lease.ts`. */
export interface Cluster {
  /** Says that `owner` lives, for so long (ms) as it resolves to. */
  heartbeat(owner: string): Promise<number>;
  /** `owner` has ended. */
  deregister(owner: string): Promise<void>;
  /** Writes down how far time has come; every process does it each second. */
  keepTime(): Promise<void>;
  /** Owners that are dead, and what they have left: at most `limit` of each. */
  findDead(limit: number): Promise<DeadOwners>;
  /** Those of them that are still silent, and of whom nothing is left. */
  remove(owners: readonly string[]): Promise<void>;
}

export interface DeadOwners {
  readonly owners: readonly string[];
  readonly turnIds: readonly string[];
  readonly deliveryIds: readonly string[];
}
