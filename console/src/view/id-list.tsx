import { useState } from "react";
import { PageLink } from "./page-link.tsx";
import { rowsInSight } from "./rows-in-sight.ts";
import { Scrolled } from "./scrolled.tsx";

/** Every row is this high, so that the place of each is known without drawing the others. */
const ROW_PX = 28;
const HEIGHT_PX = 196;

/** Ids of turns and deliveries, of which there may be thousands. */
export function IdList({ name, ids }: { readonly name: string; readonly ids: readonly string[] }) {
  const [scrollTop, setScrollTop] = useState(0);
  const { from, to } = rowsInSight({ scrollTop, height: HEIGHT_PX }, ROW_PX, ids.length);
  return (
    <Scrolled
      name={name}
      className="max-h-49 overflow-y-auto rounded border border-line focus-visible:-outline-offset-2"
      onScroll={setScrollTop}
    >
      <ol className="relative" style={{ height: ids.length * ROW_PX }}>
        {ids.slice(from, to).map((id, index) => (
          <li
            key={id}
            aria-setsize={ids.length}
            aria-posinset={from + index + 1}
            className="absolute inset-x-0 truncate px-2 font-mono text-xs leading-7"
            style={{ height: ROW_PX, transform: `translateY(${(from + index) * ROW_PX}px)` }}
          >
            <PageLink to={addressOfItem(id)}>{id}</PageLink>
          </li>
        ))}
      </ol>
    </Scrolled>
  );
}

/** By what its id begins with. */
export function addressOfItem(id: string): string {
  return `/${id.startsWith("turn_") ? "t" : "d"}/${encodeURIComponent(id)}`;
}
