/**
 * Goal: each rule of the house can fail. One that can't would pass for ever and say nothing.
 * Method: every rule gets small trees that break it, each in another way, and must name the place; and a tree that
 * comes close without breaking it, where it must stay silent.
 */
import { describe, expect, test } from "vitest";
import { type Example, IMPORT_EXAMPLES } from "./support/architecture/examples.ts";
import { RULE_NAMES, RULES, type RuleName } from "./support/architecture/rules.ts";
import { treeOf } from "./support/architecture/tree.ts";

const SCHEMA = `CREATE TABLE conversation (kind TEXT NOT NULL CHECK (kind IN ('user', 'group', 'room')), x TEXT);
CREATE TABLE slow_reply (state TEXT CHECK (state IN ('prompted', 'ready', 'delivered', 'failed')));
CREATE TABLE event (state TEXT CHECK (state IN ('accepted', 'stored', 'retracted', 'skipped')));
CREATE TABLE turn (
  state TEXT CHECK (state IN ('collecting', 'ready', 'leased', 'done', 'dead', 'empty', 'skipped')),
  CHECK ((state = 'leased') = (owner IS NOT NULL))
);
CREATE TABLE delivery (
  -- where it is; see core
  state TEXT CHECK (state IN ('pending', 'sending', 'unknown', 'parked', 'dead', 'sent')),
  route TEXT CHECK (route IN ('reply', 'push', 'session', 'template'))
);
CREATE TABLE attempt (
  route TEXT NOT NULL CHECK (route IN ('push', 'reply', 'session', 'template')),
  outcome TEXT CHECK (outcome IN
    ('sent', 'retry', 'media-failed', 'rate-limited', 'token-invalid', 'unknown', 'quota-exhausted', 'window-closed', 'account-stopped', 'refused'))
);`;
const FIRST = "src/store/sqlite/migrations/0001_a.sql";

const lines = (count: number) => "// line\n".repeat(count);
const functionOf = (count: number) => `function long() {\n${lines(count - 2)}}\n`;
const channel = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`src/channels/line/${name}`, "export const a = 1;"]));
const STORE = ["index", "entry", "driver", "dialect", "group-commit", "store-clock", "diagnostics"];

const CHANNEL = [
  ..."classify config diagnostics index normalize render send simulator typing-indicator verify wire"
    .split(" ")
    .map((name) => `${name}.ts`),
  "fixtures/text.json",
];

const WORDS = {
  "SQL is only in the stores": {
    broken: {
      "src/http/a.ts:1": { "src/http/a.ts": 'const q = "SELECT 1";' },
      "src/http/b.ts:2": { "src/http/b.ts": `\nconst q = \`\n  update \${table} set x = 1\`;` },
      "src/http/c.ts:1": { "src/http/c.ts": 'run("-- why\\nINSERT INTO a VALUES (1)");' },
      "src/http/d.ts:1": { "src/http/d.ts": `const q = \`delete from \${table} where x = ?\`;` },
      "src/http/e.ts:1": { "src/http/e.ts": 'const q = "create table a (b int)";' },
      "src/http/f.ts:1": { "src/http/f.ts": "db.exec(`pragma journal_mode = wal`);" },
    },
    sound: {
      "src/store/sqlite/ops/a.ts": "const q = `SELECT 1`;",
      "src/http/a.ts": 'const said = ["Select one", "update", "delete it", "created", "WITHHELD"]; // SELECT x FROM y',
      "test/a.test.ts": 'const q = "SELECT 1";',
    },
  },
  "platform hosts are only in the channels": {
    broken: {
      "src/config/config.ts:1": { "src/config/config.ts": 'const host = "https://api.line.me";' },
      "src/http/a.ts:1": { "src/http/a.ts": `const url = \`https://api-data.line.me/v2/\${id}\`;` },
      "src/simulator/a.ts:1": { "src/simulator/a.ts": 'const host = "graph.facebook.com";' },
    },
    sound: {
      "src/channels/line/config.ts": 'const host = "https://api.line.me";',
      "src/config/config.ts": '// https://api.line.me\nconst name = "line.me";',
    },
  },
  "the environment is read only in cli.ts": {
    broken: {
      "src/a.ts:1": { "src/a.ts": "const x = process.env.X;" },
      "src/config/config.ts:1": { "src/config/config.ts": "const x = process.env;" },
      "src/b.ts:1": { "src/b.ts": "const { env } = process;" },
      "src/c.ts:1": { "src/c.ts": 'import { env } from "node:process";' },
      "src/d.ts:1": { "src/d.ts": 'const x = globalThis.process["env"];' },
    },
    sound: {
      "src/cli.ts": "const x = process.env;",
      "src/a.ts": "process.exitCode = 1; const text = 'process.env';",
    },
  },
  "time and randomness are only in runtime": {
    broken: {
      "src/a.ts:1": { "src/a.ts": "const t = Date.now();" },
      "src/b.ts:1": { "src/b.ts": "const t = new Date().toISOString();" },
      "src/c.ts:1": { "src/c.ts": "const t = globalThis.performance.now();" },
      "src/d.ts:1": { "src/d.ts": "setTimeout(f, 1);" },
      "src/e.ts:1": { "src/e.ts": "const later = { after: setInterval };" },
      "src/f.ts:1": { "src/f.ts": "const now = { random: Math.random };" },
      "src/g.ts:1": { "src/g.ts": 'import { randomUUID } from "node:crypto";' },
      "src/h.ts:1": { "src/h.ts": "const id = crypto.randomBytes(4);" },
      "src/i.ts:1": { "src/i.ts": 'import { setTimeout as sleep } from "node:timers/promises";' },
      "src/j.ts:1": { "src/j.ts": "const signal = AbortSignal.timeout(5);" },
      "src/k.ts:1": { "src/k.ts": 'import { v7 as id } from "uuid";' },
      "src/l.ts:1": { "src/l.ts": "const { now } = Date;" },
    },
    sound: {
      "src/runtime/clock.ts": "const t = Date.now(); setTimeout(f, 1); Math.random();",
      "src/a.ts":
        'const t = new Date(at).toISOString(); const x = clock.now(); // Date.now()\nimport { v5 } from "uuid";',
      "src/a.test.ts": "const t = Date.now();",
    },
  },
  "the console is written only by the command line, the demo and a bot's author's client": {
    broken: { "src/http/a.ts:1": { "src/http/a.ts": 'console.error("no");' } },
    sound: {
      "src/cli.ts": "console.log(1);",
      "src/commands/demo/run.ts": "console.log(1);",
      "scripts/a.ts": "console.log(1);",
    },
  },
  "in the pipeline only report/ names log, metrics and traces": {
    broken: {
      'src/pipeline/a.ts:1 has "deps.log"': { "src/pipeline/a.ts": 'deps.log.info({}, "sent");' },
      "src/pipeline/support/b.ts:1": { "src/pipeline/support/b.ts": "const count = ({ metrics }: All) => count;" },
      "src/pipeline/c.ts:1": { "src/pipeline/c.ts": 'type Some = Pick<All, "traces">;' },
      'src/pipeline/deps.ts:1 has "Log"': { "src/pipeline/deps.ts": "export interface Deps { readonly log: Log }" },
      "src/pipeline/e.ts:1": { "src/pipeline/e.ts": 'import type { Telemetry as T } from "../runtime/telemetry.ts";' },
      "src/pipeline/f.ts:1": { "src/pipeline/f.ts": 'import { trace } from "@opentelemetry/api";' },
    },
    sound: {
      "src/pipeline/report/a.ts": 'import type { Log } from "../../runtime/log.ts"; log.info();',
      "src/pipeline/a.ts":
        'import { reasonOf } from "../runtime/log.ts"; report.send({ kind: "sent", traceHeaders, login });',
      "src/http/a.ts": "deps.log.info();",
    },
  },
  "a lost lease is caught only in runtime/loop.ts": {
    broken: {
      "src/pipeline/a.ts:1": { "src/pipeline/a.ts": "if (error instanceof Fenced) stop();" },
      "src/pipeline/b.ts:1": { "src/pipeline/b.ts": 'if (error.name === "Fenced") stop();' },
    },
    sound: {
      "src/runtime/loop.ts": "if (error instanceof Fenced) stop();",
      "src/store/a.ts": "throw new Fenced(id, fence);",
      "src/store/a.test.ts": "expect(error instanceof Fenced).toBe(true);",
    },
  },
} satisfies Partial<Record<RuleName, Example>>;

const SHAPE = {
  "all stores have the same files, and no operations of their own": {
    broken: {
      "src/store/postgres lacks dialect.ts": Object.fromEntries(
        STORE.filter((name) => name !== "dialect").map((name) => [`src/store/postgres/${name}.ts`, ""]),
      ),
      "src/store/sqlite/ops: an operation is written once": {
        ...Object.fromEntries(STORE.map((name) => [`src/store/sqlite/${name}.ts`, ""])),
        "src/store/sqlite/ops/ingest.ts": "",
      },
    },
    sound: {
      ...Object.fromEntries(STORE.map((name) => [`src/store/sqlite/${name}.ts`, ""])),
      "src/store/sqlite/connection.ts": "",
      "src/store/ops/ingest.ts": "",
      "src/store/multi-transaction/sweep.ts": "",
      "src/store/copy/tables.ts": "",
    },
  },
  "the stores' schemas allow the words of core and no others": {
    broken: {
      "allows in turn.state: collecting, ready": { [FIRST]: SCHEMA.replace(", 'leased', 'done'", "") },
      "allows in slow_reply.state: prompted, lost;": {
        [FIRST]: SCHEMA.replace(/state IN \('prompted'[^)]*\)/, "state = 'prompted' OR state = 'lost'"),
      },
      "allows in delivery.state: pending, lost,": { [FIRST]: SCHEMA.replace("'pending'", "'pending', 'lost'") },
      "allows in event.state: anything": { [FIRST]: SCHEMA.replace("event", "old_event") },
      "allows in turn.state: ready;": {
        [FIRST]: SCHEMA,
        "src/store/sqlite/migrations/0002_b.sql": "CREATE TABLE turn (state TEXT CHECK (state IN ('ready')));",
      },
    },
    sound: { [FIRST]: SCHEMA },
  },
  "all channels have the same files": {
    broken: {
      "src/channels/line lacks verify.ts": channel(CHANNEL.filter((name) => name !== "verify.ts")),
      "src/channels/line lacks fixtures/": channel(CHANNEL.filter((name) => !name.startsWith("fixtures/"))),
      "src/channels/line/tokens.ts is no part that a channel may have": channel([...CHANNEL, "tokens.ts"]),
      "src/channels/line/tokens/ is no part that a channel may have": channel([...CHANNEL, "tokens/read.ts"]),
      "src/channels/line/api/ has no api.ts beside it": channel([...CHANNEL, "api/tokens.ts"]),
      "src/channels/meta/graph.ts is no part that a channel may have": { "src/channels/meta/graph.ts": "" },
      "src/channels/meta/graph/ is no part that a channel may have": { "src/channels/meta/graph/a.ts": "" },
    },
    sound: {
      ...channel([...CHANNEL, "verify.test.ts", "fault-points.test.ts", "api.ts", "api/tokens.ts", "render/card.ts"]),
      "src/channels/meta/api.ts": "",
      "src/channels/meta/simulator/errors.ts": "",
      "src/channels/simulation/platform.ts": "",
      "src/channels/channel.ts": "",
    },
  },
  "no file has more than 400 lines": {
    broken: { "src/a.ts has 401 lines": { "src/a.ts": lines(401) }, "test/a.ts has 500": { "test/a.ts": lines(500) } },
    sound: { "src/a.ts": lines(400) },
  },
  "no function has more than 70 lines": {
    broken: {
      "src/a.ts:1 long has 71 lines": { "src/a.ts": functionOf(71) },
      "src/a.ts:2 run has 71 lines": { "src/a.ts": `class A {\n${functionOf(71).replace("function long", "run")}}` },
      "src/a.ts:1 later has 71 lines": { "src/a.ts": `const later = () => {\n${lines(69)}};` },
      "test/support/a.ts:1 long has 71 lines": { "test/support/a.ts": functionOf(71) },
    },
    sound: {
      "src/a.ts": functionOf(70) + functionOf(70),
      "src/b.test.ts": `describe("all", () => {\n${lines(90)}test.each([1])("one", () => {});\n});`,
    },
  },
  "nothing is exported as default": {
    broken: {
      "src/a.ts has": { "src/a.ts": "export default 1;" },
      "src/b.ts has": { "src/b.ts": "const b = 1;\nexport { b as default };" },
      "test/c.ts has": { "test/c.ts": 'export { default } from "x";' },
    },
    sound: {
      "vitest.config.ts": "export default {};",
      "src/a.ts": 'import x from "x"; export const a = { default: x };',
    },
  },
  "a file that only re-exports stands at a boundary": {
    broken: {
      "src/core/all.ts": { "src/core/all.ts": 'export * from "./a.ts";\nexport { b } from "./b.ts";' },
      "src/store/sqlite/ops/index.ts": { "src/store/sqlite/ops/index.ts": "export const a = 1;" },
    },
    sound: {
      "src/index.ts": 'export * from "./gateway.ts";',
      "src/channels/line/index.ts": 'export * from "./send.ts";',
      "src/simulator/index.ts": 'export * from "./server.ts";',
      "src/core/a.ts": 'export type { B } from "./b.ts"; export const a = 1;',
      "src/core/side.ts": 'import "./effect.ts";',
    },
  },
  "every file's name says what is in it": {
    broken: {
      "src/utils.ts": { "src/utils.ts": "" },
      "src/http/helper.test.ts": { "src/http/helper.test.ts": "" },
      "test/common: this": { "test/common/a.ts": "" },
    },
    sound: { "src/process-owner.ts": "", "src/data-folder.ts": "" },
  },
  "the pipeline's files are its stages": {
    broken: {
      "src/pipeline/quota.ts is no stage": { "src/pipeline/quota.ts": "", "src/pipeline/send.ts": "" },
      "src/pipeline/quota.test.ts is no stage": { "src/pipeline/quota.test.ts": "" },
    },
    sound: {
      "src/pipeline/deps.ts": "",
      "src/pipeline/send.ts": "",
      "src/pipeline/send.test.ts": "",
      "src/pipeline/support/quota.ts": "",
    },
  },
  "deps.ts holds interfaces only": {
    broken: {
      "src/pipeline/deps.ts holds": { "src/pipeline/deps.ts": "export interface Deps {}\nexport const deps = {};" },
      "src/pipeline/deps.ts": { "src/pipeline/deps.ts": 'import { log } from "../runtime/log.ts";' },
    },
    sound: {
      "src/pipeline/deps.ts": `import type { Store } from "../store/store.ts"; export type { Store } from "../store/store.ts";
        export interface Deps { store: Store } type A = Deps; export type B = A;`,
    },
  },
  "every path that the documents name exists": {
    broken: {
      "docs/a.md names src/gone.ts": { "docs/a.md": "see `src/gone.ts`" },
      "README.md names test/gone": { "README.md": "in `test/gone/`" },
      "CONTRIBUTING.md names docs/guides/*.md": { "CONTRIBUTING.md": "`docs/guides/*.md`", "docs/a.md": "" },
      "docs/decisions/1.md names scripts/x.ts": { "docs/decisions/1.md": "run `scripts/x.ts --check`" },
      "docs/a.md names src/store/<kind>/db.ts": { "docs/a.md": "`src/store/<kind>/db.ts`", "src/store/store.ts": "" },
    },
    sound: {
      "docs/a.md":
        "`src/store/<kind>/NNNN_x.sql` `src/a.ts:12` `src/store/` `src/*.ts` `npm test` src/gone.ts `dist/a.js`",
      "src/a.ts": "",
      "src/store/sqlite/0001_x.sql": "",
    },
  },
} satisfies Partial<Record<RuleName, Example>>;

// Typed by the rules' names: a rule without an example doesn't compile.
const EXAMPLES: Readonly<Record<RuleName, Example>> = { ...IMPORT_EXAMPLES, ...WORDS, ...SHAPE };

describe.each(RULE_NAMES)("%s", (name) => {
  const { broken, sound } = EXAMPLES[name];

  test.each(Object.entries(broken))("complains: %s", (complaint, texts) => {
    expect(RULES[name](treeOf(texts)).join("\n")).toContain(complaint);
  });

  test("is silent about what only looks like it", () => {
    expect(RULES[name](treeOf(sound))).toEqual([]);
  });
});
