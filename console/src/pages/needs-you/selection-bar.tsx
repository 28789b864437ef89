import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import type { Wire } from "../../../../src/http/admin/wire.ts";
import { askBulk, useBulk } from "../../actions/bulk/bulk-store.ts";
import type { Action, Item } from "../../actions/order.ts";
import { getJson } from "../../client/api.ts";
import { useTexts } from "../../texts/texts.tsx";
import { FailureText } from "../../view/query-view.tsx";
import { type Filter, paramsOf } from "./filter.ts";
import { isSelected, NOTHING, readMatching, type Selection, select, selectedOf } from "./selection.ts";

const ACTIONS: readonly Action[] = ["replay", "discard", "sent", "resend"];
/** As many as the gateway gives on a page. */
const PAGE_ROWS = "200";

interface SelectionBarProps {
  readonly filter: Filter;
  readonly shown: readonly Item[];
  /** There is more than what is shown. */
  readonly hasMore: boolean;
  readonly selection: Selection;
  readonly onSelect: (selection: Selection) => void;
}

/** What is selected, and what can be done with all of it at once. */
export function SelectionBar({ filter, shown, hasMore, selection, onSelect }: SelectionBarProps) {
  const { t } = useTexts();
  const selected = selectedOf(selection, shown);
  const isAll = shown.every(({ id }) => isSelected(selection, id));
  return (
    <section
      aria-label={t("bulk.selection")}
      className="panel flex flex-wrap items-center gap-x-3 gap-y-2 border-edge px-3 py-2"
    >
      <label className="inline-flex min-h-6 items-center gap-2">
        <input
          type="checkbox"
          className="size-4 accent-accent"
          checked={isAll}
          onChange={({ target: { checked } }) => onSelect(select(selection, shown, checked))}
        />
        {t("bulk.allShown")}
      </label>
      {hasMore && <Matching filter={filter} onRead={onSelect} />}
      <p role="status" className="font-medium">
        <Selected selection={selection} count={selected.length} />
      </p>
      {selected.length > 0 && <Actions selected={selected} onDone={() => onSelect(NOTHING)} />}
    </section>
  );
}

function Selected({ selection, count }: { readonly selection: Selection; readonly count: number }) {
  const { t, time } = useTexts();
  if (selection.kind === "picked" || selection.isTouched) return t("bulk.selected", { count });
  return t(selection.isWhole ? "bulk.matched" : "bulk.matchedPart", { count, at: time(selection.at) });
}

/** Reads the list to its end, as its filters are now, and selects what it has read. */
function Matching({ filter, onRead }: { readonly filter: Filter; readonly onRead: (selection: Selection) => void }) {
  const { t } = useTexts();
  const [count, setCount] = useState<number | null>(null);
  const [failure, setFailure] = useState<Error | null>(null);
  const reading = useRef<AbortController>(null);
  useEffect(() => () => reading.current?.abort(), []);
  const read = async () => {
    const controller = new AbortController();
    const { signal } = controller;
    reading.current = controller;
    const at = Date.now();
    const params = { ...paramsOf(filter, at), limit: PAGE_ROWS };
    setFailure(null);
    setCount(0);
    try {
      const page = (before?: string) => getJson<Wire["waiting"]>("/waiting", { ...params, before }, signal);
      const { items, isWhole } = await readMatching(page, setCount);
      onRead({ kind: "matching", items: new Map(items.map((item) => [item.id, item])), at, isWhole, isTouched: false });
    } catch (error) {
      if (!signal.aborted) setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      setCount(null);
    }
  };
  return (
    <>
      <button
        type="button"
        className="control"
        onClick={() => (count === null ? void read() : reading.current?.abort())}
      >
        {count === null ? t("bulk.matching") : t("bulk.reading.stop")}
      </button>
      {count !== null && <p className="text-soft">{t("bulk.reading", { count })}</p>}
      {failure !== null && (
        <p role="alert" className="text-bad">
          <FailureText failure={failure} />
        </p>
      )}
    </>
  );
}

function Actions({ selected, onDone }: { readonly selected: readonly Item[]; readonly onDone: () => void }) {
  const { t } = useTexts();
  const queries = useQueryClient();
  const { kind } = useBulk();
  const isBusy = kind !== "none" && kind !== "asked";
  const possible = ACTIONS.filter((action) =>
    selected.some(({ advice }) => advice.can.some((one) => one.action === action)),
  );
  return (
    <div className="flex flex-wrap items-center gap-2">
      {possible.map((action) => (
        <button
          key={action}
          type="button"
          className="control"
          disabled={isBusy}
          onClick={() =>
            askBulk({
              ...{ action, newestFirst: selected, confirmed: onDone },
              settled: () => void queries.invalidateQueries(),
            })
          }
        >
          {t(`act.${action}.asks`)}
        </button>
      ))}
      <button type="button" className="control" onClick={onDone}>
        {t("bulk.clear")}
      </button>
      {isBusy && <span className="text-soft">{t("bulk.busy")}</span>}
    </div>
  );
}
