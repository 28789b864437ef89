/** What keeps a reply from reaching a person twice, or never, or at a price. */
import { type Mutation, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const ROUTE = "src/core/route.ts";
const DELIVERY = "src/core/delivery.ts";

const ONE_COPY: readonly Mutation[] = [
  {
    name: "retry-key-stable",
    breaks: "G8: a repeated push carries the key of the first.",
    file: "src/channels/line/send.ts",
    edits: [
      {
        find: "uuidv5(delivery.deliveryId, RETRY_KEY_NAMESPACE)",
        put: "uuidv5(String(Math.random()), RETRY_KEY_NAMESPACE)",
      },
    ],
    tests: { files: ["src/channels/line/send.test.ts"] },
  },
  {
    name: "same-bytes-on-repeat",
    breaks: "§6.5: a repeat sends the recorded bytes, never a new rendering.",
    file: `${OPS}/attempt-plan.ts`,
    edits: [
      {
        find: "        return recorded(earlier);\n",
        put: "        return { ...recorded(earlier), call: start.buildCall(delivery, earlier) };\n",
      },
    ],
    tests: store("sending"),
  },
  {
    name: "same-bytes-on-the-same-route",
    breaks: "§6.5: another try on the same route sends the recorded bytes.",
    file: `${OPS}/attempt-plan.ts`,
    edits: [{ find: "    if (earlier !== undefined) return recorded(earlier);\n", put: "" }],
    tests: store("sending"),
  },
  {
    name: "attempt-before-call",
    breaks: "G8: the attempt is committed before the call is made.",
    file: "src/pipeline/send.ts",
    edits: [
      {
        find: "    const attempt = await store.startAttempt(attemptOf(deps, deliveryId, notes));\n",
        put: `    const start = attemptOf(deps, deliveryId, notes);
    let planned = null;
    const buildCall = (view, chosen) => {
      planned = { channel: channelOf(deps, view.conversation), call: start.buildCall(view, chosen), route: chosen.route };
      throw new Error("only planned");
    };
    const begun = await store.startAttempt({ ...start, buildCall }).catch(() => null);
    if (planned === null) return { attempt: begun, why: notes.why };
    EARLY.set(deliveryId, await planned.channel.send(planned.call, planned.route));
    const attempt = await store.startAttempt(start);
`,
      },
      {
        find: `    const said = isOurs ? await span.run(() => channelOf(deps, conversation).send(call, route)) : NOT_MADE;
`,
        put: `    const early = EARLY.get(attempt.deliveryId);
    EARLY.delete(attempt.deliveryId);
    const said = early ?? (await channelOf(deps, conversation).send(call, route));
`,
      },
      { find: "/** Room in an attempt's lease", put: "const EARLY = new Map();\n/** Room in an attempt's lease" },
    ],
    tests: {
      files: ["test/fault-points.death.test.ts"],
      named: "a burst becomes one turn.*die-after",
    },
  },
  {
    name: "in-hand-until-taken-back",
    breaks: "G8: a delivery whose record is being taken back is not begun anew meanwhile.",
    file: "src/pipeline/send.ts",
    edits: [{ find: "due.filter((deliveryId) => !deps.outbound.inFlight.has(deliveryId)).map(", put: "due.map(" }],
    tests: { files: ["test/regression_late-abandon.test.ts"] },
  },
  {
    name: "token-claim",
    breaks: "G8: a reply token is one delivery's, ever.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "    if (tokenEventId !== null) {", put: '    if (tokenEventId === "") {' }],
    tests: store("sending"),
  },
  {
    name: "token-chosen-twice",
    breaks: "G9: a token that another delivery has is not chosen.",
    file: `${OPS}/delivery-view.ts`,
    edits: [{ find: 'one.state !== "spent" && !taken.has(one.token)', put: 'one.state !== "spent"' }],
    tests: store("sending"),
  },
  {
    name: "push-after-ambiguous-reply",
    breaks: "G8: what may have been accepted by its reply token is never pushed.",
    file: ROUTE,
    edits: [
      { find: "if (bound !== undefined) return", put: 'if (bound !== undefined && bound.route !== "reply") return' },
    ],
    tests: { files: ["src/core/route.test.ts", "src/core/one-copy.test.ts"] },
  },
  {
    name: "retry-key-life",
    breaks: "G8: a push whose key the platform has forgotten is not repeated.",
    file: ROUTE,
    edits: [{ find: "return input.now - bound.startedAt < input.retryKeyLifeMs - KEY_MARGIN_MS", put: "return true" }],
    tests: { files: ["src/core/route.test.ts", "src/core/one-copy.test.ts"] },
  },
  {
    name: "token-consumed-at-any-age",
    breaks: "§6.5: an invalid token proves a first copy only within the token's life.",
    file: DELIVERY,
    edits: [
      {
        find: "const wasAlive = input.tokenGuaranteedUntil !== null && input.now < input.tokenGuaranteedUntil;",
        put: "const wasAlive = true;",
      },
    ],
    tests: { files: ["src/core/delivery.test.ts", "src/core/one-copy.test.ts"] },
  },
  {
    name: "token-consumed-on-first-use",
    breaks: "§6.5: on its first use an invalid token proves nothing.",
    file: DELIVERY,
    edits: [
      {
        find: 'if (!input.earlierMayBeAccepted) return { ...base("pending"), reason, dueAt: input.now, tokenSpent: true };\n',
        put: "\n",
      },
    ],
    tests: { files: ["src/core/delivery.test.ts", "src/core/one-copy.test.ts"] },
  },
  {
    name: "refused-after-unknown",
    breaks: "G8: a call that may have been accepted is never called dead.",
    file: DELIVERY,
    edits: [
      { find: 'case "refused":\n      return input.earlierMayBeAccepted', put: 'case "refused":\n      return false' },
    ],
    tests: { files: ["src/core/delivery.test.ts", "src/core/one-copy.test.ts"] },
  },
  {
    name: "attempt-whose-process-died",
    breaks: "§6.5: an attempt whose process died is unknown, never pending.",
    file: `${OPS}/mark-unknown.ts`,
    edits: [
      {
        find: 'outcome: { kind: "unknown", reason: "the process that made the call did not come back" },',
        put: 'outcome: { kind: "retry", reason: "the process that made the call did not come back", retryAfterMs: 0 },',
      },
    ],
    tests: store("sweeping"),
  },
];

const ACCOUNT: readonly Mutation[] = [
  {
    name: "slow-account",
    breaks: "§6.5: a rate limit slows the account, not just the delivery that met it.",
    file: `${OPS}/account-state.ts`,
    edits: [{ find: "if (next.slowAccountUntil !== null) slow", put: "if (next.slowAccountUntil === -1) slow" }],
    tests: store("account"),
  },
  {
    name: "stopped-account",
    breaks: "§6.5: refused credentials stop the account, and its deliveries are kept.",
    file: `${OPS}/account-state.ts`,
    edits: [{ find: "if (next.stopAccount !== null) stop", put: 'if (next.stopAccount === "") stop' }],
    tests: store("account"),
  },
  {
    name: "a-stop-makes-old",
    breaks: "§6.5: the time that an account was stopped kills nothing that waited for its restart.",
    file: `${OPS}/settle-attempt.ts`,
    edits: [{ find: "AND stop.outcome = 'account-stopped'), 0))`;", put: "AND stop.outcome = ''), 0))`;" }],
    tests: store("too old to be tried again"),
  },
  {
    name: "dead-by-count-alone",
    breaks: "§6.3: a short outage kills nothing, however many attempts fit into it.",
    file: "src/core/retry.ts",
    edits: [{ find: "attempts >= policy.maxAttempts && ageMs", put: "attempts >= policy.maxAttempts || ageMs" }],
    tests: { files: ["src/core/retry.test.ts"] },
  },
];

const MONEY: readonly Mutation[] = [
  {
    name: "free-route-first",
    breaks: "G9: a free reply is used whenever one is alive.",
    file: ROUTE,
    edits: [{ find: 'if (token !== null) return { kind: "reply", token: token.token };\n', put: "\n" }],
    tests: { files: ["src/core/route.test.ts"] },
  },
  {
    name: "token-of-a-waiting-turn",
    breaks: "G9: a token that another turn still needs is left to it.",
    file: ROUTE,
    edits: [{ find: "safe.find((token) => token.turnAnswered)", put: "safe[0]" }],
    tests: { files: ["src/core/route.test.ts"] },
  },
  {
    name: "never-past-the-quota",
    breaks: "G9: what waits for a free route never pays.",
    file: ROUTE,
    edits: [{ find: 'if (input.freeOnly) return { kind: "park"', put: 'if (input.now < 0) return { kind: "park"' }],
    tests: { files: ["src/core/route.test.ts"] },
  },
  {
    name: "quota-parks",
    breaks: "§6.4: what the quota refused is parked until the person writes.",
    file: DELIVERY,
    edits: [
      {
        find: ': { ...base("parked"), reason: outcome.reason };',
        put: ': { ...base("dead"), reason: outcome.reason };',
      },
    ],
    tests: { files: ["src/core/delivery.test.ts"] },
  },
  {
    name: "parked-is-bundled",
    breaks: "§6.4: what is parked travels in front of the next answer, in the same call.",
    file: `${OPS}/answer-turn.ts`,
    edits: [{ find: "    for (const bundledId of call.bundledIds) bundle.run(deliveryId, bundledId);\n", put: "" }],
    tests: store("sending"),
  },
  {
    name: "bundled-ends-with-its-carrier",
    breaks: "G8: what was bundled is not sent again.",
    file: `${OPS}/bundle.ts`,
    edits: [{ find: 'if (state !== "sent" && state !== "unknown") return 0;', put: "if (state !== '') return 0;" }],
    tests: store("sending"),
  },
  {
    name: "bundled-is-unbundled",
    breaks: "G11: what was bundled into a dead delivery waits for the next.",
    file: `${OPS}/bundle.ts`,
    edits: [{ find: '    if (state === "dead") unbundle.run(now, deliveryId);\n', put: "" }],
    tests: store("sending"),
  },
];

export const SENDING_MUTATIONS: readonly Mutation[] = [...ONE_COPY, ...ACCOUNT, ...MONEY];
