/** The stages, and what a lease needs. */
import { type Mutation, PIPELINE, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const ACCEPT = "src/pipeline/accept.ts";
const SWEEP = "src/pipeline/sweep.ts";

const TAKING_IN: readonly Mutation[] = [
  {
    name: "signature",
    breaks: "§6.1: what isn't signed is not taken in.",
    file: "src/channels/signature.ts",
    edits: [{ find: 'timingSafeEqual(claimed, Buffer.from(expected, "latin1")) || isRight', put: 'expected !== ""' }],
    tests: { files: ["src/channels/line/verify.test.ts"] },
  },
  {
    name: "commit-before-ack",
    breaks: "G1: a webhook that was answered 200 is stored.",
    file: ACCEPT,
    edits: [
      {
        find: "const result = await withinBudget(deps, channel, startedAt, work);",
        put: 'void work;\n  const result = { kind: "stored" };',
      },
    ],
    tests: { files: ["src/http/webhooks.test.ts", ...PIPELINE] },
  },
  {
    name: "failure-means-503",
    breaks: "G10: what can't be stored is refused, so that it comes again.",
    file: ACCEPT,
    edits: [{ find: "return failure === undefined ?", put: "return failure !== '' ?" }],
    tests: { files: ["src/http/webhooks.test.ts", ...PIPELINE] },
  },
  {
    name: "ack-budget",
    breaks: "G1: an ack that comes too late is a 503.",
    file: ACCEPT,
    edits: [{ find: "return clock.now() - startedAt > channel.ackBudgetMs ? late : result;", put: "return result;" }],
    tests: { files: PIPELINE, named: "ack|budget|missed" },
  },
  {
    name: "redelivered-is-dropped",
    breaks: "G3: isRedelivery alone drops nothing: it may be the first copy we see.",
    file: ACCEPT,
    edits: [
      {
        find: "flatMap(({ events }) => events).map((event) =>",
        put: "flatMap(({ events }) => events).filter((event) => !event.redelivered).map((event) =>",
      },
    ],
    tests: { files: ["src/http/webhooks.test.ts", ...PIPELINE] },
  },
];

const WORKING: readonly Mutation[] = [
  {
    name: "failed-step",
    breaks: "G5: a step that failed is looked at again soon, not at the next poll.",
    file: "src/runtime/loop.ts",
    edits: [
      {
        find: "return found.failed === true ? Math.min(delayMs, AFTER_FAILURE_MS) : delayMs;",
        put: "return delayMs;",
      },
    ],
    tests: { files: ["test/regression_failed-poll.test.ts"] },
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
    tests: { files: PIPELINE },
  },
  {
    name: "sweep-of-attempts",
    breaks: "G11: an attempt whose lease ran out is not left on its way for ever.",
    file: `${OPS}/expire-leases.ts`,
    edits: [
      {
        find: "const attemptsUnknown = selectSending.all(now, limit).map((row) => markUnknown(row, { retry, random }));",
        put: "const attemptsUnknown = [];",
      },
    ],
    tests: store("sweeping"),
  },
  {
    name: "lease-runs-out-no-sooner",
    breaks: "G6: a lease that holds is not taken away.",
    file: `${OPS}/expire-leases.ts`,
    edits: [
      {
        find: "WHERE state = 'leased' AND lease_expires_at <= ? LIMIT ?",
        put: "WHERE state = 'leased' AND ? > 0 LIMIT ?",
      },
    ],
    tests: store("sweeping"),
  },
  {
    name: "reclaim-at-start",
    breaks: "§6.6: what a killed process left is taken over at once: a reply token lives a minute.",
    file: SWEEP,
    edits: [{ find: "goOn(deps, await deps.store.reclaimOrphanedLeases(deps.ownership.owner));", put: "void deps;" }],
    tests: { files: ["test/regression_reclaim-orphaned-leases.test.ts"] },
  },
  {
    name: "reclaim-of-attempts",
    breaks: "§6.5: an attempt that a killed process left is tried again with the same bytes.",
    file: `${OPS}/reclaim-orphaned-leases.ts`,
    edits: [{ find: "selectSending.all(owner).map(", put: "selectSending.all(owner).slice(0, 0).map(" }],
    tests: store("sweeping"),
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
    tests: { files: PIPELINE },
  },
  {
    name: "part-of-an-answer-sent-again",
    breaks: "G8: a turn of whose answer a part was sent is never handed out again.",
    file: `${OPS}/fail-turn.ts`,
    edits: [{ find: "if (turn.replied === 1) {", put: "if (turn.replied === 2) {" }],
    tests: store("working"),
  },
  {
    name: "answer-survives-an-unavailable-store",
    breaks: "§6.3: an answer is not thrown away because the database was away for a second.",
    file: "src/pipeline/invoke.ts",
    edits: [
      {
        find: "await retryWrite(deps, () => queueReplies(deps, turn, { conversation, events, replies, done: true, agentMs }));",
        put: "await queueReplies(deps, turn, { conversation, events, replies, done: true, agentMs });",
      },
    ],
    tests: { files: PIPELINE },
  },
  {
    name: "guarded-address",
    breaks: "§7: an agent's address is never a metadata address, whatever its name resolves to.",
    file: "src/runtime/guarded-connector.ts",
    edits: [{ find: "if (refused !== undefined) {", put: "if (refused === null) {" }],
    tests: { files: ["src/agents/guarded-connect.test.ts"] },
  },
  {
    name: "standby",
    breaks: "§6.1: a chat that another module holds is not answered.",
    file: "src/channels/line/normalize.ts",
    edits: [{ find: 'event.mode !== "standby" && ', put: "" }],
    tests: { files: ["src/channels/line/normalize.test.ts"] },
  },
  {
    name: "agent-out-of-reach",
    breaks: "§6.3: a turn is claimed only by a process that can reach its agent.",
    file: "src/pipeline/claim.ts",
    edits: [
      { find: "deps.channels.accounts.filter((account) => agent.isReachable(account))", put: "deps.channels.accounts" },
    ],
    tests: { files: PIPELINE },
  },
  {
    name: "interrupted-moves-the-fence",
    breaks: "§6.2: an interrupted turn's agent changes nothing any more.",
    file: "src/store/sqlite/ops/busy.ts",
    edits: [{ find: "lease_expires_at = NULL, fence = fence + 1, reason", put: "lease_expires_at = NULL, reason" }],
    tests: store("interrupts"),
  },
  {
    name: "interrupted-is-due-by-the-first",
    breaks: "§6.2: nobody waits longer than the longest wait, also where the agent is interrupted for what collects.",
    file: "src/store/sqlite/ops/collect.ts",
    edits: [
      {
        find: "    if (interrupted !== null) beginEarlier.run(firstEventAt, firstEventAt + row.max_wait_ms, row.turn_id);\n",
        put: "    void beginEarlier;\n",
      },
    ],
    tests: store("collects makes it due"),
  },
  {
    name: "interrupted-until-the-longest-wait",
    breaks: "G5: somebody who never stops typing is answered all the same.",
    file: "src/store/sqlite/ops/busy.ts",
    edits: [{ find: "row === undefined || now - row.first_event_at >= row.max_wait_ms", put: "row === undefined" }],
    tests: store("interrupts"),
  },
  {
    name: "interrupted-keeps-its-tokens",
    breaks: "G9: the free answers of a turn that was interrupted stay with what it becomes.",
    file: "src/store/sqlite/ops/busy.ts",
    edits: [{ find: "      moveTokens.run({ from, to });\n", put: "      void moveTokens;\n" }],
    tests: store("keeps the turn's free answers"),
  },
  {
    name: "an-agent-that-never-closes",
    breaks: "§6.6: a shutdown ends within 10 s, whatever the bot's makers put into it.",
    file: "src/gateway.ts",
    edits: [{ find: "const CLOSE_AGENT_MS = 500;", put: "const CLOSE_AGENT_MS = 500_000;" }],
    tests: { files: ["test/regression_slow-shutdown.test.ts"], named: "an_agent_that_never_closes" },
  },
  {
    name: "interrupted-not-after-a-part",
    breaks: "§6.2: once a part of the answer is queued nothing is taken away, or the person reads it twice.",
    file: "src/store/sqlite/ops/busy.ts",
    edits: [{ find: "state = 'leased' AND replied = 0", put: "state = 'leased'" }],
    tests: store("interrupts"),
  },
];

export const PIPELINE_MUTATIONS: readonly Mutation[] = [...TAKING_IN, ...WORKING];
