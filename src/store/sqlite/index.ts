import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import { createStore } from "../create-store.ts";
import type { Store } from "../store.ts";
import { lockFile, openDb, prepareFolder } from "./connection.ts";
import { sqliteDriver } from "./driver.ts";

export interface SqliteOptions {
  /** Path of the database file; its folder is made. `:memory:` for a test that needs no crash. */
  readonly file: string;
  /**
   * Called when what is in memory can't be trusted any more: an fsync failed, the file is damaged. Default: throws from
   * the event loop, which ends the process. Whatever it does instead must end it too.
   */
  readonly onFatal?: (error: Error) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Opens the store, for this process alone. Throws `Misconfigured` when the file can't be used, and says why. */
export function sqlite(options: SqliteOptions): Store {
  const { file, clock = systemClock(), random = systemRandom(), onFatal = throwFromEventLoop } = options;
  const inMemory = file === ":memory:";
  if (!inMemory) prepareFolder(file);
  const lock = inMemory ? null : lockFile(file);
  try {
    const { db } = openDb(file);
    return createStore(sqliteDriver(db, { clock, random, onFatal, release: () => lock?.release() }));
  } catch (error) {
    lock?.release();
    throw error;
  }
}

function throwFromEventLoop(error: Error): void {
  setImmediate(() => {
    throw error;
  });
}
