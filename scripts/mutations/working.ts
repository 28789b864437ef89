/** G6, G7 and what of G11 and G12 is about turns, leases and processes. */
import { inFile, type Mutation, store } from "./mutation.ts";

const SCHEMA = "src/store/sqlite/migrations/0001_schema.sql";
const OPS = "src/store/ops";
const SWEEP = "src/pipeline/sweep.ts";

export const WORKING: readonly Mutation[] = [
  {
    name: "one-leased",
    breaks: "G6: a conversation has one leased turn, whatever the code does.",
    file: SCHEMA,
    edits: [{ find: "CREATE UNIQUE INDEX turn_one_leased", put: "CREATE INDEX turn_one_leased" }],
    tests: store("a conversation's turns"),
  },
  {
    name: "one-sending",
    breaks: "G6: a conversation has one delivery on its way, whatever the code does.",
    file: SCHEMA,
    edits: [{ find: "CREATE UNIQUE INDEX delivery_one_sending", put: "CREATE INDEX delivery_one_sending" }],
    tests: store("deliveries of one conversation"),
  },
  {
    name: "order-of-turns",
    breaks: "G6: the turns of a conversation go in order.",
    file: `${OPS}/ready-turns.ts`,
    edits: [{ find: "first.state = 'ready' AND first.seq < t.seq", put: "first.state = 'ready' AND first.seq < 0" }],
    tests: store("a conversation's turns"),
  },
  {
    name: "order-of-deliveries",
    breaks: "G6: a delivery that waits for its next try keeps its place.",
    file: `${OPS}/parts/blocked.ts`,
    edits: [{ find: "AND ((first.state = 'pending'", put: "AND ((first.state = ''" }],
    tests: store("deliveries of one conversation"),
  },
  {
    name: "lease-renewal",
    breaks: "G6: a turn stays with the agent that works on it.",
    file: "src/pipeline/support/lease-renewal.ts",
    edits: [
      {
        find: '(await store.renewLease({ turnId, fence, leaseMs })) === "ended"',
        put: "turnId.length + fence < leaseMs - leaseMs",
      },
    ],
    tests: inFile("test/pipeline.test.ts", "a slow agent"),
  },
  {
    name: "process-lease-never-ends",
    breaks: "G6: a process that could not say that it lives begins nothing that another may have.",
    file: "src/runtime/process-lease.ts",
    edits: [{ find: "&& clock.now() < validUntil", put: "&& validUntil > 0" }],
    tests: inFile("test/heartbeat.test.ts", "while it is silent nothing is claimed"),
  },
  {
    name: "call-of-before-the-silence",
    breaks: "G6: a call that was recorded before a silence isn't made after it.",
    file: "src/pipeline/send.ts",
    edits: [{ find: "const isOurs = ownership.processLease.epoch() === epoch;", put: "const isOurs = epoch >= 0;" }],
    tests: inFile("test/heartbeat.test.ts", "a call that was recorded before"),
  },
  {
    name: "fence-check",
    breaks: "G7: what a stale agent says is refused.",
    file: `${OPS}/parts/require-lease.ts`,
    edits: [{ find: "AND fence = :fence", put: "AND fence >= :fence" }],
    tests: store("a writer whose lease is lost"),
  },
  {
    name: "fence-stands-still",
    breaks: "G7: each claim has a higher fence than any before it.",
    file: `${OPS}/claim-turn.ts`,
    edits: [{ find: "SET fence = fence + 1", put: "SET fence = fence" }],
    tests: store("a claimed turn"),
  },
  {
    name: "stale-attempt",
    breaks: "G7: what a stale attempt learned changes nothing.",
    file: `${OPS}/settle-attempt.ts`,
    edits: [{ find: ":deliveryId AND d.attempts = :attempt\n", put: ":deliveryId AND d.attempts >= :attempt\n" }],
    tests: store("a stale word about an attempt"),
  },
  {
    name: "sweep",
    breaks: "G11: a lease that ran out is ended, whoever held it.",
    file: SWEEP,
    edits: [
      {
        find: "const expired = await store.expireLeases({ limit: LIMIT, retry: settings.turnRetry, random: random.fraction() });",
        put: "const expired = { turnsReady: 0, turnsDead: 0, attemptsUnknown: [] };",
      },
    ],
    tests: inFile("test/pipeline.test.ts", "a lost lease"),
  },
  {
    name: "reclaim-at-start",
    breaks: "G11: what a killed process left is taken over at once: a reply token lives a minute.",
    file: SWEEP,
    edits: [{ find: "reportAndWake(deps, await deps.store.reclaimOrphanedLeases(", put: "void ((" }],
    tests: inFile("test/regression_reclaim-orphaned-leases.test.ts"),
  },
  {
    name: "age-of-what-waits",
    breaks: "G11: a delivery that is tried again and again grows old.",
    file: `${OPS}/count-waiting.ts`,
    edits: [{ find: ".created_at WHEN 'unknown'", put: ".state_since WHEN 'unknown'" }],
    tests: inFile("test/metrics.test.ts"),
  },
  {
    name: "words-of-what-waits",
    breaks: "G11: retention leaves what waits for somebody its words.",
    file: `${OPS}/parts/purge-content.ts`,
    edits: [
      { find: "AND (d.state <> 'sent' OR d.ended_at >= :olderThan)", put: "AND d.ended_at >= :olderThan" },
      { find: "d.turn_id = t.turn_id AND d.state <> 'sent' AND", put: "d.turn_id = t.turn_id AND d.state = '' AND" },
    ],
    tests: store("the words of a conversation"),
  },
  {
    name: "breaker",
    breaks: "G12: an agent's outage costs no turn its attempts.",
    file: "src/agents/breaker.ts",
    edits: [{ find: 'state !== "open" && agent.isReachable(accountKey)', put: "agent.isReachable(accountKey)" }],
    tests: inFile("src/agents/breaker.test.ts"),
  },
];
