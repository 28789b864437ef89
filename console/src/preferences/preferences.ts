/** How a person wants the console to look. */

export const LANGUAGES = ["en", "ja", "zh-TW"] as const;
export type Language = (typeof LANGUAGES)[number];

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const CLOCKS = ["local", "utc"] as const;
export type ClockChoice = (typeof CLOCKS)[number];

export interface Preferences {
  readonly theme: Theme;
  /** Of every time that is shown: in lists, axes, tooltips and what is copied. */
  readonly clock: ClockChoice;
  readonly language: Language;
  /** Off: no text of a message is asked for, for a screen that others see. */
  readonly words: boolean;
  /** Off: keys without a modifier do nothing, for those who speak to their computer. */
  readonly singleKeys: boolean;
}

/** The first language that the browser's person reads and we write. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const language = tag.toLowerCase().split("-")[0];
    if (language === "zh") return "zh-TW";
    const found = LANGUAGES.find((one) => one === language);
    if (found !== undefined) return found;
  }
  return "en";
}

/** From what was stored, which an older console or a person may have written. What isn't valid is as if it weren't there. */
export function readPreferences(stored: string | null, browserLanguages: readonly string[]): Preferences {
  const given = fieldsOf(stored);
  const oneOf = <T extends string>(list: readonly T[], value: unknown, otherwise: T) =>
    list.find((one) => one === value) ?? otherwise;
  return {
    theme: oneOf(THEMES, given.theme, "system"),
    clock: oneOf(CLOCKS, given.clock, "local"),
    language: oneOf(LANGUAGES, given.language, languageFor(browserLanguages)),
    words: given.words !== false,
    singleKeys: given.singleKeys !== false,
  };
}

function fieldsOf(stored: string | null): Partial<Record<keyof Preferences, unknown>> {
  try {
    const value: unknown = JSON.parse(stored ?? "{}");
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
