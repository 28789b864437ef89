import type { Db } from "./db.ts";

/**
 * Runs an operation whose deletions are written over with zeroes. SQLite otherwise leaves deleted bytes in free pages until
 * they are used again, where whoever has the file can read them. Not for retention: it would write each page once more.
 */
export function erasing<A extends unknown[], R>(db: Db, operation: (...args: A) => R) {
  return (...args: A): R => {
    db.pragma("secure_delete = ON");
    try {
      return operation(...args);
    } finally {
      db.pragma("secure_delete = OFF");
    }
  };
}
