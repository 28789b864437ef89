import { useLayoutEffect, useRef, useState } from "react";
import type { FeedEntryWire } from "../../../../src/http/admin/wire.ts";
import { useTexts } from "../../texts/texts.tsx";
import { rowsInSight } from "../../view/rows-in-sight.ts";
import { Said } from "../../view/said.tsx";
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
  const { from, to } = rowsInSight(sight, ROW_PX, lines.length);
  return (
    <div
      ref={box}
      role="log"
      aria-live="off"
      aria-label={t("log.lines")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: otherwise the keyboard can't scroll it.
      tabIndex={0}
      className="min-h-0 grow overflow-y-auto [overflow-anchor:none]"
      onScroll={({ currentTarget: { scrollTop, clientHeight, scrollHeight } }) => {
        setSight({ scrollTop, height: window.innerHeight });
        if (isFollowing && scrollTop + clientHeight < scrollHeight - END_PX) onHold();
      }}
    >
      <ol className="relative" style={{ height: lines.length * ROW_PX }}>
        {lines.slice(from, to).map((line, index) => (
          <li
            key={line.id}
            aria-setsize={lines.length}
            aria-posinset={from + index + 1}
            className="absolute inset-x-0"
            style={{ height: ROW_PX, transform: `translateY(${(from + index) * ROW_PX}px)` }}
          >
            <LogRow line={line} isOpen={line.id === openId} onOpen={onOpen} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function LogRow({
  line,
  isOpen,
  onOpen,
}: {
  readonly line: FeedEntryWire;
  readonly isOpen: boolean;
  readonly onOpen: (id: string) => void;
}) {
  const { time } = useTexts();
  return (
    <button
      type="button"
      aria-expanded={isOpen}
      onClick={() => onOpen(line.id)}
      className={`flex h-full w-full items-center gap-3 overflow-hidden px-3 text-start whitespace-nowrap hover:bg-raised focus-visible:-outline-offset-2 ${isOpen ? "bg-accent-soft" : ""}`}
    >
      <span className="shrink-0 text-soft">{time(line.at)}</span>
      <LevelMark level={line.level} />
      <Said className="truncate sm:shrink-0">{line.message}</Said>
      <Said className="truncate font-mono text-xs text-soft">{fieldsText(line)}</Said>
    </button>
  );
}
