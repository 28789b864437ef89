/** The transports to the agents, and what stands behind them. */
import { type Mutation, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const INSTANCE = "src/agents/websocket/agent-instance.ts";
const SUITE = "test/agents.conformance.test.ts";
const WEBSOCKET = { files: ["src/agents/websocket/endpoint.test.ts"] };
const OPENAB = { files: ["src/agents/openab/endpoint.test.ts", "src/agents/openab/answers.test.ts"] };

export const AGENT_MUTATIONS: readonly Mutation[] = [
  {
    name: "turn-handed-out-again",
    breaks: "G11: an answer that was lost with its connection holds up nothing.",
    file: "src/agents/client/connect.ts",
    edits: [{ find: "get(turn.turnId)?.giveUp()", put: "get(turn.turnId)?.lose()" }],
    tests: { files: ["test/regression_answer-lost-with-its-connection.test.ts"] },
  },
  {
    name: "numbered-replies",
    breaks: "G8: a reply that is posted again is taken once.",
    file: `${OPS}/answer-turn.ts`,
    edits: [{ find: "return earlier?.fence === fence ?", put: "return earlier?.fence === -1 ?" }],
    tests: store("answerTurn with a key"),
  },
  {
    name: "key-of-a-message",
    breaks: "G8: a message without a turn is taken once for its key.",
    file: `${OPS}/queue-messages.ts`,
    edits: [
      { find: "earlier?.deliveryIds ?? insertAll", put: "insertAll" },
      { find: "if (earlier === null) idempotencyKeys", put: "idempotencyKeys" },
    ],
    tests: store("queueMessages"),
  },
  {
    name: "deliver-by",
    breaks: "What is worth nothing after a time is dead instead of late.",
    file: `${OPS}/start-attempt.ts`,
    edits: [{ find: "if (isTooLate(row, delivery, now)) {", put: "if (now < 0) {" }],
    tests: store("queueMessages"),
  },
  {
    name: "silence-ends-a-turn",
    breaks: "G11: an agent that is silent for a lease loses its turn.",
    file: INSTANCE,
    edits: [{ find: "        cancelTimer = clock.after(leaseMs, silent);\n", put: "" }],
    tests: WEBSOCKET,
  },
  {
    name: "resume",
    breaks: "An accepted turn is still the agent's when its connection drops.",
    file: INSTANCE,
    edits: [{ find: "if (!work.accepted)", put: "if (work !== undefined)" }],
    tests: WEBSOCKET,
  },
  {
    name: "unaccepted-turn-goes-on",
    breaks: "A turn that nobody accepted doesn't wait for an agent that is gone.",
    file: INSTANCE,
    edits: [{ find: "if (!work.accepted)", put: "if (work === undefined)" }],
    tests: WEBSOCKET,
  },
  {
    name: "credit",
    breaks: "An agent gets as many turns at once as it asked for.",
    file: INSTANCE,
    edits: [{ find: "Math.max(0, this.#hello.credit - this.works.size)", put: "this.#hello.credit" }],
    tests: WEBSOCKET,
  },
  {
    name: "socket-token",
    breaks: "Nobody without the token is an agent.",
    file: "src/agents/websocket/endpoint.ts",
    edits: [{ find: "isAllowed: (hello) => bearer !== null ||", put: "isAllowed: (hello) => bearer !== undefined ||" }],
    tests: WEBSOCKET,
  },
  {
    name: "forget-only-this-instance",
    breaks: "An instance that has ended takes no later one of the same agent with it.",
    file: "src/agents/websocket/endpoint.ts",
    edits: [{ find: "if (this.#instances.get(instance.id) === instance) ", put: "" }],
    tests: { files: ["test/regression_deaf-instance.test.ts"] },
  },
  {
    name: "say-again-after-reconnect",
    breaks: "What was not acked is said again on the next connection.",
    file: "src/agents/client/connect.ts",
    edits: [{ find: "for (const work of this.#works.values()) work.repeat();", put: "" }],
    tests: { files: [SUITE], named: "a socket that drops at every frame" },
  },
  {
    name: "handler-signature",
    breaks: "A bot believes only what is signed.",
    file: "src/agents/client/http-handler.ts",
    edits: [{ find: "if (!verifiers.some(", put: "if (secret === null && !verifiers.some(" }],
    tests: { files: ["src/agents/client/http-handler.test.ts"] },
  },
  {
    name: "openab-token",
    breaks: "Nobody without the token is a core.",
    file: "src/agents/openab/endpoint.ts",
    edits: [{ find: 'isToken(query.get("token") ?? bearer ?? "", options.token)', put: "(query, bearer, true)" }],
    tests: OPENAB,
  },
  {
    name: "openab-commands",
    breaks: "Regression 46: commands never reach a person.",
    file: "src/agents/openab/core.ts",
    edits: [{ find: 'if (command === "") this.#say', put: "if (command !== null) this.#say" }],
    tests: OPENAB,
  },
  {
    name: "openab-placeholder",
    breaks: "A placeholder spends no token.",
    file: "src/agents/openab/work.ts",
    edits: [{ find: "if (PLACEHOLDERS.has(text.trim())) {", put: 'if (text === "") {' }],
    tests: OPENAB,
  },
  {
    name: "openab-coalescing",
    breaks: "Regression 40: frames of one answer are one call.",
    file: "src/agents/openab/work.ts",
    edits: [{ find: "else this.#finishAfter(this.#quiet.coalesceMs);", put: "else this.finish();" }],
    tests: OPENAB,
  },
  {
    name: "openab-second-answer",
    breaks: "G8: a second answer to an event that was handed out twice is refused.",
    file: "src/agents/openab/endpoint.ts",
    edits: [{ find: 'if (!this.all && this.#history.isSecondAnswer(eventId, core)) return "late";', put: "" }],
    tests: { files: [SUITE], named: "openab" },
  },
  {
    name: "breaker",
    breaks: "Regression 30: an agent's outage costs no turn its attempts.",
    file: "src/agents/breaker.ts",
    edits: [{ find: 'state !== "open" && agent.isReachable(account)', put: "agent.isReachable(account)" }],
    tests: { files: ["src/agents/breaker.test.ts"] },
  },
  {
    name: "guarded-fetch",
    breaks: "An address out of a message never makes us call our own.",
    file: "src/runtime/guarded-fetch.ts",
    edits: [{ find: "isIP(address) !== 0 && !isAllowed(address)", put: "isIP(address) === 9 && !isAllowed(address)" }],
    tests: { files: ["src/runtime/guarded-fetch.test.ts"] },
  },
];
