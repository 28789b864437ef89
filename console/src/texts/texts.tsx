/** The console's words. Every one of them is from a catalogue; what a platform or an agent said is shown as it is. */
import { type I18n, setupI18n } from "@lingui/core";
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState } from "react";
import type { Language } from "../preferences/preferences.ts";
import { usePreferences } from "../preferences/preferences-store.ts";
import type { Catalogue, TextKey } from "./catalogue.ts";
import { type Formats, formatsFor } from "./formats.ts";

export interface Texts extends Formats {
  t(key: TextKey, values?: Readonly<Record<string, string | number>>): string;
}

const CATALOGUES: Readonly<Record<Language, () => Promise<{ readonly messages: Catalogue }>>> = {
  en: () => import("./catalogues/en.ts"),
  ja: () => import("./catalogues/ja.ts"),
  "zh-TW": () => import("./catalogues/zh-TW.ts"),
};

export async function loadLanguage(language: Language): Promise<I18n> {
  const { messages } = await CATALOGUES[language]();
  return setupI18n({ locale: language, messages: { [language]: { ...messages } } });
}

const Context = createContext<Texts | null>(null);

/** Goes on in the old language until the new one has come. */
export function TextsProvider({ first, children }: { readonly first: I18n; readonly children: ReactNode }) {
  const { language, clock } = usePreferences();
  const [i18n, setI18n] = useState(first);
  useEffect(() => {
    if (language === i18n.locale) return;
    let isWanted = true;
    loadLanguage(language).then(
      (loaded) => isWanted && setI18n(loaded),
      () => undefined,
    );
    return () => {
      isWanted = false;
    };
  }, [language, i18n]);
  useEffect(() => {
    document.documentElement.lang = i18n.locale;
  }, [i18n]);
  const texts = useMemo<Texts>(
    () => ({ ...formatsFor(i18n.locale, clock), t: (key, values) => i18n.t(key, { ...values }) }),
    [i18n, clock],
  );
  return <Context value={texts}>{children}</Context>;
}

export function useTexts(): Texts {
  const texts = useContext(Context);
  if (texts === null) throw new Error("useTexts: there is no TextsProvider above");
  return texts;
}
