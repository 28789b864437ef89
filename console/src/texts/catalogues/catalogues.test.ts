/**
 * Goal: every language says everything, with the same values in it, and every text of the console is in the catalogues.
 * Method: the messages of each language are compiled and compared with the English ones; sources are searched for words.
 */
import { glob, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { setupI18n } from "@lingui/core";
import { compileMessage } from "@lingui/message-utils/compileMessage";
import { describe, expect, test } from "vitest";
import { messages as en } from "./en.ts";
import { messages as ja } from "./ja.ts";
import { messages as zhTW } from "./zh-TW.ts";

const OTHERS = { ja, "zh-TW": zhTW };

/** Names of the values in a message. */
function valuesIn(message: string): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (tokens: unknown) => {
    if (!Array.isArray(tokens)) return;
    for (const token of tokens) {
      if (!Array.isArray(token)) continue;
      const [name, , forms] = token as [string, string?, unknown?];
      names.add(name);
      if (typeof forms === "object" && forms !== null) Object.values(forms).forEach(visit);
    }
  };
  visit(compileMessage(message));
  return names;
}

describe.each(Object.entries(OTHERS))("%s", (_language, messages) => {
  test("has the texts of English and no others", () => {
    expect(new Set(Object.keys(messages))).toEqual(new Set(Object.keys(en)));
  });

  test("has the values of English in each text", () => {
    const others = Object.entries(messages).map(([key, message]) => [key, valuesIn(message)]);
    expect(others).toEqual(Object.entries(en).map(([key, message]) => [key, valuesIn(message)]));
  });
});

test("one and many are told apart where a language does", () => {
  const i18n = setupI18n({ locale: "en", messages: { en: { ...en } } });
  expect(i18n.t("log.new", { count: 1 })).toBe("1 new line");
  expect(i18n.t("log.new", { count: 1_200 })).toBe("1,200 new lines");
});

test("no words stand in the pages themselves", async () => {
  const cwd = fileURLToPath(new URL("../../", import.meta.url));
  const found: string[] = [];
  for await (const path of glob("**/*.tsx", { cwd })) {
    const source = await readFile(new URL(`../../${path}`, import.meta.url), "utf8");
    for (const [text] of source.matchAll(/>[^<>{}=;()]*\p{L}{2}[^<>{}=;()]*<\//gu)) found.push(`${path}: ${text}`);
    for (const [text] of source.matchAll(/\b(?:aria-label|placeholder|title|alt)="[^"]+"/g))
      found.push(`${path}: ${text}`);
  }
  expect(found).toEqual([]);
});
