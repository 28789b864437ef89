/** G11, G12: a stopped account is seen, and starts by itself. */
import { inFile, type Mutation, store } from "./mutation.ts";

const STATE = "src/store/ops/parts/account-state.ts";
const CHECKS = "src/store/ops/account-checks.ts";
const WHOLE = "test/stopped-account.test.ts";

export const ACCOUNTS: readonly Mutation[] = [
  {
    name: "a-slow-down-outlives-an-accepted-call",
    breaks: "G12: a limit that the platform has for one person holds up nobody else.",
    file: STATE,
    edits: [{ find: 'if (outcome !== "sent" || since === null', put: 'if (outcome === "sent" || since === null' }],
    tests: store("rate limited.*goes on at once"),
  },
  {
    name: "an-earlier-call-ends-a-slow-down",
    breaks: "What the platform took before the limit says nothing about it.",
    file: STATE,
    edits: [
      { find: " || since >= startedAt ||", put: " ||" },
      { find: " AND slow_since < :startedAt`);", put: " AND :startedAt > 0`);" },
    ],
    tests: store("rate limited.*began earlier"),
  },
  {
    name: "a-named-wait-is-cut-short",
    breaks: "A wait that the platform named stands.",
    file: STATE,
    edits: [{ find: "isNamedWait ? null : startedAt", put: "startedAt" }],
    tests: store("rate limited.*as long as the platform asked"),
  },
  {
    name: "stale-refusal-stops-an-account",
    breaks: "G12: a call from before the last start says nothing about the account.",
    file: STATE,
    edits: [{ find: "AND (a.started_at IS NULL OR a.started_at <= :startedAt)", put: "AND :startedAt >= 0" }],
    tests: store("an account that resumes.*from before it was started"),
  },
  {
    name: "proxy-stops-an-account",
    breaks: "G12: only what the platform itself says stops an account or refuses a delivery.",
    file: "src/channels/outcome.ts",
    edits: [{ find: " || isForeign(body)) {", put: ") {" }],
    tests: inFile("src/channels/line/classify.test.ts", "of a proxy"),
  },
  {
    name: "any-success-shows-an-account-well",
    breaks: "G12: only the probe shows that an account works again.",
    file: STATE,
    edits: [
      {
        find: "status = 'resuming' AND probe_id = :deliveryId`);",
        put: "status = 'resuming' AND :deliveryId <> ''`);",
      },
    ],
    tests: store("an account that resumes.*from before it was started"),
  },
  {
    name: "all-at-once-after-a-stop",
    breaks: "G12: after a stop one delivery is tried first.",
    file: STATE,
    edits: [{ find: "AND (probe_until IS NULL OR probe_until <= :now)", put: "AND :now > 0" }],
    tests: store("an account that resumes.*one delivery at a time"),
  },
  {
    name: "every-process-asks",
    breaks: "G12: of several processes one asks about a stopped account.",
    file: CHECKS,
    edits: [{ find: "AND check_at <= :now AND checks = :checks", put: "AND :now > 0 AND :checks >= 0" }],
    tests: store("taken by one of several processes"),
  },
  {
    name: "a-stopped-account-waits-for-a-restart",
    breaks: "G12: a stopped account starts by itself.",
    file: "src/pipeline/support/check-accounts.ts",
    edits: [{ find: "inMs === 0 &&", put: "inMs < 0 &&" }],
    tests: inFile(WHOLE, "starts by itself"),
  },
  {
    name: "what-a-stopped-account-holds-is-hidden",
    breaks: "G11: what waits for a stopped account is listed.",
    file: "src/store/ops/waiting-rows.ts",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
    edits: [{ find: " OR ${WAITS_FOR_ACCOUNT})", put: ")" }],
    tests: store("is listed with all that it holds"),
  },
  {
    name: "failing-turns-are-hidden",
    breaks: "G11: a turn that failed twice is listed.",
    file: "src/store/ops/waiting-rows.ts",
    edits: [{ find: "ready: [FAILING],", put: "ready: []," }],
    tests: inFile(WHOLE, "is listed from its second failure"),
  },
  {
    name: "a-breaker-that-nobody-sees",
    breaks: "G11: an open breaker is a metric.",
    file: "src/http/admin/app.ts",
    edits: [
      { find: "showBreakers(deps.metrics, deps.agent.breakers?.() ?? []);", put: "showBreakers(deps.metrics, []);" },
    ],
    tests: inFile(WHOLE, "is shown open until the agent answers again"),
  },
];
