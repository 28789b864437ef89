/** Goal: `turnpike config` shows effective settings and their sources, and never a secret. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { showConfig } from "../commands/config.ts";

const folder = mkdtempSync(join(tmpdir(), "turnpike-show-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const file = join(folder, "turnpike.yaml");
const secretFile = join(folder, "token");

const ENV = {
  LINE_CHANNEL_SECRET: "hush-hush-hush-hush-hush-hush-32",
  LINE_CHANNEL_ACCESS_TOKEN_FILE: secretFile,
  TURNPIKE_DATABASE_URL: "postgres://me:hush@db:5432/bots",
  TURNPIKE_AGENT_SECRET: "whsec_aHVzaA==, whsec_aHVzaGh1c2g=",
  LINE_ACCOUNTS: '[{"account":"shop","channelSecret":"hush","channelAccessToken":"hush"}]',
  MY_TOKEN: "hush-too",
};
// biome-ignore lint/suspicious/noTemplateCurlyInString: that is how YAML refers to a variable
const YAML = "batch:\n  quietMs: 7\nadmin: { token: '${MY_TOKEN}' }\nline: { loading: off }";

function show(options: { json?: boolean; schema?: boolean } = {}): string {
  writeFileSync(file, YAML);
  writeFileSync(secretFile, "hush-in-a-file\n");
  return showConfig(ENV, { config: file, json: false, schema: false, ...options });
}

function settings(): Readonly<Record<string, readonly [value: string, from: string]>> {
  const shown = JSON.parse(show({ json: true })) as { settings: { setting: string; value: string; from: string }[] };
  return Object.fromEntries(shown.settings.map(({ setting, value, from }) => [setting, [value, from]]));
}

test("each setting has its value and source", () => {
  expect(settings()).toMatchObject({
    port: ["8080", "default"],
    "batch.quietMs": ["7", `${file}:2`],
    "line.loading": ["off", `${file}:4`],
    "LINE_ACCOUNTS[0].account": ["shop", "LINE_ACCOUNTS"],
    publicUrl: ["this machine's loopback", "default"],
    whatsapp: ["off", "default"],
  });
});

test("of a secret only the length and the source are shown", () => {
  expect(settings()).toMatchObject({
    "line.channelSecret": ["set (32 chars)", "LINE_CHANNEL_SECRET"],
    "line.channelAccessToken": ["set (14 chars)", `LINE_CHANNEL_ACCESS_TOKEN_FILE (${secretFile})`],
    "LINE_ACCOUNTS[0].channelSecret": ["set (4 chars)", "LINE_ACCOUNTS"],
    "agent.secret": ["set (14 chars, 18 chars)", "TURNPIKE_AGENT_SECRET"],
    "admin.token": ["set (8 chars)", `${file}:3 \${MY_TOKEN}`],
    databaseUrl: ["set (31 chars)", "TURNPIKE_DATABASE_URL"],
  });
  for (const text of [show(), show({ json: true })]) expect(text).not.toMatch(/hush|aHVza/);
});

test("the text is a line for each setting, and a warning", () => {
  const lines = show().split("\n");
  expect(lines.find((line) => line.startsWith("batch.quietMs "))).toMatch(/^batch\.quietMs +7 +\S+turnpike\.yaml:2$/);
  expect(lines.find((line) => line.startsWith("whatsapp "))).toMatch(/^whatsapp +off +default$/);
  expect(lines.at(-2)).toMatch(/^warning: TURNPIKE_AGENT_URL is not set/);
});
