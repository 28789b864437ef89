/** What keeps a free answer free, and a slow one from being lost behind its button. */
import { type Mutation, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const ROUTE = "src/core/route.ts";
const SLOW = { files: ["test/slow-reply.test.ts"] } as const;
const COST_POLICY = { files: ["test/cost-policy.test.ts"] } as const;

export const COST_POLICY_MUTATIONS: readonly Mutation[] = [
  {
    name: "unused-token-given-back",
    breaks: "§6.4: a token that was claimed and certainly not used is free again.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "    releaseOthers(deliveryId, token);\n", put: "" }],
    tests: store("sending"),
  },
  {
    name: "claimed-token-refreshed",
    breaks: "§6.1: a redelivered copy gives an unspent token a new minute.",
    file: `${OPS}/reply-token.ts`,
    edits: [{ find: "(state = 'claimed' AND :marked = 1)", put: "(state = 'claimed' AND :marked = 2)" }],
    tests: store("sending"),
  },
  {
    name: "replies-are-coalesced",
    breaks: "§6.4: replies that come one by one share a call.",
    file: "src/pipeline/outbox.ts",
    edits: [{ find: "    coalesceMs: settings.coalesceMs,\n", put: "" }],
    tests: COST_POLICY,
  },
  {
    name: "end-of-turn-ends-coalescing",
    breaks: "§6.4: a turn that ends waits for no more replies.",
    file: `${OPS}/answer-turn.ts`,
    edits: [{ find: "    if (answer.done) coalesce.release(answer.turnId, now);\n", put: "" }],
    tests: COST_POLICY,
  },
  {
    name: "refused-before-the-token",
    breaks: "§6.4: no token is spent on what LINE is known to refuse.",
    file: "src/pipeline/send.ts",
    edits: [
      {
        find: "    problemWith: ({ conversation, messages }) => channelOf(deps, conversation).problemWith(messages),\n",
        put: "",
      },
    ],
    tests: COST_POLICY,
  },
  {
    name: "refused-stands-alone",
    breaks: "§6.4: what LINE is known to refuse takes nothing along.",
    file: "src/core/pack.ts",
    edits: [{ find: "isClosed = unit.alone === true", put: "isClosed = false" }],
    tests: { files: ["src/core/pack.test.ts"] },
  },
  {
    name: "quick-replies-on-the-last",
    breaks: "§6.4: quick replies go on the last message of the call.",
    file: "src/channels/line/cost-policy/button.ts",
    edits: [{ find: "const items = messages.flatMap(itemsOf);", put: "const items = itemsOf(messages.at(-1));" }],
    tests: { files: ["src/channels/line/cost-policy/button.test.ts"] },
  },
  {
    name: "tap-before-paying",
    breaks: "§6.4: an answer with a button waits for the tap.",
    file: ROUTE,
    edits: [
      {
        find: "if (waiting !== null) return waiting;",
        put: "if (input.now < 0) return waiting ?? { kind: 'hold', reason: '' };",
      },
    ],
    tests: SLOW,
  },
  {
    name: "free-only-after-the-quota",
    breaks: "G9: what met the end of the quota is not paid for after a free route came to nothing.",
    file: `${OPS}/delivery-view.ts`,
    edits: [{ find: 'route !== "reply")?.outcome', put: 'route === "template")?.outcome' }],
    tests: { files: ["test/regression_waits-for-a-free-route.test.ts"] },
  },
  {
    name: "only-a-button-that-arrived",
    breaks: "§2: an answer never waits for the tap on a button that may not be there.",
    file: `${OPS}/delivery-view.ts`,
    edits: [{ find: "if (row.has_button !== 1)", put: "if (row.has_button === 2)" }],
    tests: SLOW,
  },
  {
    name: "tap-opens-no-turn",
    breaks: "§6.4: a tap on the gateway's button never reaches the agent.",
    file: "src/channels/line/normalize.ts",
    edits: [{ find: "isAnswerable && callbackToken === null ?", put: "isAnswerable ?" }],
    tests: SLOW,
  },
  {
    name: "callback-token-of-its-conversation",
    breaks: "§6.4: somebody else's tap opens nothing.",
    file: `${OPS}/button-callback.ts`,
    edits: [
      { find: "WHERE callback_token = ? AND conversation_id = ?", put: "WHERE callback_token = ? AND ? IS NOT NULL" },
    ],
    tests: store("sending"),
  },
  {
    name: "parked-is-bundled-with-the-button",
    breaks: "§6.4: what waits for a free route doesn't take the button's token.",
    file: `${OPS}/prompt-with-button.ts`,
    edits: [{ find: "      bundle.run(deliveryId, row.delivery_id);\n", put: "" }],
    tests: store("sending"),
  },
  {
    name: "a-button-takes-what-is-bundled-already",
    breaks: "G8: what is bundled into one answer is in no other bundle.",
    file: `${OPS}/parked.ts`,
    edits: [{ find: "AND bundled_into IS NULL AND (deliver_by", put: "AND (deliver_by" }],
    tests: store("already doesn't change over"),
  },
  {
    name: "a-button-takes-what-is-too-late",
    breaks: "§6.4: what is past its time is dead and not late.",
    file: `${OPS}/parked.ts`,
    edits: [{ find: "(deliver_by IS NULL OR deliver_by > ?)", put: "(deliver_by IS NULL OR ? IS NOT NULL)" }],
    tests: store("isn't bundled in front of a button"),
  },
  {
    name: "a-window-releases-what-is-bundled",
    breaks: "G8: what is bundled into an answer isn't due by itself.",
    file: `${OPS}/window.ts`,
    edits: [{ find: "AND state = 'parked' AND bundled_into IS NULL`);", put: "AND state = 'parked'`);" }],
    tests: store("isn't due by itself"),
  },
  {
    name: "reserve-is-kept",
    breaks: "§6.4: never silently past what is kept in reserve.",
    file: "src/pipeline/support/quota.ts",
    edits: [{ find: "return left - cost < costPolicy.reserve", put: "return left - cost < -1" }],
    tests: COST_POLICY,
  },
  {
    name: "groups-cost-their-members",
    breaks: "§6.4: a push to a group is counted for every member.",
    file: "src/pipeline/support/quota.ts",
    edits: [{ find: "    (cost) => quota.learnCost(conversationId, cost),\n", put: "    () => undefined,\n" }],
    tests: COST_POLICY,
  },
  {
    name: "loading-ends",
    breaks: "§6.4: the loading animation is shown while the agent works, and no longer.",
    file: "src/pipeline/support/typing-indicator.ts",
    edits: [{ find: "  return () => stopped.abort();\n", put: "  return () => {};\n" }],
    tests: COST_POLICY,
  },
];
