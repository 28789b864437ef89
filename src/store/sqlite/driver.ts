import type { Clock } from "../../runtime/clock.ts";
import type { Random } from "../../runtime/random.ts";
import { statement } from "../statement.ts";
import type { Driver } from "../transaction.ts";
import type { Db } from "./connection.ts";
import { eraseDeleted } from "./erase-deleted.ts";
import type { OpenFiles } from "./file-identity.ts";
import { GroupCommit } from "./group-commit.ts";
import { storeClock } from "./store-clock.ts";
import { sqliteTransaction } from "./transaction.ts";

const WRITE_TIME = statement<{ now: number }>("UPDATE probe SET written_at = :now WHERE only_row = 1");

interface Parts {
  readonly clock: Clock;
  readonly random: Random;
  readonly onFatal: (error: Error) => void;
  /** `null`: in memory. */
  readonly files: OpenFiles | null;
  /** Releases the file's lock. */
  readonly release: () => void;
}

/** Group commit serialises all writes, so a conversation needs no lock. */
export function sqliteDriver(db: Db, { clock, random, onFatal, files, release }: Parts): Driver {
  const time = storeClock(clock, db);
  const groups = new GroupCommit(db, onFatal, {
    before() {
      files?.assertStillInPlace();
      time.storeTime();
    },
    after: () => files?.assertInPlace(),
  });
  const tx = sqliteTransaction(db, { clock: time, random });

  return {
    write: (_, work) => groups.run(() => work(tx)),
    eraseDeleted: () => groups.alone(() => eraseDeleted(db)),
    read: (work) => groups.read(() => work(tx)),
    readBehindWrites: (work) => groups.run(() => work(tx)),
    checkCommit: () =>
      groups.run(async () => {
        await tx.run(WRITE_TIME, { now: tx.now() });
      }),
    async close() {
      await groups.flush();
      db.close();
      release();
    },
  };
}
