import { type UseMutationResult, useQuery } from "@tanstack/react-query";
import { ArrowDown } from "lucide-react";
import { useEffect, useMemo } from "react";
import type { Item } from "../../actions/order.ts";
import { useOperable } from "../../actions/use-operable.ts";
import { itemQuery } from "../../client/queries.ts";
import { useTexts } from "../../texts/texts.tsx";
import { RawText } from "../../view/clipped.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import type { ConversationView } from "./addresses.ts";
import { Bubbles } from "./bubbles.tsx";
import { Handling } from "./handling.tsx";
import { type Group, groupsOf, type Timeline } from "./transcript-model.ts";
import { STEP } from "./transcript-window.ts";
import { useReadingPlace } from "./use-reading-place.ts";

interface TranscriptProps {
  readonly timeline: Timeline;
  readonly older: Pick<UseMutationResult<unknown, Error, string>, "mutate" | "isPending" | "error">;
  readonly view: ConversationView;
}

export function Transcript({ timeline: { entries, next }, older, view: { view, turn } }: TranscriptProps) {
  const { t } = useTexts();
  const isRaw = view === "raw";
  const operable = useOperable(entries);
  const groups = useMemo(() => groupsOf(entries), [entries]);
  const first = useFirst(groups, turn ?? null, next, older);
  const { box, from, to, isAtEnd, onScroll, toOlder, toNewer, toEnd } = useReadingPlace(groups, isRaw, first);
  useKeptFocus(box);
  const showOlder = () => {
    if (older.isPending) return;
    toOlder();
    if (from < STEP && next !== null) older.mutate(next);
  };
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
        {(next !== null || from > 0) && (
          <button type="button" className="control mb-3" aria-disabled={older.isPending} onClick={showOlder}>
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
          {groups.slice(from, to).map((group) => (
            <li
              key={group.key}
              data-group={group.key}
              {...(group.key === turn && {
                "aria-current": "true",
                className: "rounded outline-2 outline-offset-4 outline-accent",
              })}
            >
              {isRaw ? <Raw group={group} /> : <SideBySide group={group} operable={operable} />}
            </li>
          ))}
        </ol>
        {to < groups.length && (
          <button type="button" className="control mt-3 mb-10" onClick={toNewer}>
            {t("conversations.newer")}
          </button>
        )}
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

/** The group at which the transcript begins: that of the address. If there is such a turn, older pages are loaded up to it. */
function useFirst(
  groups: readonly Group[],
  turn: string | null,
  next: string | null,
  older: TranscriptProps["older"],
): string | null {
  const isSought = turn !== null && !groups.some(({ key }) => key === turn);
  const { isSuccess: isThere, isError: isGone } = useQuery({
    ...itemQuery(turn ?? ""),
    refetchInterval: false,
    enabled: isSought,
  });
  useEffect(() => {
    if (isSought && isThere && next !== null && !older.isPending && older.error === null) older.mutate(next);
  }, [isSought, isThere, next, older]);
  return isSought && (next === null || isGone) ? null : turn;
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
