/**
 * Goal: the documents say which settings there are, and the example is taken as it stands. Method: the table is made anew
 * and compared; the example is read with invented values for the variables that it names.
 */

import { readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { settingsTable, withSettings } from "../scripts/settings-table.ts";
import { CHANNELS } from "../src/channels/index.ts";
import { readConfig } from "../src/config/config.ts";
import { configSchema } from "../src/config/json-schema.ts";
import { ALL_SETTINGS, SETTINGS } from "../src/config/settings-tree.ts";
import { accountKeyOf } from "../src/core/conversation.ts";

const EXAMPLE = new URL("../examples/turnpike.yaml", import.meta.url);

test("the table of docs/settings.md is current (node scripts/settings-table.ts)", () => {
  const document = readFileSync(new URL("../docs/settings.md", import.meta.url), "utf8");
  expect(document).toBe(withSettings(document));
});

test("it has every variable that is read", () => {
  const table = settingsTable();
  for (const name of ALL_SETTINGS.flatMap(({ variables }) => variables)) expect(table).toContain(`\`${name}\``);
});

describe.skipIf(!Object.keys(CHANNELS).includes("whatsapp"))("examples/turnpike.yaml", () => {
  const text = readFileSync(EXAMPLE, "utf8");
  const names = [...text.replaceAll(/^ *#.*$/gm, "").matchAll(/\$\{(\w+)/g)].map(([, name = ""]) => name);
  const invented = (name: string) => (/^(AGENT|ORDERS)_/.test(name) ? "whsec_aW52ZW50ZWQ=" : "invented");
  const env = Object.fromEntries(names.filter((name) => name !== "PORT").map((name) => [name, invented(name)]));

  test("is taken as it stands, without a warning", () => {
    const { channels, routes, settings, warnings } = readConfig(env, { file: EXAMPLE.pathname });
    expect(warnings).toEqual([]);
    expect(channels.map(accountKeyOf)).toEqual(["line/default", "line/shop", "whatsapp/default"]);
    expect(routes).toHaveLength(2);
    expect(settings.accountBatch).toEqual({ "line/shop": { quietMs: 500 }, "whatsapp/default": { quietMs: 2_500 } });
  });

  test("needs every variable that it names without a fallback", () => {
    for (const name of Object.keys(env)) {
      expect(() => readConfig({ ...env, [name]: "" }, { file: EXAMPLE.pathname })).toThrow(
        `the variable ${name} is not set`,
      );
    }
  });

  test("pleases an editor: it is valid by the schema that its first line names, which the package ships", () => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const isValid = ajv.compile(configSchema(SETTINGS));
    expect(isValid(parse(text)), JSON.stringify(isValid.errors)).toBe(true);
    expect(text.split("\n")[0]).toBe("# yaml-language-server: $schema=../dist/config.schema.json");
    const { exports } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
    expect(exports["./config.schema.json"]).toBe("./dist/config.schema.json");
  });
});
