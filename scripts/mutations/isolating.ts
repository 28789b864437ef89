/** G12: a fault stays where it is. */
import { inFile, type Mutation, store } from "./mutation.ts";

const ISOLATION = "test/isolation.test.ts";
const CAPACITY = "src/pipeline/support/capacity.ts";

export const ISOLATING: readonly Mutation[] = [
  {
    name: "failure-of-a-retry-counts",
    breaks: "G12: one turn that can't be answered opens no breaker by its retries.",
    file: "src/agents/breaker.ts",
    edits: [{ find: "(failures ?? attempt - 1) === 0;", put: "(failures ?? attempt) >= 0;" }],
    tests: inFile(ISOLATION, "its retries open no breaker"),
  },
  {
    name: "failed-turns-go-first",
    breaks: "G12: a turn that has failed comes after those that have not.",
    file: "src/pipeline/claim.ts",
    edits: [{ find: "const first = listOf(false)", put: "const first = listOf(true)" }],
    tests: inFile(ISOLATION, "is no trial"),
  },
  {
    name: "one-pool-of-turns",
    breaks: "G12: an agent that hangs takes no place of another's.",
    file: CAPACITY,
    edits: [
      {
        find: "const turnsOf = ({ name }: AgentPart) =>",
        put: 'const turnsOf = ({ name }: AgentPart) => name !== "" ? "turns" :',
      },
    ],
    tests: inFile(ISOLATION, "takes no place of another's"),
  },
  {
    name: "one-account-takes-all-turns",
    breaks: "G12: of an agent's places no account takes all.",
    file: CAPACITY,
    edits: [{ find: "const SHARE_OF_ACCOUNT = 3 / 4;", put: "const SHARE_OF_ACCOUNT = 1;" }],
    tests: inFile(ISOLATION, "leaves the same agent room"),
  },
  {
    name: "one-pool-of-calls",
    breaks: "G12: a platform that hangs takes no place of another account's calls.",
    file: "src/pipeline/send.ts",
    edits: [
      {
        find: "const callsOf = (accountKey: AccountKey) =>",
        put: 'const callsOf = (accountKey: AccountKey) => accountKey !== "" ? "calls" :',
      },
    ],
    tests: inFile(ISOLATION, "a platform that hangs"),
  },
  {
    name: "hand-backs-without-end",
    breaks: "G12: a turn that is handed back again and again backs off.",
    file: "src/store/ops/fail-turn.ts",
    edits: [{ find: "more <= 0 || afterMs > 0", put: "more <= 1_000_000 || afterMs > 0" }],
    tests: store("failTurn"),
  },
  {
    name: "dropped-turn-is-no-failure",
    breaks: "G12: a connection that drops whenever it is given one turn counts as that turn's failure.",
    file: "src/agents/agent.ts",
    edits: [{ find: "return turn.attempt === 1", put: "return turn.attempt > 0" }],
    tests: inFile("test/isolation-sockets.test.ts", "connection drops"),
  },
  {
    name: "retention-right-after-a-step",
    breaks: "A clock that is a month ahead for seconds makes no key old.",
    file: "src/pipeline/sweep.ts",
    edits: [{ find: "if (!isTimeTrusted(deps))", put: "if (deps === null)" }],
    tests: inFile(ISOLATION, "retention waits"),
  },
  {
    name: "retention-by-our-time",
    breaks: "A clock that was a year ahead once, and that ours stays ahead of, makes no key old.",
    file: "src/store/transaction.ts",
    edits: [{ find: "Math.min(tx.now(), tx.wall(), wall)", put: "Math.min(tx.now(), wall)" }],
    tests: store("makes nothing old that is young"),
  },
  {
    name: "retention-by-the-database-s-clock",
    breaks: "H3: while the database's clock is a month ahead retention deletes what is young.",
    file: "src/store/transaction.ts",
    edits: [{ find: "Math.min(tx.now(), tx.wall(), wall)", put: "Math.min(tx.now(), tx.wall())" }],
    tests: store("deletes nothing young while"),
  },
  {
    name: "retention-without-our-clock",
    breaks: "H3: the process tells the store no time of its own, so the database's alone says what is old.",
    file: "src/pipeline/sweep.ts",
    edits: [{ find: "wall: clock.wall()", put: "wall: Number.POSITIVE_INFINITY" }],
    tests: inFile(ISOLATION, "makes no key old"),
  },
  {
    name: "step-believed-at-once",
    breaks: "A clock that is a day ahead for seconds costs no reply token and no open window.",
    file: "src/runtime/wall-clock.ts",
    edits: [{ find: "const BELIEVED_AFTER_MS = 120_000;", put: "const BELIEVED_AFTER_MS = 0;" }],
    tests: inFile("src/runtime/wall-clock.test.ts", "a day ahead for seconds"),
  },
  {
    name: "proof-by-a-doubted-clock",
    breaks: "While a step of the clock isn't believed yet, a refused reply token proves nothing.",
    file: "src/store/ops/settle-attempt.ts",
    edits: [{ find: "tx.doubtedMs() > 0 ? null : row.guaranteed_until", put: "row.guaranteed_until" }],
    tests: store("proves nothing while a step"),
  },
  {
    name: "signed-with-a-doubted-clock",
    breaks: "An agent checks a signature's time by a clock of its own.",
    file: "src/agents/http.ts",
    edits: [{ find: "systemTime(clock), body", put: "clock.wall(), body" }],
    tests: inFile("src/agents/http.test.ts", "is signed with the system's time"),
  },
  {
    name: "window-by-a-late-clock",
    breaks: "A clock that is behind for seconds shortens no messaging window.",
    file: "src/store/ops/parts/window.ts",
    edits: [{ find: "Math.max(wall, now)", put: "wall" }],
    tests: store("a clock that is behind for seconds"),
  },
  {
    name: "window-by-our-time",
    breaks: "A messaging window ends by the platform's time, however far ours is ahead.",
    file: "src/store/ops/parts/delivery-view.ts",
    edits: [{ find: "wallTime + now - tx.wall()", put: "wallTime" }],
    tests: store("closes no messaging window"),
  },
  {
    name: "one-bad-reply-takes-all",
    breaks: "What can be said is said: a reply that can't be read takes no other along.",
    file: "src/agents/replies.ts",
    edits: [{ find: "else unsayable.push({ problem: read.reason, value });", put: "else replies.length = 0;" }],
    tests: inFile(ISOLATION, "whose answer can't be said"),
  },
];
