import { type FocusEvent, type KeyboardEvent, useState } from "react";
import { moveRow, ROW } from "./rows.ts";
import { drawnRows } from "./rows-in-sight.ts";

interface Sight {
  readonly from: number;
  readonly to: number;
  /** The first row of which nothing is out of sight. */
  readonly first: number;
}

/** A long list that Tab enters and leaves at once; in it the arrows walk the rows. */
export function useRovingRows(ids: readonly string[], { first, ...sight }: Sight) {
  const [last, setLast] = useState<string | null>(null);
  const [hasFocus, setHasFocus] = useState(false);
  const at = last === null ? -1 : ids.indexOf(last);
  const drawn = drawnRows(sight, hasFocus ? at : -1, ids.length);
  return {
    /** The rows to draw, by their places. */
    drawn,
    /** The one that Tab leads to. */
    stop: drawn.includes(at) ? at : Math.min(first, ids.length - 1),
    list: {
      onFocus: ({ target }: FocusEvent) => {
        setLast(target.closest<HTMLElement>(ROW)?.dataset.row ?? null);
        setHasFocus(true);
      },
      onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => {
        if (!currentTarget.contains(relatedTarget)) setHasFocus(false);
      },
      onKeyDown: (event: KeyboardEvent) => {
        const by = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : null;
        if (by !== null && moveRow(by)) event.preventDefault();
      },
    },
  };
}
