/** What may be said only in one place: SQL, hosts, settings, time, randomness, output and the catching of a lost lease. */
import type { Mention, SourceFile } from "./source.ts";
import { isTest, type Rule, shipped } from "./tree.ts";

function complainAbout(
  files: readonly SourceFile[],
  mentions: (file: SourceFile) => readonly Mention[],
  isForbidden: (text: string) => boolean,
): string[] {
  return files.flatMap((file) =>
    mentions(file)
      .filter(({ text }) => isForbidden(text))
      .map(({ text, line }) => `${file.path}:${line} has ${JSON.stringify(text.trim().slice(0, 60))}`),
  );
}

// In capitals the first word is enough. In small letters a sentence may begin with it, so more of it must be SQL.
// One of these words alone may be a platform's word; with something behind it, it is a statement.
const SQL_IN_CAPITALS = /^((SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|WITH)\s|(BEGIN|COMMIT|VACUUM)\b)/;
const SQL_IN_ANY_CASE =
  /^(select\s[\s\S]*\sfrom\s|insert\s+(or\s+\w+\s+)?into\s|update\s+\S+\s+set\s|delete\s+from\s|create\s+(unique\s+)?(table|index|view|trigger)\s|(drop|alter)\s+table\s|pragma\s+\w|begin\s+(immediate|exclusive|deferred))/i;
const SQL_COMMENTS = /^(\s|--[^\n]*\n)+/;

function isSql(text: string): boolean {
  const statement = text.replace(SQL_COMMENTS, "");
  return SQL_IN_CAPITALS.test(statement) || SQL_IN_ANY_CASE.test(statement);
}

export const sqlOnlyInStores: Rule = (tree) =>
  complainAbout(
    shipped(tree).filter((file) => !file.path.startsWith("src/store/")),
    (file) => file.strings,
    isSql,
  );

const HOSTS = /\b(api(-data)?\.line\.me|graph\.facebook\.com)\b/;

export const hostsOnlyInChannels: Rule = (tree) =>
  complainAbout(
    shipped(tree).filter((file) => !file.path.startsWith("src/channels/")),
    (file) => file.strings,
    (text) => HOSTS.test(text),
  );

export const environmentOnlyInCli: Rule = (tree) => {
  const files = shipped(tree).filter((file) => file.path !== "src/cli.ts");
  return [
    ...complainAbout(
      files,
      (file) => file.uses,
      (use) => use === "process.env",
    ),
    ...complainAbout(
      files,
      (file) => file.imports,
      (module) => /^(node:)?process$/.test(module),
    ),
  ];
};

const TIME_AND_RANDOM = new Set([
  "Date.now",
  "new Date()",
  "performance.now",
  "process.hrtime",
  "setTimeout",
  "setInterval",
  "AbortSignal.timeout",
  "Math.random",
  "randomUUID",
  "randomBytes",
  "randomInt",
  "getRandomValues",
  "crypto.randomUUID",
  "crypto.randomBytes",
  "crypto.getRandomValues",
]);
const TIME_MODULES = /^(node:)?(timers(\/promises)?|perf_hooks)$|^nanoid$/;

export const timeAndRandomOnlyInRuntime: Rule = (tree) => {
  const files = shipped(tree).filter((file) => !file.path.startsWith("src/runtime/"));
  return [
    ...complainAbout(
      files,
      (file) => file.uses,
      (use) => TIME_AND_RANDOM.has(use),
    ),
    ...complainAbout(
      files,
      (file) => file.imports,
      (module) => TIME_MODULES.test(module),
    ),
    // The other versions of a UUID are computed from a name, with no randomness in them.
    ...complainAbout(
      files.filter((file) => file.imports.some(({ text }) => text === "uuid")),
      (file) => file.uses,
      (use) => /^(uuid\.)?v[1467]$/.test(use),
    ),
  ];
};

/** The console belongs to who started the program: the command line, the demo, and a bot's author. */
const IS_OUTPUT_ALLOWED = /^src\/(cli\.ts|commands\/demo\/|agents\/print-error\.ts)/;

export const consoleOnlyInCli: Rule = (tree) =>
  complainAbout(
    shipped(tree).filter((file) => !IS_OUTPUT_ALLOWED.test(file.path)),
    (file) => file.uses,
    (use) => use.startsWith("console."),
  );

const IS_REPORT = /^src\/pipeline\/report\//;
const NAMES_TELEMETRY = /(^|\.)(log|metrics|traces)(\.|$)|^(Log|LogFields|Metrics|Telemetry|Traces)$/;
const TELEMETRY_MODULES = /^(.*\/runtime\/(log-fields|metrics|telemetry|traces)\.ts|@opentelemetry\/.*)$/;

/** A stage says its outcome. `Pick<Deps, "log">` names it too. */
export const onlyReportNamesTelemetry: Rule = (tree) => {
  const stages = shipped(tree).filter((file) => file.path.startsWith("src/pipeline/") && !IS_REPORT.test(file.path));
  return [
    ...complainAbout(
      stages,
      (file) => file.uses,
      (use) => NAMES_TELEMETRY.test(use),
    ),
    ...complainAbout(
      stages,
      (file) => file.strings,
      (text) => /^(log|metrics|traces)$/.test(text),
    ),
    ...complainAbout(
      stages,
      (file) => file.imports,
      (module) => TELEMETRY_MODULES.test(module),
    ),
  ];
};

export const fencedCaughtOnlyInLoop: Rule = (tree) => {
  const mayCatch = new Set(["src/runtime/loop.ts", "src/core/errors.ts"]);
  const files = tree.sources.filter((file) => !mayCatch.has(file.path) && !isTest(file.path));
  return [
    ...complainAbout(
      files,
      (file) => file.uses,
      (use) => use === "instanceof Fenced",
    ),
    // By its name is another way to catch it.
    ...complainAbout(
      files,
      (file) => file.strings,
      (text) => text === "Fenced",
    ),
  ];
};
