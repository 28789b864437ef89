/**
 * Goal: whatever is stored, the console starts with valid preferences.
 * Method: what the console writes, what others may have written, and any text at all.
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import { LANGUAGES, languageFor, readPreferences, THEMES } from "./preferences.ts";

test("what was stored is read back", () => {
  const preferences = { theme: "dark", clock: "utc", language: "ja", words: false, singleKeys: false } as const;
  expect(readPreferences(JSON.stringify(preferences), ["en"])).toEqual(preferences);
});

test("without anything stored the browser's language is taken, and everything is on", () => {
  expect(readPreferences(null, ["de-DE", "ja-JP", "en"])).toEqual({
    theme: "system",
    clock: "local",
    language: "ja",
    words: true,
    singleKeys: true,
  });
});

test.each([
  [["zh-Hant-TW"], "zh-TW"],
  [["zh"], "zh-TW"],
  [["de", "en-GB", "ja"], "en"],
  [["de"], "en"],
  [[], "en"],
])("a browser that wants %j gets %s", (wanted, language) => {
  expect(languageFor(wanted)).toBe(language);
});

test("any stored text gives valid preferences", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (stored) => {
      const { theme, language, words } = readPreferences(stored, []);
      expect(THEMES).toContain(theme);
      expect(LANGUAGES).toContain(language);
      expect(typeof words).toBe("boolean");
    }),
  );
});
