import type { Cluster, Driver } from "../transaction.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Transactions } from "./transactions.ts";

/** Concurrent group commits: while one waits for the disk, the next one runs its statements. */
const QUEUES = 2;

interface Parts {
  readonly cluster: Cluster;
  /** Closes the pools. */
  readonly end: () => Promise<void>;
}

export function postgresDriver(transactions: Transactions, { cluster, end }: Parts): Driver {
  const groups = new GroupCommit(transactions, QUEUES);
  return {
    write: (target, work) => (target === null ? transactions.write(null, work) : groups.write(target, work)),
    // Deleted rows stay in the table's pages until a vacuum, and in the WAL: `docs/deploying.md` says for how long.
    eraseDeleted: () => Promise.resolve("left-to-vacuum"),
    read: (work) => transactions.read(work),
    async readBehindWrites(work) {
      await groups.flushed();
      return await transactions.read(work);
    },
    checkCommit: () => transactions.write(null, (_, { clock }) => clock.keepTime({ always: true })),
    cluster,
    close: end,
  };
}
