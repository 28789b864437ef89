import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useMayOperate } from "../../actions/use-may-operate.ts";
import { newestWaitingQuery, waitingQuery } from "../../client/lists.ts";
import { useTexts } from "../../texts/texts.tsx";
import { OlderButton } from "../../view/older-button.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { QueryView } from "../../view/query-view.tsx";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import { countNew } from "./count-new.ts";
import { type Filter, narrows, paramsOf, statesOf } from "./filter.ts";
import { ItemCard } from "./item-card.tsx";
import { isSelected, NOTHING, select } from "./selection.ts";
import { SelectionBar } from "./selection-bar.tsx";

export function WaitingList({ filter }: { readonly filter: Filter }) {
  const { t } = useTexts();
  const mayOperate = useMayOperate();
  const [selection, setSelection] = useState(NOTHING);
  const box = useRef<HTMLDivElement>(null);
  useKeptFocus(box);
  const asked = { key: filter, params: () => paramsOf(filter, Date.now()) };
  const list = useInfiniteQuery(waitingQuery(asked));
  const { data: newest } = useQuery(newestWaitingQuery(asked));
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  const newCount = items.length === 0 ? 0 : countNew(newest?.items ?? [], items);
  return (
    <div ref={box} tabIndex={-1} className="outline-none">
      <div className="sticky top-0 z-10 mb-3 flex flex-col gap-2 bg-page empty:hidden">
        {mayOperate && items.length > 0 && (
          <SelectionBar
            filter={filter}
            shown={items}
            hasMore={list.hasNextPage}
            selection={selection}
            onSelect={setSelection}
          />
        )}
        {newCount > 0 && (
          <button
            type="button"
            className="control control-main mx-auto flex rounded-full shadow-lg"
            onClick={() => void list.refetch()}
          >
            {t("needsYou.new", { count: newCount })}
          </button>
        )}
      </div>
      <QueryView
        result={list}
        empty={{ is: () => items.length === 0 && !list.hasNextPage, text: <Empty filter={filter} /> }}
      >
        {() => (
          <ol className="flex flex-col gap-3" aria-label={t("page.needsYou")}>
            {items.map((item) => (
              <ItemCard
                key={item.id}
                item={item}
                isSelected={isSelected(selection, item.id)}
                onSelect={
                  mayOperate ? (isWanted) => setSelection((before) => select(before, [item], isWanted)) : undefined
                }
              />
            ))}
          </ol>
        )}
      </QueryView>
      <OlderButton list={list} />
    </div>
  );
}

/** Says what was looked for, and leads to all of it where a filter may have left something out. */
export function Empty({ filter }: { readonly filter: Filter }) {
  const { t } = useTexts();
  const states = statesOf(filter)
    .map((state) => t(`state.${state}`))
    .join(", ");
  if (!narrows(filter)) return t("needsYou.empty", { states });
  return (
    <>
      {t("needsYou.emptyFiltered", { states })}{" "}
      <PageLink to={filter.state === undefined ? "/needs-you" : `/needs-you?state=${filter.state}`}>
        {t("needsYou.unfiltered")}
      </PageLink>
    </>
  );
}
