import type { Violation } from "./invariants.ts";
import type { ColumnValue } from "./tables.ts";

/** The store that is copied into: locked against gateways while it is filled. */
export interface CopyTarget extends AsyncDisposable {
  /** Resolves to whether it contains an earlier copy. Throws `Misconfigured` when it contains anything else. */
  lock(source: string, tables: readonly string[]): Promise<boolean>;
  /** Tables with their columns. */
  tables(): Promise<ReadonlyMap<string, readonly string[]>>;
  empty(tables: readonly string[]): Promise<void>;
  insert(
    table: string,
    columns: readonly string[],
    rows: readonly Readonly<Record<string, ColumnValue>>[],
  ): Promise<void>;
  count(table: string): Promise<number>;
  /** Continues the sequences after the copied rows: `seq` is the order within a conversation. */
  continueSequences(tables: readonly string[]): Promise<void>;
  /** Collects the planner's statistics of these tables. Others of the database are none of ours. */
  analyze(tables: readonly string[]): Promise<void>;
  violations(): Promise<Violation[]>;
  /** Makes the copy durable and unlocks. Resolves to how far the source's time is ahead of the target's clock, in ms. */
  unlock(writtenAt: number): Promise<number>;
}
