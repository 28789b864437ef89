import { Clock, Eye, EyeOff } from "lucide-react";
import { CLOCKS, LANGUAGES, THEMES } from "../preferences/preferences.ts";
import { changePreferences, usePreferences } from "../preferences/preferences-store.ts";
import type { TextKey } from "../texts/catalogue.ts";
import { useTexts } from "../texts/texts.tsx";

/** Languages are called what those who read them call them. */
const LANGUAGE_NAMES = { en: "language.en", ja: "language.ja", "zh-TW": "language.zh-TW" } as const;

export function ClockSwitch() {
  const { t } = useTexts();
  const { clock } = usePreferences();
  return (
    <button
      type="button"
      className="control"
      aria-label={t(`clock.${clock}.long`)}
      onClick={() => changePreferences({ clock: clock === "utc" ? "local" : "utc" })}
    >
      <Clock size={16} aria-hidden />
      {t(`clock.${clock}`)}
    </button>
  );
}

export function WordsSwitch() {
  const { t } = useTexts();
  const { words } = usePreferences();
  const Icon = words ? Eye : EyeOff;
  return (
    <button type="button" className="control" aria-pressed={words} onClick={() => changePreferences({ words: !words })}>
      <Icon size={16} aria-hidden />
      {t("words")}
    </button>
  );
}

function Choice<T extends string>({
  name,
  values,
  value,
  textOf,
  onChange,
}: {
  readonly name: TextKey;
  readonly values: readonly T[];
  readonly value: T;
  readonly textOf: (value: T) => TextKey;
  readonly onChange: (value: T) => void;
}) {
  const { t } = useTexts();
  return (
    <label className="flex items-center gap-3">
      <span className="grow">{t(name)}</span>
      <select
        className="control"
        value={value}
        onChange={({ target }) => {
          const chosen = values.find((one) => one === target.value);
          if (chosen !== undefined) onChange(chosen);
        }}
      >
        {values.map((one) => (
          <option key={one} value={one}>
            {t(textOf(one))}
          </option>
        ))}
      </select>
    </label>
  );
}

export function PreferenceChoices() {
  const { theme, language, clock } = usePreferences();
  return (
    <div className="flex flex-col gap-3">
      <Choice
        name="language"
        values={LANGUAGES}
        value={language}
        textOf={(one) => LANGUAGE_NAMES[one]}
        onChange={(chosen) => changePreferences({ language: chosen })}
      />
      <Choice
        name="theme"
        values={THEMES}
        value={theme}
        textOf={(one) => `theme.${one}`}
        onChange={(chosen) => changePreferences({ theme: chosen })}
      />
      <Choice
        name="clock"
        values={CLOCKS}
        value={clock}
        textOf={(one) => `clock.${one}`}
        onChange={(chosen) => changePreferences({ clock: chosen })}
      />
      <WordsChoice />
      <SingleKeysChoice />
    </div>
  );
}

function WordsChoice() {
  const { t } = useTexts();
  const { words } = usePreferences();
  return (
    <label className="flex items-center gap-3">
      <span className="grow">{t("words.long")}</span>
      <input
        type="checkbox"
        className="size-6 accent-accent"
        checked={words}
        onChange={({ target }) => changePreferences({ words: target.checked })}
      />
    </label>
  );
}

export function SingleKeysChoice() {
  const { t } = useTexts();
  const { singleKeys } = usePreferences();
  return (
    <label className="flex items-center gap-3">
      <span className="grow">{t("keys.single")}</span>
      <input
        type="checkbox"
        className="size-6 accent-accent"
        checked={singleKeys}
        onChange={({ target }) => changePreferences({ singleKeys: target.checked })}
      />
    </label>
  );
}
