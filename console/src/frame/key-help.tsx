import type { ReactNode } from "react";
import { usePages } from "../pages/use-pages.ts";
import { usePreferences } from "../preferences/preferences-store.ts";
import { useTexts } from "../texts/texts.tsx";
import { SingleKeysChoice } from "./preference-choices.tsx";

export function KeyHelp() {
  const { t } = useTexts();
  const { singleKeys } = usePreferences();
  const pages = usePages();
  return (
    <>
      <dl className={`mb-4 grid grid-cols-[auto_1fr] gap-x-4 gap-y-2 ${singleKeys ? "" : "text-soft line-through"}`}>
        {pages.map(({ path, key, name }) => (
          <KeyRow key={path} keys={["g", key]}>
            {t("keys.go", { page: t(name) })}
          </KeyRow>
        ))}
        <KeyRow keys={["j", "k"]}>{t("keys.rows")}</KeyRow>
        <KeyRow keys={["Enter"]}>{t("keys.open")}</KeyRow>
        <KeyRow keys={["x"]}>{t("keys.select")}</KeyRow>
        <KeyRow keys={["e"]}>{t("keys.raw")}</KeyRow>
        <KeyRow keys={["/"]}>{t("keys.search")}</KeyRow>
        <KeyRow keys={["?"]}>{t("keys.help")}</KeyRow>
        <KeyRow keys={["Esc"]}>{t("keys.close")}</KeyRow>
      </dl>
      <SingleKeysChoice />
    </>
  );
}

function KeyRow({ keys, children }: { readonly keys: readonly string[]; readonly children: ReactNode }) {
  return (
    <>
      <dt className="flex gap-1">
        {keys.map((key) => (
          <kbd key={key} className="rounded border border-edge px-1.5 font-mono">
            {key}
          </kbd>
        ))}
      </dt>
      <dd>{children}</dd>
    </>
  );
}
