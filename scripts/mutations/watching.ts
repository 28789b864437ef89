/** What an operator is told is true, and what an operator does is done once. */
import { inFile, type Mutation, store } from "./mutation.ts";

const EVENT_FEED = "src/http/admin/event-feed.ts";
const EVENT_FEED_TESTS = "src/http/admin/event-feed.test.ts";

export const WATCHING: readonly Mutation[] = [
  {
    name: "pulse-counts-an-hour-twice",
    breaks: "The pulse is of the last hour: a step's place in the ring is emptied before it is used again.",
    file: "src/runtime/pulse.ts",
    edits: [{ find: "      step.channels.clear();\n", put: "" }],
    tests: inFile("src/runtime/pulse.test.ts", "older than an hour"),
  },
  {
    name: "pulse-beside-the-metrics",
    breaks: "The pulse and the metrics say the same.",
    file: "src/runtime/pulse-feed.ts",
    edits: [
      { find: "pulse.took(String(channel), what, seconds * 1_000)", put: "pulse.took(String(channel), what, seconds)" },
    ],
    tests: inFile("src/http/admin/pulse.test.ts", "equals the metric"),
  },
  {
    name: "any-number-of-readers",
    breaks: "G12: readers of the event feed take a bounded part of the process.",
    file: EVENT_FEED,
    edits: [{ find: "readers.count >= READERS_MAX", put: "readers.count >= Number.MAX_VALUE" }],
    tests: inFile(EVENT_FEED_TESTS, "a reader too many"),
  },
  {
    name: "each-reader-its-own-text",
    breaks: "G12: readers of the event feed cost the path of a message nothing more than one does.",
    file: EVENT_FEED,
    edits: [{ find: "if (known !== undefined) return known;", put: "" }],
    tests: inFile(EVENT_FEED_TESTS, "once for all readers"),
  },
  {
    name: "part-of-a-list-as-all-of-it",
    breaks: "Groups say of how many items they are, and whether these are all.",
    file: "src/http/admin/groups.ts",
    edits: [{ find: "isWhole: next === null", put: "isWhole: true" }],
    tests: inFile("src/http/admin/groups.test.ts", "not all"),
  },
  {
    name: "forgotten-duplicates-as-none",
    breaks: "An event shows since when its duplicates are known, rather than none.",
    file: "src/runtime/duplicates.ts",
    edits: [{ find: "if (known === undefined && events.size === EVENTS_KEPT) knownSince = clock.now();", put: "" }],
    tests: inFile("src/runtime/duplicates.test.ts", "one is dropped"),
  },
  {
    name: "bot-answers-over-the-operator",
    breaks: "An operator's pause is a handover: what no agent has had is left to the operator.",
    file: "src/store/ops/parts/handover.ts",
    edits: [
      {
        find: "  await tx.run(LEAVE_TO_HUMAN, { conversationId, sentUntil: Number.MAX_SAFE_INTEGER });\n",
        put: "",
      },
    ],
    tests: store("an operator's pause.*no agent has had"),
  },
  {
    name: "repeated-pause",
    breaks: "An operator's action is done once under its id.",
    file: "src/store/ops/operate-conversation.ts",
    edits: [{ find: "if (earlier !== undefined) {", put: 'if (earlier !== undefined && order.actionId === "") {' }],
    tests: store("an operator's pause.*once under its action id"),
  },
];
