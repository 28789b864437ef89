import { type KeyboardEvent, useRef } from "react";
import { useTexts } from "../../texts/texts.tsx";
import { Said } from "../../view/said.tsx";
import type { Axis } from "./axis.ts";
import { AxisGrid, AxisHead } from "./axis-head.tsx";
import { RowIcon } from "./row-icon.tsx";
import type { Row } from "./rows.ts";
import { Track } from "./track.tsx";
import { written, writtenValue } from "./written.tsx";

interface WaterfallProps {
  readonly rows: readonly Row[];
  readonly axis: Axis;
  readonly selectedId: string | undefined;
  onSelect(id: string): void;
}

/** The rows with their bars. The arrows walk them, Enter opens one. */
export function Waterfall({ rows, axis, selectedId, onSelect }: WaterfallProps) {
  const { t } = useTexts();
  const list = useRef<HTMLOListElement>(null);
  const walk = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step === 0) return;
    const buttons = [...(list.current?.querySelectorAll("button") ?? [])];
    const next = buttons[buttons.findIndex((button) => button.matches(":focus")) + step];
    event.preventDefault();
    next?.focus();
  };
  const entry = rows.find(({ id }) => id === selectedId) ?? rows[0];
  return (
    <div className="panel p-2">
      <div className="waterfall-row px-2">
        <span className="hidden md:block" />
        <AxisHead axis={axis} />
      </div>
      <div className="relative">
        <div className="waterfall-row absolute inset-0 px-2">
          <span className="hidden md:block" />
          <span className="relative hidden md:block">
            <AxisGrid axis={axis} />
          </span>
        </div>
        <ol ref={list} aria-label={t("turn.rows")} onKeyDown={walk} className="relative">
          {rows.map((row) => (
            <li key={row.id} data-row={row.id}>
              <button
                type="button"
                data-opens=""
                tabIndex={row === entry ? 0 : -1}
                aria-pressed={row.id === selectedId}
                className="waterfall-row w-full rounded px-2 py-1 text-start hover:bg-raised aria-pressed:bg-accent-soft"
                onClick={() => onSelect(row.id)}
              >
                <RowName row={row} />
                <Track row={row} axis={axis} />
              </button>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function RowName({ row }: { readonly row: Row }) {
  const texts = useTexts();
  return (
    <span className={`flex min-w-0 gap-2 ${row.depth === 1 ? "ps-6" : ""}`}>
      <RowIcon row={row} />
      <span className="min-w-0">
        <span className="font-medium">{texts.t(`turn.row.${row.kind}`)}</span>{" "}
        <span className="text-soft">{written(row.label, texts)}</span>
        {row.said !== null && (
          <Said className="line-clamp-2 text-xs text-soft">{`${writtenValue(row.said, texts)}`}</Said>
        )}
      </span>
    </span>
  );
}
