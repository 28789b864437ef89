import { useRouter } from "@tanstack/react-router";
import { Keyboard, Search, SlidersHorizontal } from "lucide-react";
import type { RefObject } from "react";
import { hasPage } from "../pages/pages.ts";
import { useTexts } from "../texts/texts.tsx";
import { LiveLight } from "./live-light.tsx";
import { ClockSwitch, WordsSwitch } from "./preference-choices.tsx";

export interface TopBarProps {
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly onHelp: () => void;
  readonly onPreferences: () => void;
}

export function TopBar({ searchField, onHelp, onPreferences }: TopBarProps) {
  const { t } = useTexts();
  return (
    <header className="flex flex-wrap items-center gap-2 border-b border-line bg-surface px-4 py-2">
      <LiveLight />
      <div className="min-w-0 grow basis-32">{hasPage("/search") && <SearchField field={searchField} />}</div>
      <div className="hidden gap-2 sm:flex">
        <ClockSwitch />
        <WordsSwitch />
      </div>
      <button type="button" className="control" aria-label={t("frame.preferences")} onClick={onPreferences}>
        <SlidersHorizontal size={16} aria-hidden />
      </button>
      <button type="button" className="control" aria-label={t("frame.keys")} onClick={onHelp}>
        <Keyboard size={16} aria-hidden />
      </button>
    </header>
  );
}

function SearchField({ field }: { readonly field: RefObject<HTMLInputElement | null> }) {
  const { t } = useTexts();
  const router = useRouter();
  return (
    <search>
      <form
        className="relative max-w-md"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = field.current?.value.trim() ?? "";
          if (wanted !== "") router.history.push(`/search?${new URLSearchParams({ q: wanted })}`);
        }}
      >
        <Search size={16} aria-hidden className="absolute top-2 left-2.5 text-soft" />
        <input
          ref={field}
          type="search"
          className="control w-full pl-8"
          aria-label={t("search.field")}
          placeholder={t("search.hint")}
          maxLength={300}
        />
      </form>
    </search>
  );
}
