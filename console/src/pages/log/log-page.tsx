import { getRouteApi, useRouter } from "@tanstack/react-router";
import { Pause, Play } from "lucide-react";
import { useRef, useState } from "react";
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";
import { useFeed } from "../../live/feed-store.ts";
import { usePreferences } from "../../preferences/preferences-store.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";
import { PageTitle } from "../../view/page-title.tsx";
import { LogLine } from "./log-line.tsx";
import { LogLines } from "./log-lines.tsx";
import { countNew, isLogLevel, LOG_LEVELS, type LogLevel, linesOf } from "./log-view.ts";

const route = getRouteApi("/frame/log");

const LEVEL_TEXTS = {
  info: "log.level.info",
  warn: "log.level.warn",
  error: "log.level.error",
} as const satisfies Record<LogLevel, TextKey>;

/** What was held with words goes with them. */
export function LogPage() {
  const { words } = usePreferences();
  return <Log key={String(words)} />;
}

function Log() {
  const { t } = useTexts();
  const { level = "info" } = route.useSearch();
  const { lines: all, status } = useFeed();
  /** What is read while more comes; `null`: the newest is followed. */
  const [held, setHeld] = useState<readonly FeedEntryWire[] | null>(null);
  const [openId, setOpenId] = useState<string | null>(null);
  const lines = linesOf(held ?? all, level);
  const newCount = held === null ? 0 : countNew(linesOf(all, level), lines);
  const open = lines.find(({ id }) => id === openId);
  const box = useRef<HTMLDivElement>(null);
  const close = () => {
    // Back to where it was opened.
    box.current?.querySelector<HTMLElement>("[aria-expanded=true]")?.focus();
    setOpenId(null);
  };
  const hold = () => setHeld((before) => before ?? all);
  return (
    <div className="flex h-[calc(100dvh-10rem)] min-h-80 flex-col md:h-[calc(100dvh-6rem)]">
      <div className="flex flex-wrap items-center justify-between gap-x-4">
        <PageTitle>{t("page.log")}</PageTitle>
        <div className="mb-3 flex gap-2">
          <LevelFilter level={level} />
          <button type="button" className="control" onClick={() => (held === null ? hold() : setHeld(null))}>
            {held === null ? <Pause size={16} aria-hidden /> : <Play size={16} aria-hidden />}
            {held === null ? t("log.pause") : t("log.follow")}
          </button>
        </div>
      </div>
      {status === "lost" && <p className="mb-3 rounded bg-warn-soft px-3 py-2 text-warn">{t("log.lost")}</p>}
      <div ref={box} className="panel relative flex min-h-0 grow flex-col overflow-hidden">
        {lines.length === 0 ? (
          <p className="p-3 text-soft">
            {status === "connecting"
              ? t("view.loading")
              : level === "info"
                ? t("log.empty")
                : t("log.emptyLevel", { level: t(LEVEL_TEXTS[level]) })}
          </p>
        ) : (
          <LogLines
            lines={lines}
            isFollowing={held === null}
            openId={openId}
            onHold={hold}
            onOpen={(id) => {
              hold();
              setOpenId(id);
            }}
          />
        )}
        {newCount > 0 && (
          <button
            type="button"
            className="control control-main absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-lg"
            onClick={() => setHeld(null)}
          >
            {t("log.new", { count: newCount })}
          </button>
        )}
      </div>
      {open !== undefined && <LogLine line={open} onClose={close} />}
    </div>
  );
}

function LevelFilter({ level }: { readonly level: LogLevel }) {
  const { t } = useTexts();
  const router = useRouter();
  return (
    <select
      className="control"
      aria-label={t("log.level")}
      value={level}
      onChange={({ target: { value } }) => {
        const search = isLogLevel(value) && value !== "info" ? { level: value } : {};
        void router.navigate({ to: "/log", search });
      }}
    >
      {LOG_LEVELS.map((one) => (
        <option key={one} value={one}>
          {t(LEVEL_TEXTS[one])}
        </option>
      ))}
    </select>
  );
}
