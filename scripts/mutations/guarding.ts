/** What strangers and storms may take, and who may read what. */
import { inFile, type Mutation, store } from "./mutation.ts";

const SIGNATURE = "src/channels/signature.ts";
const OPS = "src/store/ops";
const BODIES = "src/http/body-budget.ts";
const REDACTING_LOG = "src/runtime/redacting-log.ts";
const FILE_CHECKS = "src/store/sqlite/file-checks.ts";
const CANARY = inFile("test/canary.test.ts");

export const GUARDING: readonly Mutation[] = [
  {
    name: "signature-over-what-was-parsed",
    breaks: "§6.1: the signature is over the raw bytes.",
    file: SIGNATURE,
    edits: [
      {
        find: "update(body).digest(encoding);",
        put: "update(JSON.stringify(JSON.parse(new TextDecoder().decode(body)))).digest(encoding);",
      },
    ],
    tests: inFile("src/channels/meta/verify.test.ts"),
  },
  {
    name: "signature-compared-as-text",
    breaks: "§6.1: how long a comparison takes tells nothing of the secret.",
    file: SIGNATURE,
    edits: [
      {
        find: 'timingSafeEqual(claimed, Buffer.from(expected, "latin1")) || isValid',
        put: 'claimed.toString("latin1") === expected || isValid',
      },
    ],
    tests: inFile("src/channels/line/verify.test.ts"),
  },
  {
    name: "body-budget",
    breaks: "G10: bodies without a signature never hold more than their bound together.",
    file: BODIES,
    edits: [{ find: "if (this.#heldBytes <= this.#maxBytes) return;", put: "if (this.#heldBytes >= 0) return;" }],
    tests: inFile("src/http/body-budget.test.ts", "over the budget the oldest"),
  },
  {
    name: "admission",
    breaks: "G12: one account's storm doesn't take the others' room.",
    file: "src/runtime/admission-control.ts",
    edits: [{ find: "(waiting.get(accountKey) ?? 0) >= atOnce", put: "(waiting.get(accountKey) ?? 0) < 0" }],
    tests: inFile("src/runtime/admission-control.test.ts"),
  },
  {
    name: "secret-in-what-is-kept",
    breaks: "§7: a platform that quotes our token in its answer doesn't bring it into the database.",
    file: "src/pipeline/settle.ts",
    edits: [{ find: "response: answer.response === null ? null : redact(answer.response),", put: "" }],
    tests: CANARY,
  },
  {
    name: "words-in-the-log",
    breaks: "§7: what people and bots say is logged only when a setting asks for it.",
    file: REDACTING_LOG,
    edits: [{ find: '(kind !== "payload" || options.payloads)', put: "true" }],
    tests: inFile("src/runtime/redacting-log.test.ts"),
  },
  {
    name: "forget-in-groups",
    breaks: "§7: who is forgotten is forgotten in groups, too.",
    file: `${OPS}/parts/rows-outside-turns.ts`,
    edits: [{ find: "  await blankEvent(tx, eventId);\n", put: "" }],
    tests: store("forgetting a person"),
  },
  {
    name: "forget-while-sending",
    breaks: "§7: what is on its way to the platform is not deleted under the call.",
    file: `${OPS}/parts/delete-turns.ts`,
    edits: [
      {
        find: '  if ((await tx.get(SELECT_SENDING, { conversationId })) !== undefined) return { kind: "busy" };\n',
        put: "",
      },
    ],
    tests: store("forgetting a person"),
  },
  {
    name: "metrics-for-any-page",
    breaks: "§7: without a token the admin port answers its own machine only, its metrics too.",
    file: "src/http/admin/app.ts",
    edits: [{ find: "app.use(guard(access));", put: 'app.use("/api/*", guard(access));' }],
    tests: inFile("src/http/admin/app.test.ts", "authorization"),
  },
  {
    name: "agent-behind-a-translator",
    breaks: "§7: no turn goes to a cloud's metadata, however its address is written.",
    file: "src/runtime/address-kind.ts",
    edits: [
      {
        find: "isTranslated(address) ? addressKind(ipv4In(address)) : kindIn",
        put: 'isTranslated(address) ? "public" : kindIn',
      },
    ],
    tests: inFile("src/agents/guarded-connect.test.ts"),
  },
  {
    name: "file-identity",
    breaks: "G1: a 200 for what was committed to a file that has no name any more.",
    file: "src/store/sqlite/driver.ts",
    edits: [{ find: "    after: () => files?.assertInPlace(),\n", put: "" }],
    tests: inFile("test/regression_displaced-database.test.ts"),
  },
  {
    name: "hard-links",
    breaks: "G6: two processes on one file, each with a log and a lock of its own.",
    file: FILE_CHECKS,
    edits: [{ find: "if (nlink < 2) return [];", put: "if (nlink > 0) return [];" }],
    tests: inFile("src/store/sqlite/file-checks.test.ts", "one file under two names"),
  },
  {
    name: "log-without-its-file",
    breaks: "G1: SQLite deletes the log of a file that was cut off, with what was acked in it.",
    file: FILE_CHECKS,
    edits: [{ find: '  if (hasLog(file)) return [lostItsLog(file, "is empty")];\n', put: "" }],
    tests: inFile("src/store/sqlite/file-checks.test.ts", "an empty file"),
  },
  {
    name: "private-files",
    breaks: "§7: what people write is in a file that every user of the machine may read.",
    file: "src/store/sqlite/connection.ts",
    edits: [{ find: "  if (file !== IN_MEMORY) makePrivate(file);\n", put: "" }],
    tests: inFile("src/store/sqlite/file-checks.test.ts", "what the gateway makes"),
  },
  {
    name: "forgotten-bytes",
    breaks: "§7: who is forgotten is in the file's free pages for whoever has the file.",
    file: "src/store/sqlite/erase-deleted.ts",
    edits: [{ find: 'db.exec("VACUUM");', put: 'db.exec("SELECT 1");' }],
    tests: inFile("test/regression_forgotten-words.test.ts"),
  },
  {
    name: "forgotten-bytes-in-the-log",
    breaks:
      "§7: who is forgotten is in the log while another program reads the file, and the command says that they are gone.",
    file: "src/store/sqlite/erase-deleted.ts",
    edits: [{ find: 'emptied.busy === 0 ? "erased" : "log-in-use"', put: '"erased"' }],
    tests: inFile("test/regression_forgotten-words.test.ts"),
  },
  {
    name: "shared-sessions",
    breaks:
      "§6.6: behind a pooler that shares sessions, synchronous_commit and prepared statements are somebody else's.",
    file: "src/store/postgres/migrate.ts",
    edits: [{ find: "if (await hasSharedSessions(url)) throw", put: 'if (url === "") throw' }],
    tests: inFile("test/postgres/opening.test.ts", "a pooler that gives each transaction"),
  },
  {
    name: "encoding",
    breaks: "G10: a database that can't hold an emoji is found at the start, and not by a 503 for each.",
    file: "src/store/postgres/fitness.ts",
    edits: [{ find: 'if (encoding === "UTF8") return null;', put: 'if (encoding !== "") return null;' }],
    tests: inFile("test/postgres/opening.test.ts", "a database whose encoding"),
  },
];
