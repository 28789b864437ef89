/** The disk, the keys, the fences and the order, in the store. */
import { type Mutation, store } from "./mutation.ts";

const OPS = "src/store/sqlite/ops";
const SCHEMA = "src/store/sqlite/migrations/embedded.generated.ts";
const WRITER = "src/store/sqlite/group-commit.ts";
const DB = "src/store/sqlite/connection.ts";

const DISK: readonly Mutation[] = [
  {
    name: "group-commit-tells-before-commit",
    breaks: "G1: who is told that it is done can rely on the disk.",
    file: WRITER,
    edits: [
      { find: "    for (const tell of settle) tell();\n", put: "" },
      {
        find: "      this.#beforeCommit();\n",
        put: "      for (const tell of settle) tell();\n      this.#beforeCommit();\n",
      },
    ],
    tests: { files: ["src/store/sqlite/group-commit-failure.test.ts"] },
  },
  {
    name: "group-commit-not-waited-for",
    breaks: "G1: a promise that resolved is committed.",
    file: WRITER,
    edits: [{ find: "      this.#commit.run();\n", put: "      setImmediate(() => this.#commit.run());\n" }],
    tests: { files: ["src/store/sqlite/group-commit.test.ts"] },
  },
  {
    name: "failed-operation-stays",
    breaks: "An operation that fails leaves nothing of its own, and takes nobody with it.",
    file: WRITER,
    edits: [{ find: "      this.#rollbackTo.run();\n", put: "" }],
    tests: { files: ["src/store/sqlite/group-commit.test.ts"] },
  },
  {
    name: "fsync-error-forgiven",
    breaks: "§6.6: after an fsync error memory can't be trusted, and the process ends.",
    file: WRITER,
    edits: [{ find: "if (isFatal(error.code) && this.#fatal === null) {", put: "if (error.code === '') {" }],
    tests: { files: ["src/store/sqlite/group-commit.test.ts"] },
  },
  {
    name: "full-index-is-the-end",
    breaks: "G10: a full disk is a 503, also where only the log's index can't grow.",
    file: WRITER,
    edits: [{ find: '(code.startsWith("SQLITE_IOERR") && !isIndex)', put: 'code.startsWith("SQLITE_IOERR")' }],
    tests: { files: ["src/store/sqlite/group-commit.test.ts"], named: "index can't grow" },
  },
  {
    name: "checkpoint-error-forgiven",
    breaks: "§6.6: an fsync error in a checkpoint ends the process too.",
    file: WRITER,
    edits: [
      {
        find: "      const told = this.#asUnavailable(error);\n      if (!(told",
        put: "      const told = new Unavailable(String(error));\n      if (!(told",
      },
    ],
    tests: { files: ["src/store/sqlite/group-commit.test.ts"], named: "grown long" },
  },
  {
    name: "no-checkpoint",
    breaks: "G11: the log doesn't grow for ever.",
    file: WRITER,
    edits: [{ find: "    this.#checkpointLongLog();\n", put: "" }],
    tests: { files: ["src/store/sqlite/group-commit.test.ts"], named: "grown long" },
  },
  {
    name: "synchronous-normal",
    breaks: "G1: a commit is on the disk, also after a power cut.",
    file: DB,
    edits: [{ find: 'db.pragma("synchronous = FULL");', put: 'db.pragma("synchronous = NORMAL");' }],
    tests: { files: ["src/store/sqlite/connection.test.ts"], named: "the opened file" },
  },
  {
    name: "synchronous-normal-and-not-read-back",
    breaks: "G1, with the program's own check gone too.",
    file: DB,
    edits: [
      { find: 'db.pragma("synchronous = FULL");', put: 'db.pragma("synchronous = NORMAL");' },
      { find: "  assertDurable(db);\n", put: "" },
    ],
    tests: { files: ["src/store/sqlite/connection.test.ts"], named: "the opened file" },
  },
  {
    name: "file-not-locked",
    breaks: "§6.6: one SQLite file belongs to one process.",
    file: DB,
    edits: [{ find: 'lock.exec("BEGIN EXCLUSIVE");', put: 'lock.exec("BEGIN");' }],
    tests: { files: ["src/store/sqlite/connection.test.ts"], named: "refused" },
  },
  {
    name: "clock-goes-back",
    breaks: "G5: a clock that is set back postpones nothing.",
    file: "src/store/sqlite/store-clock.ts",
    edits: [{ find: "    if (time < last) aheadMs += last - time;\n", put: "    last = time;\n" }],
    tests: store("clock"),
  },
];

const KEYS: readonly Mutation[] = [
  {
    name: "key-dedup",
    breaks: "G2: an event is accepted once, however often it comes.",
    file: SCHEMA,
    edits: [{ find: "PRIMARY KEY (channel, account, key)\n", put: "PRIMARY KEY (channel, account, key, event_id)\n" }],
    tests: store("taking in"),
  },
  {
    name: "key-one-collecting",
    breaks: "G4: a conversation has one collecting turn, whatever the code does.",
    file: SCHEMA,
    edits: [{ find: "CREATE UNIQUE INDEX turn_one_collecting", put: "CREATE INDEX turn_one_collecting" }],
    tests: store("collecting"),
  },
  {
    name: "key-one-leased",
    breaks: "G6: a conversation has one leased turn, whatever the code does.",
    file: SCHEMA,
    edits: [{ find: "CREATE UNIQUE INDEX turn_one_leased", put: "CREATE INDEX turn_one_leased" }],
    tests: store("working"),
  },
  {
    name: "key-one-sending",
    breaks: "G6: a conversation has one delivery on its way, whatever the code does.",
    file: SCHEMA,
    edits: [{ find: "CREATE UNIQUE INDEX delivery_one_sending", put: "CREATE INDEX delivery_one_sending" }],
    tests: store("sending"),
  },
  {
    name: "granted-by-the-platform",
    breaks: "G8: on the life that a copy of the network's has given a token no doubt is settled.",
    file: `${OPS}/reply-token.ts`,
    edits: [
      { find: "iif(:marked = 1, max(guaranteed_until, :guaranteedUntil), guaranteed_until)", put: ":guaranteedUntil" },
    ],
    tests: store("granted by the platform"),
  },
  {
    name: "a-lost-attempt-holds-up-nothing",
    breaks: "G11: a row that a restore has lost keeps no sweep from what else has run out.",
    file: `${OPS}/mark-unknown.ts`,
    edits: [{ find: "if (row.has_attempt === 0) {", put: "if (row.has_attempt === -1) {" }],
    tests: store("missing from the database"),
  },
  {
    name: "age-of-a-first-copy",
    breaks: "G8: a webhook that waited on its way settles no doubt after its token's minute.",
    file: "src/channels/line/normalize.ts",
    edits: [
      { find: "grantedAt: copy.redelivered ? null : sentAt", put: "grantedAt: copy.redelivered ? sentAt : null" },
    ],
    tests: { files: ["src/channels/line/normalize.test.ts"] },
  },
  {
    name: "a-stall-is-noticed",
    breaks: "G8: a webhook that waited while the process stood still isn't taken for fresh.",
    file: "src/runtime/stall-detector.ts",
    edits: [{ find: "awakeAt < drainedAt ? stalledAt : awakeAt", put: "awakeAt" }],
    tests: { files: ["test/regression_event-loop-stall.test.ts"] },
  },
  {
    name: "a-token-lives-from-its-receipt",
    breaks: "G8: a token's minute runs while a slow store keeps its webhook waiting.",
    file: "src/pipeline/accept.ts",
    edits: [{ find: "waitedMs: () => deps.clock.now() - cameAt", put: "waitedMs: () => cameAt - cameAt" }],
    tests: { files: ["test/regression_event-loop-stall.test.ts"] },
  },
  {
    name: "fresh-token-of-a-copy",
    breaks: "§6.1: a copy gives new life to a token that nobody has used.",
    file: `${OPS}/reply-token.ts`,
    edits: [{ find: "if (changes === 0) return false;", put: "if (changes === 0 || now > 0) return false;" }],
    tests: store("token"),
  },
  {
    name: "healing",
    breaks: "G3: a key whose event is missing heals itself.",
    file: `${OPS}/dedup-keys.ts`,
    edits: [
      {
        find: '    pointTo(event, eventId);\n    return { kind: "inconsistent", lostEventIds: known.map((key) => key.event_id) };',
        put: '    return { kind: "duplicate", eventId, receivedAt: null };',
      },
    ],
    tests: store("taking in"),
  },
  {
    name: "purge-mark",
    breaks: "G2: what retention deleted is known for what it is, and not taken in again.",
    file: `${OPS}/delete-turn.ts`,
    edits: [{ find: "markPurged.run(now, row.channel, row.account, key);", put: "void [now, key];" }],
    tests: store("retention|purge|forgetting"),
  },
  {
    name: "bodies-of-what-waits",
    breaks: "Retention: the words of what waits for somebody are kept.",
    file: `${OPS}/purge-bodies.ts`,
    edits: [
      {
        find: "AND (d.state <> 'sent' OR d.ended_at >= :olderThan)",
        put: "AND d.state = 'sent' AND d.ended_at >= :olderThan",
      },
    ],
    tests: store("words"),
  },
  {
    name: "late-failure-of-deleted-words",
    breaks: "Retention: a message whose words are deleted is not sent again, empty.",
    file: `${OPS}/record-receipt.ts`,
    edits: [{ find: "    if (target.bodies_deleted === 1) return null;\n", put: "" }],
    tests: store("words"),
  },
  {
    name: "forget-in-groups",
    breaks: "Forgetting: the words of a person are taken out of groups, too.",
    file: `${OPS}/forget-beside.ts`,
    edits: [{ find: "        blankIn(row.event_id);\n", put: "" }],
    tests: store("forgetting"),
  },
  {
    name: "forget-while-sending",
    breaks: "Forgetting: what is on its way to the platform is not deleted under the call.",
    file: `${OPS}/forget-turns.ts`,
    edits: [{ find: '    if (selectSending.get(conversationId) !== undefined) return { kind: "busy" };\n', put: "" }],
    tests: store("forgetting"),
  },
];

const FENCES: readonly Mutation[] = [
  {
    name: "fence-of-every-write",
    breaks: "G7: what a stale agent says is refused.",
    file: `${OPS}/require-lease.ts`,
    edits: [{ find: "WHERE turn_id = ? AND fence = ?", put: "WHERE turn_id = ? AND fence >= ?" }],
    tests: store("working"),
  },
  {
    name: "fence-of-an-answer",
    breaks: "G7: a stale answer is refused.",
    file: `${OPS}/answer-turn.ts`,
    edits: [
      {
        find: "  const { requireLease } = prepareRequireLease(context);\n",
        put: '  const byId = db.prepare("SELECT * FROM turn WHERE turn_id = ?");\n  const requireLease = (held) => byId.get(held.turnId);\n',
      },
    ],
    tests: store("working"),
  },
  {
    name: "fence-of-a-failure",
    breaks: "G7: a stale failure is refused.",
    file: `${OPS}/fail-turn.ts`,
    edits: [
      {
        find: "  const { requireLease } = prepareRequireLease(context);\n",
        put: '  const byId = db.prepare("SELECT * FROM turn WHERE turn_id = ?");\n  const requireLease = (held) => byId.get(held.turnId);\n',
      },
    ],
    tests: store("working"),
  },
  {
    name: "fence-of-a-renewal",
    breaks: "G7: a lost lease is not renewed.",
    file: `${OPS}/renew-lease.ts`,
    edits: [{ find: "throw new Fenced(lease.turnId, lease.fence);", put: 'return "renewed";' }],
    tests: store("working"),
  },
  {
    name: "one-answer-a-turn",
    breaks: "§6.3: the first answer counts and no other.",
    file: `${OPS}/require-lease.ts`,
    edits: [{ find: 'if (row?.state !== "leased")', put: "if (row === undefined)" }],
    tests: store("working"),
  },
  {
    name: "number-of-a-settled-attempt",
    breaks: "G7: what a stale attempt learned changes nothing.",
    file: `${OPS}/settle-attempt.ts`,
    edits: [{ find: "WHERE d.delivery_id = ? AND d.attempts = ?", put: "WHERE d.delivery_id = ? AND d.attempts >= ?" }],
    tests: store("sending"),
  },
  {
    name: "one-word-an-attempt",
    breaks: "G8: an attempt that was settled is not settled again.",
    file: `${OPS}/settle-attempt.ts`,
    edits: [
      {
        find: "AND (d.state = 'sending' OR (d.state = 'unknown' AND a.outcome_missing = 1))",
        put: "AND d.state <> ''",
      },
    ],
    tests: store("sending"),
  },
  {
    name: "owner-of-an-abandoned-attempt",
    breaks: "G8: nobody takes back another's attempt.",
    file: `${OPS}/abandon-attempt.ts`,
    edits: [{ find: "AND owner = ? AND", put: "AND owner <> '' || substr(?, 1, 0) AND" }],
    tests: store("sending"),
  },
];

const ORDER: readonly Mutation[] = [
  {
    name: "order-of-turns",
    breaks: "G6: the turns of a conversation go in order.",
    file: `${OPS}/claim-turn.ts`,
    edits: [{ find: "WHERE conversation_id = ? AND state = 'ready' AND seq < ?)", put: "WHERE ? = '' AND seq < ?)" }],
    tests: store("working"),
  },
  {
    name: "order-of-deliveries",
    breaks: "G6: one that waits for its next try keeps its place.",
    file: `${OPS}/blocked.ts`,
    edits: [{ find: "AND (first.state = 'pending'", put: "AND (first.state = ''" }],
    tests: store("sending"),
  },
  {
    name: "order-behind-an-unknown-part",
    breaks: "G6: the parts of one answer stay in order while one of them is tried again.",
    file: `${OPS}/blocked.ts`,
    edits: [{ find: "OR (first.state = 'unknown' AND", put: "OR (first.state = '' AND" }],
    tests: store("sending"),
  },
  {
    name: "sealed-means-frozen",
    breaks: "§6.2: every attempt at a turn has the same events.",
    file: `${OPS}/retract-event.ts`,
    edits: [{ find: " AND turn.attempt = 0))`", put: "))`" }],
    tests: store("takes back"),
  },
  {
    name: "taken-back",
    breaks: "§6.2: what the person took back before the agent had it is not shown to the agent.",
    file: `${OPS}/retract-event.ts`,
    edits: [{ find: "    else takeOut.run(channel, account, key);\n", put: "" }],
    tests: store("takes back"),
  },
  {
    name: "immediate",
    breaks: "§6.2: a tap makes the collecting turn due at once.",
    file: "src/core/batch.ts",
    edits: [{ find: "if (turn.immediate || turn.eventCount", put: "if (turn.eventCount" }],
    tests: { files: ["src/core/batch.test.ts"] },
  },
  {
    name: "policy-of-an-open-turn",
    breaks: "§6.2: a setting that changes never splits a turn.",
    file: `${OPS}/collect.ts`,
    edits: [
      {
        find: "const policy = { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };",
        put: "const policy = { quietMs: 0, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events };",
      },
    ],
    tests: store("collecting"),
  },
  {
    name: "max-wait",
    breaks: "G5: a turn is ready maxWaitMs after its first event, however fast the person types.",
    file: "src/core/batch.ts",
    edits: [
      {
        find: "return Math.min(Math.max(turn.lastEventAt, turn.firstEventAt) + policy.quietMs, latest);",
        put: "return Math.max(turn.lastEventAt, turn.firstEventAt) + policy.quietMs;",
      },
    ],
    tests: { files: ["src/core/batch.test.ts"] },
  },
];

export const STORE_MUTATIONS: readonly Mutation[] = [...DISK, ...KEYS, ...FENCES, ...ORDER];
