/** How settings are read, refused and shown. */
import type { Mutation } from "./mutation.ts";

const READ = "src/settings/read.ts";
const EACH = { files: ["src/config/every-setting.test.ts"] };
const YAML = { files: ["src/config/yaml.test.ts"] };

export const SETTINGS_MUTATIONS: readonly Mutation[] = [
  {
    name: "malformed-secret-is-hidden",
    breaks: "A secret is never shown, also when it can't be read.",
    file: "src/settings/kinds.ts",
    edits: [{ find: 'kind.secrecy === "secret" || (kind', put: "(kind" }],
    tests: EACH,
  },
  {
    name: "shown-secret-is-hidden",
    breaks: "`turnpike config` shows no secret.",
    file: "src/config/show.ts",
    edits: [{ find: 'kind.secrecy === "secret" || (kind', put: "(kind" }],
    tests: { files: ["src/config/show.test.ts"] },
  },
  {
    name: "environment-wins",
    breaks: "What the environment says wins over the file.",
    file: READ,
    edits: [
      { find: "const read = set === null ? readRaw", put: "const read = set === null || where.raw !== null ? readRaw" },
    ],
    tests: EACH,
  },
  {
    name: "variables-are-trimmed",
    breaks: "Spaces around a value change nothing.",
    file: READ,
    edits: [{ find: 'const text = reading.env[name]?.trim() ?? "";', put: 'const text = reading.env[name] ?? "";' }],
    tests: EACH,
  },
  {
    name: "ids-are-texts",
    breaks: "A number is never taken for an id.",
    file: READ,
    edits: [{ find: "if (!node.kind.isText) return source;", put: "if (source.length > 0) return source;" }],
    tests: EACH,
  },
  {
    name: "unknown-names-in-the-file",
    breaks: "A misspelt name in the file stops the start.",
    file: READ,
    edits: [{ find: "if (Object.hasOwn(children, key)) continue;", put: "if (key.length > 0) continue;" }],
    tests: EACH,
  },
  {
    name: "unknown-variables",
    breaks: "A misspelt variable stops the start.",
    file: "src/config/environment.ts",
    edits: [
      { find: "const near = nearest(name, isOurs ? ours : others);", put: "const near = null; if (isOurs) continue;" },
    ],
    tests: EACH,
  },
  {
    name: "references-must-be-set",
    breaks: "A reference to a variable that isn't set stops the start.",
    file: "src/settings/references.ts",
    edits: [{ find: "if (value === undefined) {", put: "if (value === name) {" }],
    tests: YAML,
  },
  {
    name: "credentials-are-an-accounts-own",
    breaks: "No account takes over another's secret, token or id.",
    file: "src/settings/section.ts",
    edits: [{ find: 'return node?.node === "setting" && node.isOwn === true;', put: "return node === null;" }],
    tests: YAML,
  },
  {
    name: "twins-are-told",
    breaks: "An id that is another's but for zeros or case is told.",
    file: "src/config/warnings.ts",
    edits: [{ find: "if (twin === undefined) return [];", put: "if (twin !== null) return [];" }],
    tests: YAML,
  },
  {
    name: "batching-by-account",
    breaks: "An account batches in its own way where that is set.",
    file: "src/pipeline/accept.ts",
    edits: [
      {
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code
        find: "return settings.accountBatch[`${conversation.channel}/${conversation.account}`] ?? settings.batch;",
        put: "return conversation.account === '' ? settings.accountBatch[''] ?? settings.batch : settings.batch;",
      },
    ],
    tests: { files: ["test/account-batch.test.ts"] },
  },
];
