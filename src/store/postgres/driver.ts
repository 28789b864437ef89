import type { Cluster, Driver } from "../transaction.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Transactions } from "./transactions.ts";

/** Groups that are on their way to the disk at the same time: while one waits for it, the next is made ready. */
const LANES = 2;

interface Parts {
  readonly cluster: Cluster;
  /** Ends the connections. */
  readonly end: () => Promise<void>;
}

export function postgresDriver(transactions: Transactions, { cluster, end }: Parts): Driver {
  const groups = new GroupCommit(transactions, LANES);
  return {
    write: (subject, work) => (subject === null ? transactions.write(null, work) : groups.write(subject, work)),
    // What is deleted stays in the table's pages until a vacuum, and in the log: `docs/deploying.md` says for how long.
    erase: (subject, work) => groups.write(subject, work),
    read: (work) => transactions.read(work),
    async readBehindWrites(work) {
      await groups.flushed();
      return await transactions.read(work);
    },
    probe: () => transactions.write(null, (_, { clock }) => clock.keepTime({ always: true })),
    cluster,
    close: end,
  };
}
