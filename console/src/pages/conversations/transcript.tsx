import type { UseMutationResult } from "@tanstack/react-query";
import { ArrowDown } from "lucide-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import type { Item } from "../../actions/order.ts";
import { useOperable } from "../../actions/use-operable.ts";
import { useTexts } from "../../texts/texts.tsx";
import { RawText } from "../../view/clipped.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import { Bubbles } from "./bubbles.tsx";
import { Handling } from "./handling.tsx";
import { type Group, groupsOf, type Timeline } from "./transcript-model.ts";

/** Nearer to the end than this it is the end. */
const END_PX = 24;

interface TranscriptProps {
  readonly timeline: Timeline;
  readonly older: Pick<UseMutationResult<unknown, Error, string>, "mutate" | "isPending" | "error">;
  readonly isRaw: boolean;
}

export function Transcript({ timeline: { entries, next }, older, isRaw }: TranscriptProps) {
  const { t } = useTexts();
  const operable = useOperable(entries);
  const groups = useMemo(() => groupsOf(entries), [entries]);
  const { box, isAtEnd, onScroll, toEnd } = useReadingPlace(groups, isRaw);
  useKeptFocus(box);
  return (
    <div className="relative flex min-h-0 grow flex-col">
      <section
        ref={box}
        aria-label={t("conversations.transcript")}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: otherwise the keyboard can't scroll it.
        tabIndex={0}
        className="@container min-h-0 grow overflow-y-auto overflow-x-hidden p-3 [overflow-anchor:none] focus-visible:-outline-offset-2"
        onScroll={onScroll}
      >
        {next !== null && (
          <button type="button" className="control mb-3" disabled={older.isPending} onClick={() => older.mutate(next)}>
            {t("conversations.older")}
          </button>
        )}
        {older.error !== null && (
          <p role="alert" className="mb-3 text-bad">
            <FailureText failure={older.error} />
          </p>
        )}
        {groups.length === 0 && <p className="text-soft">{t("conversations.nothingSaid")}</p>}
        <ol className="flex flex-col gap-3">
          {groups.map((group) => (
            <li key={group.key}>{isRaw ? <Raw group={group} /> : <SideBySide group={group} operable={operable} />}</li>
          ))}
        </ol>
      </section>
      {!isAtEnd && (
        <button
          type="button"
          className="control control-main absolute bottom-3 left-1/2 -translate-x-1/2 rounded-full shadow-lg"
          onClick={toEnd}
        >
          <ArrowDown size={16} aria-hidden />
          {t("conversations.newest")}
        </button>
      )}
    </div>
  );
}

/** Follows the end while somebody is there. Elsewhere what is read stays where it is, also when older comes above it. */
function useReadingPlace(groups: readonly Group[], isRaw: boolean) {
  const box = useRef<HTMLElement>(null);
  const [isAtEnd, setIsAtEnd] = useState(true);
  const last = useRef({ height: 0, first: groups[0]?.key, isRaw });
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const before = last.current;
    const first = groups[0]?.key;
    last.current = { height: element.scrollHeight, first, isRaw };
    if (isAtEnd) element.scrollTop = element.scrollHeight;
    else if (first !== before.first && before.isRaw === isRaw)
      element.scrollTop += element.scrollHeight - before.height;
  }, [groups, isRaw, isAtEnd]);
  useEffect(() => {
    const element = box.current;
    if (element === null || !isAtEnd) return;
    // What stands above it may grow.
    const observer = new ResizeObserver(() => {
      element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isAtEnd]);
  return {
    box,
    isAtEnd,
    onScroll: () => {
      const element = box.current;
      if (element !== null) setIsAtEnd(element.scrollTop + element.clientHeight >= element.scrollHeight - END_PX);
    },
    toEnd: () => setIsAtEnd(true),
  };
}

function SideBySide({ group, operable }: { readonly group: Group; readonly operable: ReadonlyMap<string, Item> }) {
  return (
    <div className="grid gap-2 border-b border-line pb-3 @sm:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] @lg:gap-4">
      <Bubbles group={group} />
      <Handling group={group} operable={operable} />
    </div>
  );
}

function Raw({ group }: { readonly group: Group }) {
  return (
    <div className="rounded border border-line bg-raised p-2">
      <RawText text={JSON.stringify(group.entries, null, 2)} />
    </div>
  );
}
