import { X } from "lucide-react";
import { usePageKey } from "../../frame/page-keys.ts";
import { useTexts } from "../../texts/texts.tsx";
import { RowIcon } from "./row-icon.tsx";
import type { Row } from "./rows.ts";
import { ValueView, written } from "./written.tsx";

/** All that is known of one row. */
export function SpanPanel({ row, zeroAt, onClose }: { readonly row: Row; readonly zeroAt: number; onClose(): void }) {
  const texts = useTexts();
  const { t, duration } = texts;
  usePageKey("close", onClose);
  const name = t(`turn.row.${row.kind}`);
  return (
    <section aria-label={t("turn.panel", { name })} className="panel min-w-0 p-3">
      <div className="mb-2 flex items-start justify-between gap-2">
        <h2 className="flex min-w-0 gap-2 font-medium">
          <RowIcon row={row} />
          <span>
            {name} <span className="font-normal text-soft">{written(row.label, texts)}</span>
          </span>
        </h2>
        <button type="button" className="control" aria-label={t("turn.panel.close")} onClick={onClose}>
          <X size={16} aria-hidden />
        </button>
      </div>
      <p className="mb-2 text-soft">
        {row.isOpen
          ? t("turn.panel.open", { from: duration(row.startAt - zeroAt) })
          : t("turn.panel.span", { from: duration(row.startAt - zeroAt), to: duration(row.endAt - zeroAt) })}
      </p>
      <dl className="grid gap-x-3 gap-y-1">
        {row.facts.map(({ name: fact, value }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a fact may come twice, as the copies of an event do.
          <div key={index} className="border-t border-line pt-1">
            <dt className="text-xs text-soft">{t(fact)}</dt>
            <dd>
              <ValueView value={value} name={fact} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
