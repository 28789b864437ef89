/** Goal: the JSON Schema refuses what the gateway refuses, and nothing else. Method: both validate. */
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "./json-schema.ts";
import { ALL_SETTINGS, SETTINGS } from "./settings-tree.ts";

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const schema = configSchema(SETTINGS);
const isValid = ajv.compile(schema);

interface Part {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Part>>;
  readonly items?: Part;
}

test("it has every setting, with its meaning", () => {
  for (const { path, node } of ALL_SETTINGS) {
    const part = path.split(".").reduce<Part | undefined>((outer, step) => {
      const inner = outer?.properties?.[step.replace("[]", "")];
      return step.endsWith("[]") ? inner?.items : inner;
    }, schema as Part);
    expect(part?.description, path).toContain(node.meaning);
  }
});

describe("what the gateway accepts is valid", () => {
  test.each([
    "port: 8080",
    `port: \${PORT}`,
    "port:",
    "batch: { quietMs: 0 }\ncontext:",
    "line: { loading: false, slowReply: button, turnEvents: [message], channelSecret: [a, b], systemMessageTexts: { show: x } }",
    `line: { loading: on, turnEvents: 'message,follow', channelSecret: 'a, b', systemMessageTexts: '\${TEXTS}' }`,
    "line: { accounts: [{ account: shop, channelId: '0123', batch: { maxEvents: 1 } }] }",
    "whatsapp: { windowTemplate: 'late_answer:en_US' }",
    "agents: [{ name: a, url: 'http://127.0.0.1/' }]\nroutes: [{ kind: group, agent: a }]",
  ])("%j", (yaml) => {
    expect(isValid(parse(yaml)), JSON.stringify(isValid.errors)).toBe(true);
  });
});

describe("what it refuses isn't", () => {
  test.each([
    "prot: 8080",
    "port: 65536",
    "port: http",
    "logLevel: loud",
    "batch: { quietMs: -1 }",
    "line: { channelId: 0123 }",
    "line: { accounts: [{ acount: shop }] }",
    "messenger: { pageId: 100000000000001 }",
    "routes: [{ kind: crowd, agent: a }]",
  ])("%j", (yaml) => {
    expect(isValid(parse(yaml))).toBe(false);
  });
});
