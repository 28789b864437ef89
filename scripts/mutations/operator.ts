/** What a person decides is done once, where it is allowed, and never makes a second copy that nobody asked for. */
import { type Mutation, store } from "./mutation.ts";

const OPERATOR_ACTION = "src/core/operator-action.ts";
const OPS = "src/store/sqlite/ops";
const OPERATING = store("operating");

export const OPERATOR_MUTATIONS: readonly Mutation[] = [
  {
    name: "action-id-forgotten",
    breaks: "An action is done once under its id.",
    file: `${OPS}/operate.ts`,
    edits: [{ find: "if (earlier !== undefined) {", put: "if (earlier?.action_id === '') {" }],
    tests: OPERATING,
  },
  {
    name: "action-not-written-down",
    breaks: "Who did what is written down.",
    file: `${OPS}/operate.ts`,
    edits: [{ find: "    record(order, done, now);\n", put: "" }],
    tests: OPERATING,
  },
  {
    name: "discarded-comes-back",
    breaks: "What was discarded is final.",
    file: OPERATOR_ACTION,
    edits: [{ find: '  if (subject.isDiscarded) return refused("discarded");\n', put: "" }],
    tests: OPERATING,
  },
  {
    name: "part-of-an-answer-twice",
    breaks: "A turn whose answer has begun is replayed only by force.",
    file: OPERATOR_ACTION,
    edits: [{ find: 'action === "replay" && turn.isPartlyAnswered && !force', put: "force && !force" }],
    tests: OPERATING,
  },
  {
    name: "resend-while-it-settles",
    breaks: "G8: nothing is sent again while a repeat or a receipt can still tell.",
    file: OPERATOR_ACTION,
    edits: [{ find: 'action === "resend" && delivery.isDue', put: "false" }],
    tests: OPERATING,
  },
  {
    name: "bundle-settled-without-its-carrier",
    breaks: "What is bundled into another ends as that one ends.",
    file: OPERATOR_ACTION,
    edits: [{ find: "if (delivery.bundledInto !== null)", put: 'if (delivery.bundledInto === "")' }],
    tests: OPERATING,
  },
  {
    name: "resend-bound-to-the-old-call",
    breaks: "What a person sends again goes out.",
    file: `${OPS}/delivery-view.ts`,
    edits: [{ find: "a.attempt > d.retry_baseline_attempt THEN", put: "a.attempt > 0 THEN" }],
    tests: OPERATING,
  },
  {
    name: "replay-dies-of-its-past",
    breaks: "A replayed delivery has its time again.",
    file: `${OPS}/settle-attempt.ts`,
    edits: [{ find: "max(d.retry_baseline_attempt, coalesce(", put: "max(0, coalesce(" }],
    tests: OPERATING,
  },
  {
    name: "old-answer-beside-the-new",
    breaks: "What died of the old answer doesn't come back beside the new one.",
    file: `${OPS}/operate-turn.ts`,
    edits: [{ find: "        discardOldAnswer.run(now, id);\n", put: "" }],
    tests: OPERATING,
  },
  {
    name: "discarded-still-waits",
    breaks: "G11: what is counted as waiting waits.",
    file: `${OPS}/waiting.ts`,
    edits: [
      {
        find: "AND state <> 'sent' AND discarded_at IS NULL",
        put: "AND state <> 'sent'",
      },
    ],
    tests: OPERATING,
  },
  {
    name: "load-left-behind",
    breaks: "What was bundled into a delivery that a person settles is settled with it.",
    file: `${OPS}/operate-delivery.ts`,
    edits: [{ find: "        settleBundled(deliveryId, SAID_BY_A_PERSON, now);\n", put: "" }],
    tests: OPERATING,
  },
  {
    name: "token-in-the-timeline",
    breaks: "A reply token is shown to nobody.",
    file: "src/store/operator-rows.ts",
    edits: [
      { find: "    requestId: row.request_id,\n", put: "    requestId: JSON.stringify(row),\n" },
      { find: '"a.delivery_id, a.attempt, a.route', put: '"a.token, a.delivery_id, a.attempt, a.route' },
    ],
    tests: OPERATING,
  },
  {
    name: "dns-rebinding-allowed",
    breaks: "Without a token only loopback names are answered.",
    file: "src/http/admin/guard.ts",
    edits: [
      {
        find: "token === null && !isLoopbackHost(host)",
        put: "token !== null && !isLoopbackHost(host) && token === ''",
      },
    ],
    tests: { files: ["src/http/admin-api.test.ts"] },
  },
  {
    name: "other-origins-allowed",
    breaks: "No page of another origin reaches the admin API.",
    file: "src/http/admin/guard.ts",
    edits: [{ find: "URL.parse(origin)?.host !== host", put: 'origin === ""' }],
    tests: { files: ["src/http/admin-api.test.ts"] },
  },
];
