/** G1 to G5 and G10: from the webhook's bytes to the turn that they are in. */
import { inFile, type Mutation, store } from "./mutation.ts";

const ACCEPT = "src/pipeline/accept.ts";
const WRITER = "src/store/sqlite/group-commit.ts";
const DB = "src/store/sqlite/connection.ts";
const SCHEMA = "src/store/sqlite/migrations/0001_schema.sql";
const OPS = "src/store/ops";
const BATCH = "src/core/batch.ts";
const PIPELINE = "test/pipeline.test.ts";
const WRITER_TESTS = "src/store/sqlite/group-commit.test.ts";
const DB_TESTS = "src/store/sqlite/connection.test.ts";

export const TAKING_IN: readonly Mutation[] = [
  {
    name: "synchronous-normal",
    breaks: "G1: a commit is on the disk, also after a power cut.",
    file: DB,
    edits: [
      { find: 'db.pragma("synchronous = FULL");', put: 'db.pragma("synchronous = NORMAL");' },
      { find: "  assertDurable(db);\n", put: "" },
    ],
    tests: inFile(DB_TESTS, "the opened file"),
  },
  {
    name: "told-before-commit",
    breaks: "G1: who is told that it is done can rely on the disk.",
    file: WRITER,
    edits: [
      { find: "    for (const resolve of settle) resolve();\n", put: "" },
      {
        find: "      this.#commit.run();\n",
        put: "      for (const resolve of settle) resolve();\n      this.#commit.run();\n",
      },
    ],
    tests: inFile("src/store/sqlite/group-commit-failure.test.ts"),
  },
  {
    name: "fsync-error-forgiven",
    breaks: "G1: after an fsync error memory can't be trusted, and the process ends.",
    file: WRITER,
    edits: [{ find: "if (isFatal(error.code) && this.#fatal === null) {", put: 'if (error.code === "") {' }],
    tests: inFile(WRITER_TESTS, "can't be trusted any more"),
  },
  {
    name: "ack-before-commit",
    breaks: "G1: a webhook that was answered 200 is stored.",
    file: ACCEPT,
    edits: [
      {
        find: "const result = await withinBudget(deps, channel, startedAt, work);",
        put: 'void work;\n  const result = { kind: "stored" };',
      },
    ],
    tests: inFile("src/http/webhooks.test.ts"),
  },
  {
    name: "late-ack",
    breaks: "G1: what isn't stored in time is a 503, so that the platform sends it again.",
    file: ACCEPT,
    edits: [{ find: "clock.now() - startedAt > channel.ackBudgetMs ? late : result", put: "result" }],
    tests: inFile(PIPELINE, "the ack budget"),
  },
  {
    name: "failure-acked",
    breaks: "G10: what can't be stored is a 503 before the ack.",
    file: ACCEPT,
    edits: [{ find: "return failure === undefined ?", put: 'return failure !== "" ?' }],
    tests: inFile("src/http/webhooks.test.ts", "what the store can't commit"),
  },
  {
    name: "savepoint",
    breaks: "G12: an operation that fails leaves nothing of its own, and takes nobody's commit with it.",
    file: WRITER,
    edits: [{ find: "      this.#rollbackTo.run();\n", put: "" }],
    tests: inFile(WRITER_TESTS, "takes no other with it, and leaves"),
  },
  {
    name: "key-of-an-event",
    breaks: "G2: an event is accepted once, however often it comes.",
    file: SCHEMA,
    edits: [{ find: "PRIMARY KEY (channel, account, key)\n", put: "PRIMARY KEY (channel, account, key, event_id)\n" }],
    tests: store("a copy of an event"),
  },
  {
    name: "key-forgotten-by-retention",
    breaks: "G2: what retention deleted is known for what it is, and not taken in again.",
    file: `${OPS}/parts/delete-rows.ts`,
    edits: [{ find: "    await tx.run(MARK_PURGED, {", put: "    void ({" }],
    tests: store("purge|forgetting"),
  },
  {
    name: "recovery",
    breaks: "G3: a key whose event is missing recovers its event.",
    file: `${OPS}/parts/dedup-keys.ts`,
    edits: [
      {
        find: '  await pointTo(tx, event, eventId);\n  return { kind: "inconsistent",',
        put: '  return { kind: "duplicate", eventId, receivedAt: null,',
      },
    ],
    tests: store("whose key is known and whose row is gone"),
  },
  {
    name: "redelivered-dropped",
    breaks: "G3: isRedelivery alone drops nothing: it may be the first copy we see.",
    file: ACCEPT,
    edits: [
      {
        find: "flatMap(({ events }) => events).map((event) =>",
        put: "flatMap(({ events }) => events).filter((event) => !event.redelivered).map((event) =>",
      },
    ],
    tests: inFile("src/http/webhooks.test.ts", "the first copy that arrives"),
  },
  {
    name: "batch-is-rows",
    breaks: "G4: an event is in its turn by the commit that accepted it.",
    file: `${OPS}/ingest.ts`,
    edits: [{ find: "turnId, state, now, verdict }),", put: "turnId: null, state, now, verdict })," }],
    tests: store("an event that nobody has seen"),
  },
  {
    name: "one-collecting",
    breaks: "G4: a conversation has one collecting turn, whatever the code does.",
    file: SCHEMA,
    edits: [{ find: "CREATE UNIQUE INDEX turn_one_collecting", put: "CREATE INDEX turn_one_collecting" }],
    tests: store("a collecting turn"),
  },
  {
    name: "sealed-means-frozen",
    breaks: "G4: every attempt at a turn has the same events.",
    file: `${OPS}/parts/revise-event.ts`,
    edits: [{ find: 'isUntouched("t")', put: '"t.turn_id IS NOT NULL"' }],
    tests: store("takes back"),
  },
  {
    name: "edit-rewords",
    breaks: "G4: an agent gets an edited message in its newest wording, once.",
    file: `${OPS}/parts/revise-event.ts`,
    edits: [{ find: "earlier.is_open === 1 || (", put: 'earlier.event_id === "" || (' }],
    tests: inFile("test/regression_edited-message.test.ts", "in its newest wording"),
  },
  {
    name: "edit-before-its-message",
    breaks: "G3: a message that comes after its edit is not refused as a duplicate.",
    file: `${OPS}/parts/dedup-keys.ts`,
    edits: [
      { find: "if (isWaitingEdit(stored, event)) {", put: 'if (isWaitingEdit(stored, event) && eventId === "") {' },
    ],
    tests: store("comes after its edit has"),
  },
  {
    name: "older-edit",
    breaks: "G4: of several edits the newest counts, in whatever order they arrive.",
    file: `${OPS}/parts/revise-event.ts`,
    edits: [{ find: "(earlier.version ?? version) > version", put: "version < 0" }],
    tests: store("in whatever order all of it arrives"),
  },
  {
    name: "incomplete-set",
    breaks: "G4: what a person sent in one act is one turn.",
    file: BATCH,
    edits: [{ find: "  if (turn.isIncomplete) return latest;\n", put: "" }],
    tests: inFile("test/regression_image-set.test.ts"),
  },
  {
    name: "order-of-a-set",
    breaks: "G4: the parts of a set are in their own order.",
    file: "src/core/set-order.ts",
    edits: [{ find: " || a.index - b.index", put: "" }],
    tests: inFile("test/regression_image-set.test.ts"),
  },
  {
    name: "completed-set",
    breaks: "G5: a set whose last part is there waits no longer than the quiet time.",
    file: `${OPS}/parts/collect.ts`,
    edits: [{ find: "await tx.run(DUE_EARLIER, { turnId, due });", put: "void due;" }],
    tests: store("waits for the part that is missing"),
  },
  {
    name: "handover-pauses",
    breaks: "The bot is silent while a human agent answers by hand.",
    file: `${OPS}/parts/handover.ts`,
    edits: [
      { find: 'return isPaused && event.effect !== "store"', put: 'return isPaused && event.effect === "store"' },
    ],
    tests: inFile("test/regression_human-answer.test.ts", "pauses for the configured time"),
  },
  {
    name: "pause-since-the-answer",
    breaks: "An answer that is told late pauses the bot for what is left of its pause.",
    file: `${OPS}/parts/handover.ts`,
    edits: [{ find: "const until = now - Math.max(0, tx.wall() - at) +", put: "const until = now +" }],
    tests: store("the pause counts from when the answer was sent"),
  },
  {
    name: "greeting-is-no-human",
    breaks: "An automatic greeting silences nobody.",
    file: `${OPS}/parts/handover.ts`,
    edits: [{ find: 'if (sayer === "greeting") return', put: 'if (sayer === "greeting" && now === 0) return' }],
    tests: inFile("test/regression_human-answer.test.ts", "right after the first message"),
  },
  {
    name: "early-greeting",
    breaks: "An automatic greeting silences nobody, also when it comes before the message that it greets.",
    file: `${OPS}/parts/handover.ts`,
    edits: [{ find: "if (earlyEchoAt === null ||", put: "if (earlyEchoAt !== null ||" }],
    tests: inFile("test/regression_human-answer.test.ts", "comes before the first message"),
  },
  {
    name: "handover-is-context",
    breaks: "The agent reads what was said while a human agent answered.",
    file: `${OPS}/parts/turn-events.ts`,
    edits: [{ find: 'kind === "user" ? 0 :', put: 'kind === "user" && maxAgeMs < 0 ? 0 :' }],
    tests: store("however long ago"),
  },
  {
    name: "own-tap-is-no-context",
    breaks: "No agent sees a tap on the gateway's own button.",
    file: "src/channels/line/normalize.ts",
    edits: [{ find: 'type: callbackToken === null ? type : "buttonCallback"', put: "type" }],
    tests: inFile("test/slow-reply.test.ts", "is no agent's business"),
  },
  {
    name: "longest-wait",
    breaks: "G5: a turn is ready maxWaitMs after its first event, however fast the person types.",
    file: BATCH,
    edits: [{ find: "+ policy.quietMs, latest);", put: "+ policy.quietMs, Number.POSITIVE_INFINITY);" }],
    tests: inFile("src/core/batch.test.ts"),
  },
  {
    name: "clock-goes-back",
    breaks: "G5: a clock that is set back postpones nothing.",
    file: "src/store/sqlite/store-clock.ts",
    edits: [{ find: "    if (time < last) aheadMs += last - time;\n", put: "    last = time;\n" }],
    tests: store("clock that was set back"),
  },
  {
    name: "id-as-given-only",
    breaks: "G6: a person has one conversation, by whatever id and in whatever form of a number they are written to.",
    file: "src/core/conversation.ts",
    edits: [{ find: "[trimmed, digits]", put: "[trimmed]" }],
    tests: store("in any form of the number"),
  },
  {
    name: "known-by-first-id-only",
    breaks: "G6: a person has one conversation, under every id that the platform has told.",
    file: `${OPS}/parts/peer-ids.ts`,
    edits: [{ find: "if (known?.conversation_id != null) found.push(known.conversation_id);", put: "" }],
    tests: store("in any form of the number"),
  },
  {
    name: "message-without-words",
    breaks: "G4: what a person sent is in the turn, also for a bot that reads texts only.",
    file: "src/channels/message-text.ts",
    edits: [{ find: 'known.length === 0 ? "[sticker]" :', put: 'known.length === 0 ? "" :' }],
    tests: inFile("src/channels/line/normalize/texts.test.ts", "a sticker has its keywords"),
  },
  {
    name: "emoji-without-name",
    breaks: "G4: a text of emojis without names isn't empty.",
    file: "src/channels/line/normalize.ts",
    edits: [{ find: "} = nameEmojis(message);", put: "} = message;" }],
    tests: inFile("src/channels/line/normalize/texts.test.ts", "an inline emoji"),
  },
  {
    name: "emojis-by-one-count",
    breaks: "G4: who is mentioned in a text is found in either count, also behind an emoji without a name.",
    file: "src/channels/line/normalize/emojis.ts",
    edits: [
      {
        find: "characters.length < units.length && fitting(characters) > fitting(units) ? characters : units",
        put: "units",
      },
    ],
    tests: inFile("src/channels/line/normalize/texts.test.ts", "an inline emoji"),
  },
  {
    name: "page-for-a-medium",
    breaks: "G4: an agent gets what the person sent, and never the media host's error page.",
    file: "src/channels/whatsapp/media.ts",
    edits: [{ find: "if (statusCode === 200 && !isError)", put: "if (statusCode === 200)" }],
    tests: inFile("src/channels/whatsapp/send.test.ts", "where the media host sends"),
  },
  {
    name: "prefix-as-typed",
    breaks: "G4: a message that begins with the bot's prefix, as people read it, opens a turn.",
    file: "src/channels/line/normalize/effect.ts",
    edits: [{ find: '    .normalize("NFKC")\n', put: "" }],
    tests: inFile("src/channels/line/normalize/texts.test.ts", "the prefix is what is read"),
  },
  {
    name: "quote-of-what-was-retracted",
    breaks: "G4: what a person took back is shown to nobody, also where an agent has had it.",
    file: `${OPS}/find-quoted.ts`,
    edits: [{ find: "coalesce(e.version, 0) ELSE", put: "0 ELSE" }],
    tests: store("no longer quoted is"),
  },
  {
    name: "quote-of-another-conversation",
    breaks: "G4: a message is shown in its own conversation only.",
    file: `${OPS}/find-quoted.ts`,
    edits: [{ find: "AND e.conversation_id = :conversationId AND", put: "AND :conversationId <> '' AND" }],
    tests: store("a quoted message"),
  },
  {
    name: "quote-of-another-message",
    breaks: "G4: a quote whose place in its call isn't known has no text rather than a wrong one.",
    file: `${OPS}/find-quoted.ts`,
    edits: [{ find: "messages.length === ids.length ? messages", put: "ids.length > 0 ? messages" }],
    tests: store("a quoted message"),
  },
  {
    name: "sent-messages-without-ids",
    breaks: "G4: what a person quotes of the bot's is found, also where a call sends several messages.",
    file: `${OPS}/parts/sent-messages.ts`,
    edits: [{ find: "for (const messageId of messageIds) await tx.run(INSERT, { messageId, deliveryId });", put: "" }],
    tests: store("a quoted message"),
  },
  {
    name: "ids-outlive-the-delivery",
    breaks: "G4: what a person was promised to be forgotten leaves no id.",
    file: `${OPS}/parts/delete-rows.ts`,
    edits: [{ find: "  await deleteSentMessages(tx, deliveryId);\n", put: "" }],
    tests: store("no longer quoted is"),
  },
];
