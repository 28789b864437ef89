/** What keeps a message from reaching a person twice where no retry key exists. */
import { type Mutation, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const ROUTE = "src/core/route.ts";
const META = "src/channels/meta";

const RECEIPTS = store("receipts and windows");

export const RECEIPT_MUTATIONS: readonly Mutation[] = [
  {
    name: "own-word-gets-off",
    breaks: "G8: what arrived by a call of its own isn't taken back with the answer that it was to be bundled into.",
    file: `${OPS}/record-receipt.ts`,
    edits: [{ find: "      if (receipt.watermark === null) unbundle.run(target.delivery_id);\n", put: "" }],
    tests: store("stays sent where its own word came"),
  },
  {
    name: "wait-for-a-receipt",
    breaks: "G8: nothing is decided before a receipt had its time.",
    file: ROUTE,
    edits: [
      { find: '  if (input.now < until) return { kind: "wait"', put: '  if (input.now < 0) return { kind: "wait"' },
    ],
    tests: RECEIPTS,
  },
  {
    name: "hold-by-default",
    breaks: "G8: under hold an unknown message is never sent again by itself.",
    file: ROUTE,
    edits: [{ find: '  if (policy === "hold") return', put: "  if (policy === null) return" }],
    tests: RECEIPTS,
  },
  {
    name: "one-resend",
    breaks: "G8: under resend there is at most one more copy.",
    file: ROUTE,
    edits: [{ find: "  if (uncertain.length > 1) return", put: "  if (uncertain.length > 9) return" }],
    tests: RECEIPTS,
  },
  {
    name: "window-before-sending",
    breaks: "§6.5: outside the window nothing is tried.",
    file: ROUTE,
    edits: [{ find: "now < windowEndsAt - WINDOW_MARGIN_MS) return", put: "now > 0) return" }],
    tests: RECEIPTS,
  },
  {
    name: "all-that-was-bundled-is-reverted",
    breaks: "G8: nothing is sent in the books that the platform says has failed.",
    file: `${OPS}/bundle.ts`,
    edits: [
      {
        find: "delivery_id IN (SELECT id FROM bundle) AND state IN ('unknown', :from)",
        put: "bundled_into = :bundledInto AND state IN ('unknown', :from)",
      },
    ],
    tests: RECEIPTS,
  },
  {
    name: "what-was-bundled-is-in-doubt-no-longer",
    breaks: "G8: only what nobody knows is unknown.",
    file: `${OPS}/bundle.ts`,
    edits: [{ find: "state IN ('unknown', :from)", put: "state = :from AND state = 'sent'" }],
    tests: RECEIPTS,
  },
  {
    name: "what-was-bundled-is-not-said-twice",
    breaks: "G8: what was unbundled and sent alone isn't said again when its carrier is replayed.",
    file: `${OPS}/attempt-plan.ts`,
    edits: [{ find: "const IS_BINDING = `(outcome = 'unknown' OR", put: "const IS_BINDING = `(outcome <> '' OR" }],
    tests: RECEIPTS,
  },
  {
    name: "words-while-they-may-be-needed",
    breaks: "G8: what may still be reported as failed can be said again.",
    file: `${OPS}/purge-bodies.ts`,
    edits: [{ find: "(d.state <> 'sent' OR d.ended_at >= :olderThan)", put: "d.state <> 'sent'" }],
    tests: RECEIPTS,
  },
  {
    name: "receipts-never-go-back",
    breaks: "§6.1: receipts are monotonic.",
    file: "src/core/receipt.ts",
    edits: [
      {
        find: "  return RECEIPT_STATUSES.indexOf(said) > RECEIPT_STATUSES.indexOf(known) ? said : known;\n",
        put: "  return said;\n",
      },
    ],
    tests: { files: ["src/core/receipt.test.ts"] },
  },
  {
    name: "an-echo-overtakes-the-answer",
    breaks: "G8: a call whose echo is there already is sent, whatever came back.",
    file: "src/core/delivery.ts",
    edits: [
      { find: '  if (outcome.kind !== "sent" && isAcceptance(receipt)) {\n', put: "  if (receipt === undefined) {\n" },
    ],
    tests: RECEIPTS,
  },
  {
    name: "a-failure-overtakes-the-answer",
    breaks: "G11: a message that failed is not shown as sent.",
    file: `${OPS}/settle-attempt.ts`,
    edits: [{ find: "return failure !== null && isOpen ?", put: "return failure === undefined && isOpen ?" }],
    tests: RECEIPTS,
  },
  {
    name: "a-failure-of-its-own-message",
    breaks: "G8: what the platform said of a try that failed says nothing of the next one.",
    file: "src/core/receipt-status.ts",
    edits: [
      {
        find: "rows.filter(({ messageId }) => messageId",
        put: "rows.filter(({ messageId }) => messageId !== null || messageId",
      },
    ],
    tests: RECEIPTS,
  },
  {
    name: "a-failure-of-an-earlier-try",
    breaks: "G8: a late failure of an earlier try leaves what the last one brought.",
    file: `${OPS}/record-receipt.ts`,
    edits: [{ find: 'status === "failed" && isOfEarlierTry(', put: "status === null && isOfEarlierTry(" }],
    tests: RECEIPTS,
  },
  {
    name: "words-by-message",
    breaks: "§6.5: the failure of a second try is news.",
    file: `${OPS}/record-receipt.ts`,
    edits: [
      { find: "receiptsOf(deliveryId).filter((row) => row.messageId === messageId)", put: "receiptsOf(deliveryId)" },
    ],
    tests: RECEIPTS,
  },
  {
    name: "riders-say-that-they-went-again",
    breaks: "G8: each delivery that went out once more has the reason in its row.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "IN (SELECT :deliveryId UNION ALL SELECT id FROM bundle)", put: "= :bundledInto" }],
    tests: RECEIPTS,
  },
  {
    name: "a-failed-attempt-is-certain",
    breaks: "§6.5: a receipt that says failed lets the message go again.",
    file: `${OPS}/record-receipt.ts`,
    edits: [{ find: "    correct.run(failure.kind, failure.reason, target.delivery_id, target.attempts);\n", put: "" }],
    tests: RECEIPTS,
  },
  {
    name: "receipts-of-the-account",
    breaks: "G2: a receipt of another account or platform changes nothing.",
    file: `${OPS}/receipt-targets.ts`,
    edits: [
      {
        find: "    WHERE d.delivery_id = ? AND c.channel = ? AND c.account = ? AND d.attempts > 0`",
        put: "    WHERE d.delivery_id = ? AND (c.channel = ? OR c.account = ? OR 1) AND d.attempts > 0`",
      },
    ],
    tests: RECEIPTS,
  },
  {
    name: "a-missing-receipt-ends-the-run",
    breaks: "§6.5: receipts are known to flow only while none is overdue.",
    file: `${OPS}/receipt-flow.ts`,
    edits: [{ find: "CASE WHEN receipt_watched_id IS NULL THEN receipt_run ELSE 0 END", put: "receipt_run" }],
    tests: RECEIPTS,
  },
  {
    name: "silence-of-people",
    breaks: "The bot says nothing while a person of ours answers.",
    file: `${OPS}/window.ts`,
    edits: [{ find: "now < pausedUntil ?", put: "now < 0 ?" }],
    tests: RECEIPTS,
  },
  {
    name: "the-envelope-decides",
    breaks: "§6.5: a Graph error's code counts, not the HTTP status.",
    file: `${META}/classify.ts`,
    edits: [
      {
        find: "      if (error !== null) return classifyError",
        put: "      if (error?.code === -1) return classifyError",
      },
    ],
    tests: { files: [`${META}/classify.test.ts`] },
  },
  {
    name: "meta-raw-bytes",
    breaks: "§6.1: the signature is over the raw bytes.",
    file: `${META}/verify.ts`,
    edits: [
      {
        find: "update(body).digest();",
        put: "update(JSON.stringify(JSON.parse(new TextDecoder().decode(body)))).digest();",
      },
    ],
    tests: { files: [`${META}/verify.test.ts`] },
  },
];
