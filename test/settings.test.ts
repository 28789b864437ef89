/** Goal: docs/settings.md says which settings there are. Method: the table is made anew and compared. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { settingsTable, withSettings } from "../scripts/settings-table.ts";
import { ALL_SETTINGS } from "../src/config/schema.ts";

test("the table of docs/settings.md is current (node scripts/settings-table.ts)", () => {
  const document = readFileSync(new URL("../docs/settings.md", import.meta.url), "utf8");
  expect(document).toBe(withSettings(document));
});

test("it has every variable that is read", () => {
  const table = settingsTable();
  for (const name of ALL_SETTINGS.flatMap(({ variables }) => variables)) expect(table).toContain(`\`${name}\``);
});
