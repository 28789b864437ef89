/** What PostgreSQL needs besides, because several processes share it and commits may be lost on the wire. */
import { inFile, type Mutation, onPostgres } from "./mutation.ts";

const PG = "src/store/postgres";
const OPS = "src/store/ops";
const on = (file: string, named?: string) => inFile(`test/postgres/${file}.test.ts`, named);

export const SHARING: readonly Mutation[] = [
  {
    name: "no-lock",
    breaks: "G4: an event isn't added to a turn behind the back of the agent that has it.",
    file: `${PG}/conversation-lock.ts`,
    edits: [{ find: "  FOR UPDATE OF c SKIP LOCKED`", put: "`" }],
    tests: on("concurrency"),
  },
  {
    name: "sweep-believes-its-first-read",
    breaks: "G6: a turn whose lease was renewed while the sweep came to it goes on.",
    file: `${OPS}/expired-leases.ts`,
    edits: [
      {
        find: "WHERE turn_id = :turnId AND state = 'leased' AND lease_expires_at <= :now",
        put: "WHERE turn_id = :turnId AND state = 'leased' AND CAST(:now AS BIGINT) > 0",
      },
    ],
    tests: on("second-look", "lease was renewed"),
  },
  {
    name: "reclaim-believes-its-first-read",
    breaks: "G6: a process that was heard of again while others came to what it holds keeps it.",
    file: `${OPS}/orphaned-leases.ts`,
    edits: [
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
        find: "WHERE turn_id = :turnId AND state = 'leased' AND owner <> :owner AND ${isOrphaned(\"t\")}`",
        put: "WHERE turn_id = :turnId AND state = 'leased' AND owner <> :owner AND CAST(:now AS BIGINT) > 0`",
      },
    ],
    tests: on("second-look", "heard of again"),
  },
  {
    name: "group-waits-for-a-lock",
    breaks: "G12: a row that somebody holds for long costs its own conversation only.",
    file: `${PG}/conversation-lock.ts`,
    edits: [{ find: "FOR UPDATE OF c SKIP LOCKED", put: "FOR UPDATE OF c" }],
    tests: on("group-commit"),
  },
  {
    name: "leftover-runs-without-its-lock",
    breaks: "G6: what somebody else holds waits for its lock.",
    file: `${PG}/group-commit.ts`,
    edits: [{ find: "!begun.locked.has(idOf(target))", put: 'idOf(target) === ""' }],
    tests: on("group-commit"),
  },
  {
    name: "failed-group-fails-all",
    breaks: "G12: an operation that fails takes nobody of its group with it.",
    file: `${PG}/group-commit.ts`,
    edits: [{ find: "if (error instanceof GroupFailed) for", put: "if (error === null) for" }],
    tests: onPostgres("takes nobody with it"),
  },
  {
    name: "read-before-the-writes",
    breaks: "G8: a receipt that comes while the answer to its call is written finds its delivery.",
    file: `${PG}/driver.ts`,
    edits: [{ find: "      await groups.flushed();\n", put: "" }],
    tests: onPostgres("while the answer to its call is written"),
  },
  {
    name: "commit-not-on-the-disk",
    breaks: "G1: commits are on the disk when they are answered, whatever the role was set to.",
    file: `${PG}/pool.ts`,
    edits: [{ find: "SET synchronous_commit = on; ", put: "" }],
    tests: on("opening", "on the disk"),
  },
  {
    name: "lost-commit-not-asked-for",
    breaks: "G1: a commit whose answer is lost is asked for, not guessed.",
    file: `${PG}/transactions.ts`,
    edits: [{ find: "if (!(error instanceof Unavailable) || (await", put: "if (error !== null || (await" }],
    tests: on("lost-connections", "counts"),
  },
  {
    name: "standby-not-waited-for",
    breaks: "G1: what the standby may not have is never acked, also when somebody ends the wait for it.",
    file: `${PG}/commit.ts`,
    edits: [{ find: "if (code?.startsWith(WARNING)) isDurable = false;", put: "void code;" }],
    tests: on("broken-off-commits"),
  },
  {
    name: "heartbeat-waits-for-a-connection",
    breaks: "G6: a process whose connections are all busy is not taken for dead.",
    file: `${PG}/index.ts`,
    edits: [{ find: "createCluster(transactions, heartbeats)", put: "createCluster(transactions, transactions)" }],
    tests: on("concurrency-beside", "still says that it lives"),
  },
  {
    name: "the-dead-are-not-found",
    breaks: "G11: what a dead process held goes on within seconds, not when its leases end.",
    file: `${PG}/cluster.ts`,
    edits: [{ find: "{IS_OWNER_DEAD} LIMIT", put: '{"false"} LIMIT' }],
    tests: onPostgres("a dead owner's turn is ready"),
  },
];
