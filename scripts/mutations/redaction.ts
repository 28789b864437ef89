/** What must be read by nobody, out of logs, errors and answers; and what must be seen by whoever watches. */
import type { Mutation } from "./mutation.ts";

const SETTLE = "src/pipeline/settle.ts";
const REDACTING_LOG = "src/runtime/redacting-log.ts";
const CANARY = { files: ["test/canary.test.ts"] };
const METRICS = { files: ["test/metrics.test.ts"] };
const TRACES = { files: ["test/traces.test.ts"] };
const OF_THE_REDACTING_LOG = { files: ["src/runtime/redacting-log.test.ts"] };

export const REDACTION_MUTATIONS: readonly Mutation[] = [
  {
    name: "kept-behind-the-guard",
    breaks: "Whoever looks on in the console is shown no more than the log may have.",
    file: "src/gateway.ts",
    edits: [
      {
        find: "  const { log: kept, eventFeed } = createEventFeed(written, clock);\n  const log = redactingLog(kept, {",
        put: "  const guarded = redactingLog(written, {",
      },
      {
        find: "  return { redact, log, eventFeed };",
        put: `  const { log: kept, eventFeed } = createEventFeed(guarded, clock);
  return { redact, log: { ...kept, close: () => guarded.close() }, eventFeed };`,
      },
    ],
    tests: CANARY,
  },
  {
    name: "no-secret-from-the-doctor",
    breaks: "A platform that quotes our token in its answer doesn't bring it into the doctor's report.",
    file: "src/commands/doctor/doctor.ts",
    edits: [{ find: "const found = redact(finding.found);", put: "const { found } = finding;" }],
    tests: CANARY,
  },
  {
    name: "no-secret-in-what-is-kept",
    breaks: "A platform that quotes our token in its answer doesn't bring it into the database.",
    file: SETTLE,
    edits: [{ find: "response: said.response === null ? null : redact(said.response),", put: "" }],
    tests: CANARY,
  },
  {
    name: "no-secret-in-a-receipt",
    breaks: "A platform that quotes our token when a message failed later doesn't bring it into the database.",
    file: "src/pipeline/support/receipt.ts",
    edits: [{ find: "reason: redact(failure.reason)", put: "reason: failure.reason" }],
    tests: CANARY,
  },
  {
    name: "no-echo-of-a-call",
    breaks: "A platform that quotes a message or a person in its error doesn't bring them into the log.",
    file: SETTLE,
    edits: [
      {
        find: 'stripQuotedInput(redact(outcome.reason), [...stringValuesOf(call.body), call.retryKey ?? ""])',
        put: "redact(outcome.reason)",
      },
    ],
    tests: CANARY,
  },
  {
    name: "no-echo-of-a-turn",
    breaks: "An agent that quotes its turn in an error doesn't bring it into the log.",
    file: "src/pipeline/invoke.ts",
    edits: [{ find: "stripQuotedInput(deps.redact(given.reason), givenToIt)", put: "deps.redact(given.reason)" }],
    tests: CANARY,
  },
  {
    name: "no-echo-of-a-sign",
    breaks: "A platform that quotes a person's id in its refusal of a typing indicator doesn't bring it into the log.",
    file: "src/pipeline/support/typing-indicator.ts",
    edits: [
      {
        find: "stripQuotedInput(reasonOf(error), stringValues([turn.conversation.peerId, lastEvent?.content]))",
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
        find: "stripQuotedInput(\n      reasonOf(error),\n      stringValues([event.content, event.raw, event.sender, event.token]),\n    )",
        put: "reasonOf(error)",
      },
    ],
    tests: CANARY,
  },
  {
    name: "secrets-are-known",
    breaks: "Each channel's and agent's secrets are taken out of what others wrote.",
    file: "src/gateway.ts",
    edits: [
      {
        find: "const redact = createRedactor(() => secretsOf(options));",
        put: "const redact = createRedactor(() => []);",
      },
    ],
    tests: CANARY,
  },
  {
    name: "people-by-hash",
    breaks: "A log names people by a keyed hash.",
    file: REDACTING_LOG,
    edits: [{ find: "return options.payloads ? value : `peer_", put: "return value !== '' ? value : `peer_" }],
    tests: CANARY,
  },
  {
    name: "words-only-when-asked",
    breaks: "What people and bots say is logged only when a setting asks for it.",
    file: REDACTING_LOG,
    edits: [{ find: '(kind !== "payload" || options.payloads)', put: "true" }],
    tests: CANARY,
  },
  {
    name: "numbers-in-platform-ids",
    breaks: "A platform's id that holds a phone number is not logged as it is.",
    file: REDACTING_LOG,
    edits: [{ find: "options.payloads || !holdsNumber(value)", put: "value !== null" }],
    tests: CANARY,
  },
  {
    name: "listed-fields-only",
    breaks: "A field that isn't on the list can't be logged.",
    file: REDACTING_LOG,
    edits: [
      { find: "if (kind === undefined) dropped += 1;", put: "if (kind === undefined) written[name] = String(value);" },
    ],
    tests: OF_THE_REDACTING_LOG,
  },
  {
    name: "log-rate-limit",
    breaks: "Whoever sends nonsense can't fill the disk with our lines about it.",
    file: REDACTING_LOG,
    edits: [{ find: "limit.admits(kind, tell)", put: "kind !== tell.name" }],
    tests: OF_THE_REDACTING_LOG,
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
