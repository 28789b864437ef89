/** Processes that share the store: who lives, who is dead, and who can't be sure. */
import type { Mutation, Tests } from "./mutation.ts";

const OWNERS = "src/store/postgres/heartbeat.ts";
const CLOCK = "src/store/postgres/store-clock.ts";

function onPostgres(named: string): Tests {
  return { files: ["test/postgres/stores.conformance.test.ts"], named };
}

const heartbeats = (named: string): Tests => ({ files: ["test/heartbeat.test.ts"], named });

const THE_DEAD: readonly Mutation[] = [
  {
    name: "the-dead-are-not-found",
    breaks: "§6.6: what a dead process held goes on within seconds, not when its leases end.",
    file: OWNERS,
    edits: [{ find: "WHERE o.expires_at = 0 OR", put: "WHERE false AND o.expires_at = 0 OR false AND" }],
    tests: onPostgres("owners .*a dead owner's turn is ready"),
  },
  {
    name: "a-heartbeat-keeps-nothing",
    breaks: "G6: what a living process holds is its own.",
    file: OWNERS,
    edits: [{ find: "DO UPDATE SET expires_at = excluded.expires_at", put: "DO NOTHING" }],
    tests: onPostgres("owners .*a living owner's claims"),
  },
  {
    name: "an-outage-is-a-death",
    breaks: "A database that was away for everybody is no dead process.",
    file: CLOCK,
    edits: [
      {
        find: "THEN turnpike_clock() + ahead_ms\n                          ELSE steady_since END",
        put: "THEN steady_since ELSE steady_since END",
      },
    ],
    tests: onPostgres("owners .*cut off nobody is judged"),
  },
  {
    name: "the-withdrawn-are-waited-for",
    breaks: "A clean end leaves nothing to wait for.",
    file: OWNERS,
    edits: [{ find: "SET expires_at = 0 WHERE owner", put: "SET expires_at = expires_at WHERE owner" }],
    tests: onPostgres("owners .*has withdrawn"),
  },
  {
    name: "the-dead-stay-listed",
    breaks: "G11: rows of the dead don't pile up.",
    file: "src/store/postgres/sweeping.ts",
    edits: [{ find: "if (left.owners.length > 0) await", put: "if (left.owners.length < 0) await" }],
    tests: onPostgres("owners .*a dead one's row goes"),
  },
  {
    name: "the-dead-are-unlisted-too-early",
    breaks: "All that a dead process held is found, not only the first so many.",
    file: OWNERS,
    edits: [{ find: "AND NOT EXISTS (SELECT 1 FROM turn WHERE", put: "AND EXISTS (SELECT 1 FROM turn WHERE true OR" }],
    tests: onPostgres("owners .*a dead one's row goes"),
  },
  {
    name: "a-repeat-may-be-overtaken",
    breaks: "G6: what comes behind a dead process's call waits for its repeat.",
    file: "src/store/sqlite/ops/blocked.ts",
    edits: [{ find: "(first.due_at <= :now OR first.turn_id IS d.turn_id)", put: "first.turn_id IS d.turn_id" }],
    tests: { files: ["test/stores.conformance.test.ts"], named: "owners .*what comes behind" },
  },
];

const THE_UNSURE: readonly Mutation[] = [
  {
    name: "process-lease-never-ends",
    breaks: "G8: a process that could not say that it lives begins nothing that another may have.",
    file: "src/runtime/process-lease.ts",
    edits: [{ find: "&& clock.now() < validUntil", put: "&& validUntil > 0" }],
    tests: { files: ["test/heartbeat.test.ts"] },
  },
  {
    name: "a-late-heartbeat-holds-again",
    breaks: "G8: a process on its way out begins nothing that it can't settle any more.",
    file: "src/runtime/process-lease.ts",
    edits: [
      { find: "const isValid = () => !isReleased &&", put: "const isValid = () => !(isReleased && !isReleased) &&" },
    ],
    tests: { files: ["src/runtime/process-lease.test.ts"] },
  },
  {
    name: "a-frozen-call-is-made",
    breaks: "G8: a call that was recorded before a silence isn't made after it.",
    file: "src/pipeline/send.ts",
    edits: [
      {
        find: "    const isOurs = ownership.processLease.epoch() === epoch;\n",
        put: "    const isOurs = epoch >= 0;\n",
      },
    ],
    tests: heartbeats("a call that was recorded before"),
  },
  {
    name: "a-frozen-turn-is-asked",
    breaks: "G6: an agent isn't asked for a turn that another process may have.",
    file: "src/pipeline/invoke.ts",
    edits: [{ find: "if (deps.ownership.processLease.epoch() !== epoch)", put: "if (epoch < 0)" }],
    tests: heartbeats("an agent isn't asked"),
  },
  {
    name: "heard-of-again-is-as-before",
    breaks: "G8: what was recorded before a silence isn't begun after it, also when the process was heard of again.",
    file: "src/runtime/process-lease.ts",
    edits: [{ find: "      if (!isValid()) epoch += 1;\n", put: "      if (epoch < 1) epoch += 1;\n" }],
    tests: heartbeats("heard of again since"),
  },
  {
    name: "a-silent-process-claims",
    breaks: "G6: a process that can't say that it lives claims nothing.",
    file: "src/pipeline/claim.ts",
    edits: [
      {
        find: "  const epoch = ownership.processLease.epoch();\n",
        put: "  const epoch = ownership.processLease.epoch() ?? 0;\n",
      },
    ],
    tests: heartbeats("while it is silent nothing is claimed"),
  },
  {
    name: "process-lease-counts-from-the-answer",
    breaks: "G6: no process believes in its lease for longer than others do.",
    file: "src/pipeline/support/heartbeat.ts",
    edits: [
      {
        find: "processLease.renewUntil(askedAt + (await store.heartbeat(owner)));",
        put: "processLease.renewUntil((await store.heartbeat(owner)) + clock.now() + (askedAt - askedAt));",
      },
    ],
    tests: heartbeats("its time counts from before"),
  },
  {
    name: "nobody-withdraws",
    breaks: "A clean end leaves nothing to wait for.",
    file: "src/pipeline/support/heartbeat.ts",
    edits: [{ find: "  await store.deregister?.(ownership.owner);\n", put: "  void [store, ownership];\n" }],
    tests: heartbeats("it sends a heartbeat each second"),
  },
];

const THE_PAST: readonly Mutation[] = [
  {
    name: "a-crashed-server-is-believed",
    breaks: "G1: a commit whose answer was lost isn't taken for done because another transaction has its number now.",
    file: "src/store/postgres/pool.ts",
    edits: [
      {
        find: "\n      || (SELECT extract(epoch FROM stats_reset)::text FROM pg_stat_bgwriter) AS history`;",
        put: " AS history`;",
      },
    ],
    tests: { files: ["test/postgres/reused-numbers.test.ts"] },
  },
];

export const OWNER_MUTATIONS: readonly Mutation[] = [...THE_DEAD, ...THE_UNSURE, ...THE_PAST];
