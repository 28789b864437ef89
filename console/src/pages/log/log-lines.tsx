import { useLayoutEffect, useRef, useState } from "react";
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { rowsInSight } from "../../view/rows-in-sight.ts";
import { Said } from "../../view/said.tsx";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import { useRovingRows } from "../../view/use-roving-rows.ts";
import { LevelMark } from "./level-mark.tsx";
import { fieldsText } from "./log-view.ts";

/** Every row is this high, so that the place of each is known without drawing the others. */
const ROW_PX = 32;
/** Nearer to the end than this it is the end. */
const END_PX = 8;

interface LogLinesProps {
  readonly lines: readonly FeedEntryWire[];
  readonly isFollowing: boolean;
  readonly openId: string | null;
  /** Somebody has scrolled up to read. */
  readonly onHold: () => void;
  readonly onOpen: (id: string) => void;
}

export function LogLines({ lines, isFollowing, openId, onHold, onOpen }: LogLinesProps) {
  const { t } = useTexts();
  const box = useRef<HTMLDivElement>(null);
  const [sight, setSight] = useState({ scrollTop: 0, height: window.innerHeight });
  const newest = lines.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new line moves the end.
  useLayoutEffect(() => {
    if (isFollowing && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [isFollowing, newest]);
  const roving = useRovingRows(
    lines.map(({ id }) => id),
    { ...rowsInSight(sight, ROW_PX, lines.length), first: Math.ceil(sight.scrollTop / ROW_PX) },
  );
  useKeptFocus(box);
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label={t("log.lines")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: otherwise the keyboard can't scroll it.
      tabIndex={0}
      data-scrolls=""
      className="min-h-0 grow overflow-y-auto [overflow-anchor:none]"
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        setSight({ scrollTop, height: window.innerHeight });
        if (isFollowing && scrollTop + clientHeight < scrollHeight - END_PX) onHold();
      }}
    >
      <ol className="relative" style={{ height: lines.length * ROW_PX }} {...roving.list}>
        {roving.drawn.map((index) => {
          const line = lines[index];
          if (line === undefined) return null;
          return (
            <li
              key={line.id}
              data-row={line.id}
              aria-setsize={lines.length}
              aria-posinset={index + 1}
              className="absolute inset-x-0"
              style={{ height: ROW_PX, transform: `translateY(${index * ROW_PX}px)` }}
            >
              <LogRow line={line} isOpen={line.id === openId} isStop={index === roving.stop} onOpen={onOpen} />
            </li>
          );
        })}
      </ol>
    </div>
  );
}

function LogRow({
  line,
  isOpen,
  isStop,
  onOpen,
}: {
  readonly line: FeedEntryWire;
  readonly isOpen: boolean;
  /** Tab leads to it. */
  readonly isStop: boolean;
  readonly onOpen: (id: string) => void;
}) {
  const { time } = useTexts();
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      data-opens=""
      tabIndex={isStop ? 0 : -1}
      onClick={() => onOpen(line.id)}
      className={`flex h-full w-full items-center gap-3 overflow-hidden px-3 text-start whitespace-nowrap focus-visible:-outline-offset-2 ${isOpen ? "bg-accent-soft" : "hover:bg-raised"}`}
    >
      <span className="shrink-0 text-soft">{time(line.at)}</span>
      <LevelMark level={line.level} />
      <Said className="min-w-0 truncate sm:shrink-0">{line.message}</Said>
      {/* On a phone they are in the line that is opened. */}
      <Said className="truncate font-mono text-xs text-soft max-sm:hidden">{fieldsText(line)}</Said>
    </button>
  );
}
