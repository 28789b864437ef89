/** The right half of a row: its bar on the axis, with its marks. Only drawn: the left half says the same in words. */
import type { Axis } from "./axis.ts";
import type { Row } from "./rows.ts";

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

export function Track({ row, axis }: { readonly row: Row; readonly axis: Axis }) {
  const from = axis.position(row.startAt);
  const to = axis.position(row.endAt);
  const goesOn = row.isOpen || row.endAt > axis.endAt;
  return (
    <span aria-hidden className="relative block h-6">
      {row.kind === "token" ? (
        <TokenLine row={row} axis={axis} />
      ) : (
        <span
          className={`bar bar-${row.kind} tone-${row.tone} ${goesOn ? "bar-open" : ""}`}
          style={{ left: percent(from), width: percent(to - from) }}
        />
      )}
      {row.marks.map((mark, index) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: two copies may have come in the same millisecond.
          key={`${mark.at} ${index}`}
          className={`mark mark-${mark.kind}`}
          style={{ left: percent(axis.position(mark.at)) }}
        />
      ))}
    </span>
  );
}

/** Green while it is free, grey once it is spent, and a red end where it dies unused. */
function TokenLine({ row, axis }: { readonly row: Row; readonly axis: Axis }) {
  const spentAt = row.marks.find(({ kind }) => kind === "spent")?.at;
  const from = axis.position(row.startAt);
  const freeTo = axis.position(Math.min(spentAt ?? row.endAt, row.endAt));
  const to = axis.position(row.endAt);
  return (
    <>
      <span className="token-line token-free" style={{ left: percent(from), width: percent(freeTo - from) }} />
      {spentAt !== undefined && (
        <span className="token-line token-spent" style={{ left: percent(freeTo), width: percent(to - freeTo) }} />
      )}
      {row.endAt <= axis.endAt && <span className="token-end" style={{ left: percent(to) }} />}
    </>
  );
}
