/** What strangers and storms may take of the process. */
import type { Mutation } from "./mutation.ts";

const BODIES = "src/http/body-budget.ts";
const RATE_LIMIT = "src/http/rate-limit.ts";
const RATE_LIMIT_TESTS = { files: ["src/http/rate-limit.test.ts"] };
const UPGRADES = { files: ["src/http/upgrade.test.ts"] };

export const LIMIT_MUTATIONS: readonly Mutation[] = [
  {
    name: "body-budget",
    breaks: "Bodies without a signature never hold more than their bound together.",
    file: BODIES,
    edits: [{ find: "if (this.#heldBytes <= this.#maxBytes) return;", put: "if (this.#heldBytes >= 0) return;" }],
    tests: {
      files: ["src/http/body-budget.test.ts", "src/http/webhooks.test.ts"],
      named: ".*(make room|makes room|dawdles).*",
    },
  },
  {
    name: "body-limit",
    breaks: "No body is longer than its channel's limit.",
    file: BODIES,
    edits: [{ find: "if (this.size + chunk.length > this.#limitBytes) {", put: "if (chunk.length < 0) {" }],
    tests: { files: ["src/http/body-budget.test.ts"] },
  },
  {
    name: "rate-limit",
    breaks: "Who sends too many refused requests is rejected.",
    file: RATE_LIMIT,
    edits: [{ find: "if (bucket.left >= 1 ||", put: "if (bucket.left >= 0 ||" }],
    tests: RATE_LIMIT_TESTS,
  },
  {
    name: "platform-keeps-its-rate",
    breaks: "A platform is never rejected for what others did from its address.",
    file: RATE_LIMIT,
    edits: [{ find: " || bucket.provenUntil > bucket.at) return null;", put: ") return null;" }],
    tests: RATE_LIMIT_TESTS,
  },
  {
    name: "proxy-is-nobody",
    breaks: "A proxy's address stands for many and is never rejected.",
    file: "src/http/client-address.ts",
    edits: [{ find: "return isPublic(peer) ? named(peer) : null;", put: "return named(peer);" }],
    tests: RATE_LIMIT_TESTS,
  },
  {
    name: "account-at-once",
    breaks: "One account's storm doesn't take the others' room.",
    file: "src/runtime/admission-control.ts",
    edits: [{ find: "(waiting.get(account) ?? 0) >= atOnce", put: "(waiting.get(account) ?? 0) < 0" }],
    tests: { files: ["src/runtime/admission-control.test.ts"] },
  },
  {
    name: "json-depth",
    breaks: "A webhook that can't be written down is refused once, and not for ever.",
    file: "src/pipeline/accept.ts",
    edits: [{ find: "if (isTooDeep(body)) return", put: "if (body.length < 0) return" }],
    tests: { files: ["src/http/webhooks.test.ts"], named: ".*nested deeper.*" },
  },
  {
    name: "media-at-once",
    breaks: "Streams to agents are bounded.",
    file: "src/http/media.ts",
    edits: [{ find: "if (streams >= mediaAtOnce) return", put: "if (streams < 0) return" }],
    tests: { files: ["src/http/media.test.ts"] },
  },
  {
    name: "media-idle",
    breaks: "A stream in which nothing moves is ended.",
    file: "src/http/bounded-stream.ts",
    edits: [
      {
        find: "    cancelIdle = clock.after(idleMs, () => {",
        put: "    cancelIdle = clock.after(idleMs * 1_000, () => {",
      },
    ],
    tests: { files: ["src/http/media.test.ts"] },
  },
  {
    name: "half-open-upgrade",
    breaks: "Nobody holds a connection by an upgrade that was refused.",
    file: "src/http/upgrade.ts",
    edits: [{ find: '  socket.once("finish", () => socket.destroy());\n', put: "" }],
    tests: UPGRADES,
  },
  {
    name: "strangers",
    breaks: "Connections that have shown no token are bounded.",
    file: "src/http/upgrade.ts",
    edits: [{ find: "if (isKnown || anonymous() < ANONYMOUS_MAX)", put: "if (isKnown || anonymous() >= 0)" }],
    tests: UPGRADES,
  },
  {
    name: "ready-first",
    breaks: "A load balancer looks away before webhooks are refused.",
    file: "src/gateway.ts",
    edits: [{ find: 'mountHealth(app, deps, () => phase === "open");', put: "mountHealth(app, deps, isAccepting);" }],
    tests: { files: ["src/http/health.test.ts"] },
  },
  {
    name: "contents-at-once",
    breaks: "Contents that are held whole are bounded.",
    file: "src/pipeline/support/read-content.ts",
    edits: [{ find: "if (reading < AT_ONCE) {", put: "if (reading >= 0) {" }],
    tests: { files: ["src/pipeline/support/read-content.test.ts"] },
  },
];
