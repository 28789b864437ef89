import { useRef, useState } from "react";
import { usePageKey } from "../../frame/page-keys.ts";
import type { TextKey } from "../../texts/catalogue.ts";
import { useTexts } from "../../texts/texts.tsx";
import { CopiedId } from "../../view/copied-id.tsx";
import { PageLink } from "../../view/page-link.tsx";
import { Said } from "../../view/said.tsx";
import { useKeptFocus } from "../../view/use-kept-focus.ts";
import { useNow } from "../../view/use-now.ts";
import { axisOf } from "./axis.ts";
import { ItemActions } from "./item-actions.tsx";
import { RawView } from "./raw-view.tsx";
import { Rehearsal } from "./rehearsal.tsx";
import type { Detail } from "./rows.ts";
import { SpanPanel } from "./span-panel.tsx";
import { SpanTable } from "./span-table.tsx";
import { summaryOf } from "./summary.ts";
import { SummaryLine } from "./summary-line.tsx";
import { rowsOf } from "./turn-rows.ts";
import { TURN_VIEWS, type TurnSearch, type TurnViewKind } from "./turn-view.ts";
import { Waterfall } from "./waterfall.tsx";

const VIEW_TEXTS = {
  waterfall: "turn.view.waterfall",
  table: "turn.view.table",
  raw: "turn.view.raw",
} as const satisfies Record<TurnViewKind, TextKey>;

interface ItemViewProps {
  readonly detail: Detail;
  readonly search: TurnSearch;
  onSearch(search: TurnSearch): void;
}

/** A turn, or a delivery that has none, in the view that the address names. */
export function ItemView({ detail, search, onSearch }: ItemViewProps) {
  const { t } = useTexts();
  const now = useNow();
  const whole = useRef<HTMLDivElement>(null);
  const box = useRef<HTMLDivElement>(null);
  useKeptFocus(whole);
  const [isTrueScale, setIsTrueScale] = useState(false);
  const rows = rowsOf(detail, now);
  const axis = axisOf(rows.zeroAt, rows.rows, isTrueScale);
  const { span, view = "waterfall" } = search;
  const selected = rows.rows.find(({ id }) => id === span);
  const select = (id: string | undefined) =>
    onSearch({ ...(id === undefined ? {} : { span: id }), ...(view === "waterfall" ? {} : { view }) });
  usePageKey("raw", () => onSearch(withView(search, view === "raw" ? "waterfall" : "raw")));
  return (
    <div ref={whole} tabIndex={-1} className="outline-none">
      <Heading detail={detail} zeroAt={rows.zeroAt} />
      <SummaryLine summary={summaryOf(detail, rows)} />
      <ItemActions detail={detail} />
      <Rehearsal key={detail.item.id} detail={detail} />
      <div className="mb-3 flex flex-wrap items-center gap-3">
        <ViewChoice view={view} onChoose={(next) => onSearch(withView(search, next))} />
        {view === "waterfall" && (
          <label className="inline-flex min-h-6 items-center gap-2">
            <input
              type="checkbox"
              checked={isTrueScale}
              onChange={({ target }) => setIsTrueScale(target.checked)}
              className="size-4"
            />
            {t("turn.trueScale")}
          </label>
        )}
      </div>
      {view === "raw" && <RawView detail={detail} />}
      {view === "table" && <SpanTable rows={rows} />}
      {view === "waterfall" && (
        <div ref={box} className={selected === undefined ? "" : "grid gap-3 xl:grid-cols-[minmax(0,1fr)_22rem]"}>
          <Waterfall rows={rows.rows} axis={axis} selectedId={span} onSelect={select} />
          {selected !== undefined && (
            <SpanPanel
              row={selected}
              zeroAt={rows.zeroAt}
              onClose={() => {
                box.current?.querySelector<HTMLElement>("[aria-pressed=true]")?.focus();
                select(undefined);
              }}
            />
          )}
        </div>
      )}
    </div>
  );
}

function withView({ span }: TurnSearch, view: TurnViewKind): TurnSearch {
  return { ...(span === undefined ? {} : { span }), ...(view === "waterfall" ? {} : { view }) };
}

function Heading({ detail: { item }, zeroAt }: { readonly detail: Detail; readonly zeroAt: number }) {
  const { t, exact } = useTexts();
  const { channel, account, peerId, conversationId } = item.conversation;
  return (
    <div className="mb-3 flex flex-wrap items-start gap-x-6 gap-y-1">
      <CopiedId id={item.id} name={t("turn.id")} />
      <PageLink to={`/c/${encodeURIComponent(conversationId)}?turn=${encodeURIComponent(item.id)}`}>
        <Said>{`${channel}/${account}`}</Said> <Said>{peerId}</Said>
      </PageLink>
      <span className="text-soft">{t("turn.zero", { at: exact(zeroAt) })}</span>
    </div>
  );
}

function ViewChoice({ view, onChoose }: { readonly view: TurnViewKind; onChoose(view: TurnViewKind): void }) {
  const { t } = useTexts();
  return (
    <fieldset className="flex gap-1" aria-label={t("turn.view")}>
      {TURN_VIEWS.map((one) => (
        <button
          key={one}
          type="button"
          className="control aria-pressed:border-accent aria-pressed:bg-accent-soft"
          aria-pressed={one === view}
          onClick={() => onChoose(one)}
        >
          {t(VIEW_TEXTS[one])}
        </button>
      ))}
    </fieldset>
  );
}
