import type { Mutation, Tests } from "./mutation.ts";

const on = (file: string, named?: string): Tests => ({
  files: [`test/postgres/${file}.test.ts`],
  ...(named === undefined ? {} : { named }),
});

const THE_STANDBY: readonly Mutation[] = [
  {
    name: "a-wait-that-was-ended-counts",
    breaks: "G1: what the standby may not have is never acked, also when somebody ends the wait for it.",
    file: "src/store/postgres/commit.ts",
    edits: [{ find: "if (code?.startsWith(WARNING)) isSafe = false;", put: "void code;" }],
    tests: on("broken-off-commits"),
  },
  {
    name: "the-primary-is-believed-alone",
    breaks: "G1: what the standby may not have is never acked, also when the primary says that it has it.",
    file: "src/store/postgres/commit-status.ts",
    edits: [
      {
        find: 'if (status === "committed") await commit(client, "COMMIT");',
        put: 'if (status === "committed") await client.query("COMMIT");',
      },
    ],
    tests: on("broken-off-commits"),
  },
];

const COMMIT_STATUS: readonly Mutation[] = [
  {
    name: "a-refused-question-stays-open",
    breaks: "G10: a connection that goes back to the others has nothing begun on it.",
    file: "src/store/postgres/commit-status.ts",
    edits: [
      {
        find: 'return (await isRolledBack(client)) ? "unknown" : "broken";',
        put: 'void isRolledBack;\n    return "unknown";',
      },
    ],
    tests: on("reused-numbers", "doesn't let us ask"),
  },
];

const UNDER_THE_LOCK: readonly Mutation[] = [
  {
    name: "a-sweep-believes-its-first-look-at-turns",
    breaks: "G4: a turn whose lease was renewed while the sweep came to it goes on.",
    file: "src/store/postgres/ops/expire-leases.ts",
    edits: [
      {
        find: "AND turn_id = $2 AND state = 'leased' AND lease_expires_at <= $3\",",
        put: "AND turn_id = $2 AND state = 'leased' AND $3::bigint > 0\",",
      },
    ],
    tests: on("second-look", "lease was renewed"),
  },
  {
    name: "a-sweep-believes-its-first-look-at-calls",
    breaks: "G8: a call that was begun while the sweep came to an older one goes on.",
    file: "src/store/postgres/ops/expire-leases.ts",
    edits: [
      {
        find: "AND d.delivery_id = $2 AND d.lease_expires_at <= $3`,",
        put: "AND d.delivery_id = $2 AND $3::bigint > 0`,",
      },
    ],
    tests: on("second-look", "is made again goes on"),
  },
  ...(["t", "d"] as const).map(
    (of): Mutation => ({
      name: `a-reclaim-believes-its-first-look-at-${of === "t" ? "turns" : "calls"}`,
      breaks: "G6: a process that was heard of again while others came to what it holds keeps it.",
      file: "src/store/postgres/ops/take-over.ts",
      edits: [{ find: `OR \${isSilent("${of}", "$4")})`, put: "OR $4::bigint > 0)" }],
      tests: on("second-look", "heard of again"),
    }),
  ),
  {
    name: "words-go-by-the-first-look",
    breaks: "G9: an answer that is to be sent again while retention came to it keeps its words.",
    file: "src/store/postgres/ops/purge-bodies.ts",
    edits: [{ find: "if ((await isStillOver.get(...key)) === undefined) return;", put: "void isStillOver;" }],
    tests: on("second-look", "an answer that is to be sent again"),
  },
  {
    name: "unasked-words-go-by-the-first-look",
    breaks: "G9: an answer that is to be sent again while retention came to it keeps its words.",
    file: "src/store/postgres/ops/purge-bodies.ts",
    edits: [
      {
        find: "if ((await isStillSent.get(...keyOf(deliveryId))) !== undefined) await",
        put: "void isStillSent; await",
      },
    ],
    tests: on("second-look", "no turn asked for"),
  },
  {
    name: "two-operators-at-once",
    breaks: "What one operator does, another doesn't do again at the same moment.",
    file: "src/store/postgres/index.ts",
    edits: [
      {
        find: '({ id }) => (id.startsWith("turn") ? lockTurn(id) : (locks) => locks.ofDelivery(id)),',
        put: "() => null,",
      },
    ],
    tests: on("concurrency-beside", "two operators"),
  },
  {
    name: "a-heartbeat-waits-for-a-connection",
    breaks: "G6: a process whose connections are all busy is not taken for dead.",
    file: "src/store/postgres/index.ts",
    edits: [
      {
        find: "heartbeat: (owner: string) => heartbeats.write(",
        put: "heartbeat: (owner: string) => transactions.write(",
      },
    ],
    tests: on("concurrency-beside", "still says that it lives"),
  },
];

/** What only a store needs that several machines share. */
export const MACHINE_MUTATIONS: readonly Mutation[] = [...THE_STANDBY, ...COMMIT_STATUS, ...UNDER_THE_LOCK];
