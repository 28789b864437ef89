import type { ErasedBytes } from "../erasure.ts";
import type { Db } from "./connection.ts";

/**
 * Rewrites the file from its live rows, and empties the log. Deleting under `secure_delete` is not enough: an update, a page
 * that was split and a row that retention emptied have left copies before, in free pages and in the gaps of pages in use
 * (a person of 4 900 letters: 733 pieces of eight).
 *
 * It takes as long as writing the database three times (226 MB: 20 s beside other work on two cores), and twice its size on
 * the disk meanwhile; nothing else can be written. A power cut leaves the file as it was before or as it is after.
 */
export function eraseDeleted(db: Db): ErasedBytes {
  // The copy that VACUUM makes of live rows would need the database's size of memory.
  db.pragma("temp_store = FILE");
  try {
    db.exec("VACUUM");
  } finally {
    db.pragma("temp_store = MEMORY");
  }
  const [emptied] = db.pragma("wal_checkpoint(TRUNCATE)") as [{ readonly busy: number }];
  return emptied.busy === 0 ? "erased" : "log-in-use";
}
