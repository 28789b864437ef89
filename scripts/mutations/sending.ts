/** G8, G9 and what of G12 is about accounts: at most one copy, by the cheapest route. */
import { inFile, type Mutation, store } from "./mutation.ts";

const OPS = "src/store/ops";
const ROUTE = "src/core/route.ts";
const ROUTE_TESTS = inFile("src/core/route.test.ts");
const DELIVERY = "src/core/delivery.ts";
const DELIVERY_TESTS = inFile("src/core/delivery.test.ts");

export const SENDING: readonly Mutation[] = [
  {
    name: "call-before-attempt",
    breaks: "G8: the attempt is committed before the call is made.",
    file: "src/pipeline/send.ts",
    edits: [
      {
        find: "    const attempt = await deps.store.startAttempt({ deliveryId, ...termsOf(deps) });\n",
        put: `    const start = { deliveryId, ...termsOf(deps) };
    let early = null;
    const decide = (view) => {
      const decided = start.decide(view);
      if (decided.call === null) return decided;
      early = () => channelOf(deps, view.conversation).send(decided.call, decided.decision.route ?? "reply");
      throw new Error("only decided");
    };
    const begun = await deps.store.startAttempt({ ...start, decide }).catch(() => null);
    if (early === null) return begun;
    EARLY.set(deliveryId, await early());
    const attempt = await deps.store.startAttempt(start);
`,
      },
      {
        find: "isOurs ? await span.run(",
        put: "EARLY.has(attempt.deliveryId) ? EARLY.get(attempt.deliveryId) : isOurs ? await span.run(",
      },
      { find: "    const callMs = ", put: "    EARLY.delete(attempt.deliveryId);\n    const callMs = " },
      { find: "export type SendDeps", put: "const EARLY = new Map();\nexport type SendDeps" },
    ],
    tests: inFile("test/pipeline.test.ts", "separate transactions an attempt is on the disk"),
  },
  {
    name: "token-claim",
    breaks: "G8: a reply token is one delivery's, ever.",
    file: `${OPS}/start-attempt.ts`,
    edits: [
      { find: "    tokenEventId === null ? null : tx.run(CLAIM", put: '    tokenEventId !== "" ? null : tx.run(CLAIM' },
    ],
    tests: store("gives a token to one of two"),
  },
  {
    name: "other-bytes-on-the-same-route",
    breaks: "G8: another try on the same route sends the recorded bytes, never a new rendering.",
    file: `${OPS}/parts/attempt-plan.ts`,
    edits: [{ find: "  if (earlier !== undefined) return recorded(earlier);\n", put: "" }],
    tests: store("the bytes recorded for the same route"),
  },
  {
    name: "retry-key",
    breaks: "G8: a repeated push carries the key of the first.",
    file: "src/channels/line/send.ts",
    edits: [{ find: "uuidv5(delivery.deliveryId, RETRY", put: "uuidv5(String(Math.random()), RETRY" }],
    tests: inFile("src/channels/line/send.test.ts"),
  },
  {
    name: "push-after-ambiguous-reply",
    breaks: "G8: what may have been accepted by its reply token is never pushed.",
    file: ROUTE,
    edits: [
      { find: "if (bound !== undefined) return", put: 'if (bound !== undefined && bound.route !== "reply") return' },
    ],
    tests: ROUTE_TESTS,
  },
  {
    name: "token-consumed-at-any-age",
    breaks: "G8: an invalid token proves a first copy only within the token's life.",
    file: DELIVERY,
    edits: [{ find: "const wasAlive = input.tokenGuaranteedUntil !== null &&", put: "const wasAlive = true ||" }],
    tests: DELIVERY_TESTS,
  },
  {
    name: "refused-after-unknown",
    breaks: "G8: a call that may have been accepted stays unknown and is never called dead.",
    file: DELIVERY,
    edits: [
      {
        find: 'if (earlierMayBeAccepted)\n    return { ...settlementIn("unknown"), reason: `refused',
        put: 'if (false)\n    return { ...settlementIn("unknown"), reason: `refused',
      },
    ],
    tests: DELIVERY_TESTS,
  },
  {
    name: "process-died-means-retry",
    breaks: "G8: an attempt whose process died is unknown, never pending.",
    file: `${OPS}/mark-unknown.ts`,
    edits: [
      {
        find: 'outcome: { kind: "unknown", reason: "the process that made the call did not come back" },',
        put: 'outcome: { kind: "retry", reason: "the process that made the call did not come back", retryAfterMs: 0 },',
      },
    ],
    tests: store("expireLeases"),
  },
  {
    name: "resent-under-hold",
    breaks: "G8: under hold an unknown message is never sent again by itself.",
    file: ROUTE,
    edits: [{ find: '  if (policy === "hold") return', put: "  if (policy === null) return" }],
    tests: ROUTE_TESTS,
  },
  {
    name: "receipts-go-back",
    breaks: "G8: of a message's receipts the strongest counts, in whatever order it comes.",
    file: "src/core/receipt.ts",
    edits: [{ find: "RECEIPT_STATUSES.indexOf(next) > RECEIPT_STATUSES.indexOf(known) ? next : known", put: "next" }],
    tests: inFile("src/core/receipt.test.ts"),
  },
  {
    name: "bundled-sent-again",
    breaks: "G8: what was bundled into a call that was sent is sent.",
    file: `${OPS}/parts/bundle.ts`,
    edits: [{ find: 'if (state !== "sent" && state !== "unknown") return 0;', put: 'if (state !== "") return 0;' }],
    tests: store("what is bundled"),
  },
  {
    name: "key-of-a-reply",
    breaks: "G8: a reply that is posted again is taken once.",
    file: `${OPS}/answer-turn.ts`,
    edits: [{ find: "return earlier?.fence === fence\n", put: "return earlier?.fence === -1\n" }],
    tests: store("answerTurn with a key"),
  },
  {
    name: "key-of-a-message",
    breaks: "G8: a message without a turn is taken once for its key.",
    file: `${OPS}/parts/queue-in-conversation.ts`,
    edits: [{ find: "earlier === null ? await insertAll", put: "earlier !== undefined ? await insertAll" }],
    tests: store("queueMessages"),
  },
  {
    name: "free-route-first",
    breaks: "G9: a free reply is used whenever one is alive.",
    file: ROUTE,
    edits: [{ find: 'if (token !== null) return { kind: "reply", token: token.token };\n', put: "\n" }],
    tests: ROUTE_TESTS,
  },
  {
    name: "past-the-quota",
    breaks: "G9: what waits for a free route never pays.",
    file: ROUTE,
    edits: [{ find: 'if (input.freeOnly) return { kind: "park"', put: 'if (input.now < 0) return { kind: "park"' }],
    tests: ROUTE_TESTS,
  },
  {
    name: "unused-token-kept",
    breaks: "G9: a token that was claimed and certainly not used is free again.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "  if (row.attempts > 0) await releaseTokens(tx, row.delivery_id, except);\n", put: "" }],
    tests: store("claimed and certainly not used"),
  },
  {
    name: "parked-is-bundled",
    breaks: "G9: what is parked travels in front of the next answer, in the same call.",
    file: `${OPS}/answer-turn.ts`,
    edits: [
      {
        find: "turn.has_waiting === 1 ? await parkedIn(tx, conversationId) : [];",
        put: "[] as Awaited<ReturnType<typeof parkedIn>>;",
      },
    ],
    tests: store("the next answer"),
  },
  {
    name: "paid-before-the-tap",
    breaks: "G9: an answer with a button waits for the tap.",
    file: ROUTE,
    edits: [{ find: "if (waiting !== null) return waiting;", put: "if (waiting?.kind === 'hold') return waiting;" }],
    tests: ROUTE_TESTS,
  },
  {
    name: "deliver-by",
    breaks: "G9: what is worth nothing after a time is dead instead of late.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "if (isTooLate(row, delivery, tx.wall()))", put: "if (now < 0)" }],
    tests: store("queueMessages"),
  },
  {
    name: "slow-account",
    breaks: "G12: a rate limit slows that account, and its next call waits.",
    file: `${OPS}/parts/account-state.ts`,
    edits: [{ find: "if (slowUntil === null) return;", put: "if (slowUntil !== -1) return;" }],
    tests: store("an account that"),
  },
];
