/** What must be read by nobody, out of logs, errors and answers; and what must be seen by whoever watches. */
import type { Mutation } from "./mutation.ts";

const SETTLE = "src/pipeline/settle.ts";
const GUARD = "src/runtime/log-guard.ts";
const CANARY = { files: ["test/canary.test.ts"] };
const METRICS = { files: ["test/metrics.test.ts"] };
const TRACES = { files: ["test/traces.test.ts"] };
const OF_THE_GUARD = { files: ["src/runtime/log-guard.test.ts"] };

export const DISCRETION_MUTATIONS: readonly Mutation[] = [
  {
    name: "kept-behind-the-guard",
    breaks: "Whoever looks on in the console is shown no more than the log may have.",
    file: "src/gateway.ts",
    edits: [
      {
        find: "  const { log: kept, happenings } = keepHappenings(written, clock);\n  const log = guardLog(kept, {",
        put: "  const guarded = guardLog(written, {",
      },
      {
        find: "  return { mask, log, happenings };",
        put: `  const { log: kept, happenings } = keepHappenings(guarded, clock);
  return { mask, log: { ...kept, close: () => guarded.close() }, happenings };`,
      },
    ],
    tests: CANARY,
  },
  {
    name: "no-secret-from-the-doctor",
    breaks: "A platform that quotes our token in its answer doesn't bring it into the doctor's report.",
    file: "src/doctor/doctor.ts",
    edits: [{ find: "const found = mask(finding.found);", put: "const { found } = finding;" }],
    tests: CANARY,
  },
  {
    name: "no-secret-in-what-is-kept",
    breaks: "A platform that quotes our token in its answer doesn't bring it into the database.",
    file: SETTLE,
    edits: [{ find: "response: said.response === null ? null : mask(said.response),", put: "" }],
    tests: CANARY,
  },
  {
    name: "no-secret-in-a-receipt",
    breaks: "A platform that quotes our token when a message failed later doesn't bring it into the database.",
    file: "src/pipeline/support/receipt.ts",
    edits: [{ find: "reason: mask(failure.reason)", put: "reason: failure.reason" }],
    tests: CANARY,
  },
  {
    name: "no-echo-of-a-call",
    breaks: "A platform that quotes a message or a person in its error doesn't bring them into the log.",
    file: SETTLE,
    edits: [
      {
        find: 'withoutEcho(mask(outcome.reason), [...textsOf(call.body), call.retryKey ?? ""])',
        put: "mask(outcome.reason)",
      },
    ],
    tests: CANARY,
  },
  {
    name: "no-echo-of-a-turn",
    breaks: "An agent that quotes its turn in an error doesn't bring it into the log.",
    file: "src/pipeline/invoke.ts",
    edits: [{ find: "withoutEcho(deps.mask(given.reason), givenToIt)", put: "deps.mask(given.reason)" }],
    tests: CANARY,
  },
  {
    name: "no-echo-of-a-sign",
    breaks: "A platform that quotes a person's id in its refusal of a sign of life doesn't bring it into the log.",
    file: "src/pipeline/support/typing-indicator.ts",
    edits: [
      {
        find: "withoutEcho(reasonOf(error), leaves([turn.conversation.peerId, lastEvent?.content]))",
        put: "reasonOf(error)",
      },
    ],
    tests: CANARY,
  },
  {
    name: "no-echo-of-an-event",
    breaks: "A database that quotes what it could not take doesn't bring it into the log.",
    file: "src/pipeline/accept.ts",
    edits: [
      {
        find: "withoutEcho(reasonOf(error), leaves([event.content, event.raw, event.sender, event.token]))",
        put: "reasonOf(error)",
      },
    ],
    tests: CANARY,
  },
  {
    name: "secrets-are-known",
    breaks: "Each channel's and agent's secrets are taken out of what others wrote.",
    file: "src/gateway.ts",
    edits: [{ find: "const mask = createMask(() => secretsOf(options));", put: "const mask = createMask(() => []);" }],
    tests: CANARY,
  },
  {
    name: "people-by-hash",
    breaks: "A log names people by a keyed hash.",
    file: GUARD,
    edits: [{ find: "return options.payloads ? value : `peer_", put: "return value !== '' ? value : `peer_" }],
    tests: CANARY,
  },
  {
    name: "words-only-when-asked",
    breaks: "What people and bots say is logged only when a setting asks for it.",
    file: GUARD,
    edits: [{ find: '(kind !== "payload" || options.payloads)', put: "true" }],
    tests: CANARY,
  },
  {
    name: "numbers-in-platform-ids",
    breaks: "A platform's id that holds a phone number is not logged as it is.",
    file: GUARD,
    edits: [{ find: "options.payloads || !holdsNumber(value)", put: "value !== null" }],
    tests: CANARY,
  },
  {
    name: "listed-fields-only",
    breaks: "A field that isn't on the list can't be logged.",
    file: GUARD,
    edits: [
      { find: "if (kind === undefined) dropped += 1;", put: "if (kind === undefined) written[name] = String(value);" },
    ],
    tests: OF_THE_GUARD,
  },
  {
    name: "floods-are-counted",
    breaks: "Whoever sends nonsense can't fill the disk with our lines about it.",
    file: GUARD,
    edits: [{ find: "limit.admits(kind, tell)", put: "kind !== tell.name" }],
    tests: OF_THE_GUARD,
  },
];

export const WATCHING_MUTATIONS: readonly Mutation[] = [
  {
    name: "parked-without-a-call-counts",
    breaks: "G11: a delivery that is parked before any call is counted as parked.",
    file: "src/pipeline/report/send.ts",
    edits: [{ find: "if (entered) metrics.deliveries", put: "if (outcome === null) metrics.deliveries" }],
    tests: METRICS,
  },
  {
    name: "no-ages-that-were",
    breaks: "G11: when the store can't be asked, no old age is shown for a true one.",
    file: "src/runtime/metrics.ts",
    edits: [{ find: "    metrics.oldestSeconds.reset();\n", put: "" }],
    tests: METRICS,
  },
  {
    name: "age-since-the-first-try",
    breaks: "G11: a delivery that is tried again and again grows old.",
    file: "src/store/sqlite/ops/waiting.ts",
    edits: [{ find: "WHEN 'pending' THEN created_at", put: "WHEN 'pending' THEN state_since" }],
    tests: METRICS,
  },
  {
    name: "one-trace-a-turn",
    breaks: "A message's way is one trace, through crashes and over processes.",
    file: "src/runtime/traces.ts",
    edits: [{ find: "      wayOf(id),\n    );", put: "      ROOT_CONTEXT,\n    );" }],
    tests: TRACES,
  },
];
