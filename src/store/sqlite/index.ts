import { type Clock, systemClock } from "../../runtime/clock.ts";
import { type Random, systemRandom } from "../../runtime/random.ts";
import { createStore } from "../create-store.ts";
import type { Store } from "../store.ts";
import { IN_MEMORY, lockFile, openDb, prepareFile } from "./connection.ts";
import { sqliteDriver } from "./driver.ts";
import { openFiles } from "./file-identity.ts";

export interface SqliteOptions {
  /** Path of the database file; its folder is created. `:memory:` for tests without a crash. */
  readonly file: string;
  /**
   * Called after a failed fsync or when the file is damaged: then the state in memory can't be trusted. Default: throws from
   * the event loop, which ends the process. A replacement must end it too.
   */
  readonly onFatal?: (error: Error) => void;
  /** Called at the opening with each doubt about the file, as one that everyone may read. Default: silent, as `log` is. */
  readonly onWarning?: (text: string) => void;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Opens the store, for this process alone. Throws `Misconfigured` when the file can't be used, and says why. */
export function sqlite(options: SqliteOptions): Store {
  const { file, clock = systemClock(), random = systemRandom(), onFatal = throwFromEventLoop } = options;
  const inMemory = file === IN_MEMORY;
  if (!inMemory) prepareFile(file, options.onWarning);
  const lock = inMemory ? null : lockFile(file);
  try {
    const { db } = openDb(file);
    return createStore(
      sqliteDriver(db, {
        clock,
        random,
        onFatal,
        files: inMemory ? null : openFiles(file),
        release: () => lock?.release(),
      }),
    );
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
