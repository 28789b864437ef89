import { useTexts } from "../../texts/texts.tsx";
import { type Axis, gridOf } from "./axis.ts";

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;
/** Texts closer than this would lie over each other. */
const APART_LEAST = 0.12;

interface Labelled {
  readonly at: number;
  readonly text: string;
  readonly isCut: boolean;
}

/** The times over the bars, from time 0, and how long each cut is. */
export function AxisHead({ axis }: { readonly axis: Axis }) {
  const { t, duration } = useTexts();
  const cuts = axis.cuts.map((cut) => ({
    at: (axis.position(cut.from) + axis.position(cut.to)) / 2,
    text: t("turn.cut", { time: duration(cut.to - cut.from) }),
    isCut: true,
  }));
  const grid = gridOf(axis).map((ms) => ({
    at: axis.position(axis.startAt + ms),
    text: duration(ms),
    isCut: false,
  }));
  return (
    <div className="relative h-6 text-xs text-soft" aria-hidden>
      {apart([...cuts, ...grid]).map(({ at, text, isCut }) => (
        <span
          key={`${at} ${text}`}
          className={`absolute whitespace-nowrap ${isCut ? "-translate-x-1/2 text-warn" : shiftOf(at)}`}
          style={{ left: percent(at) }}
        >
          {text}
        </span>
      ))}
    </div>
  );
}

/** Cuts come first: they are kept. */
function apart(all: readonly Labelled[]): readonly Labelled[] {
  const kept: Labelled[] = [];
  for (const one of all) if (kept.every(({ at }) => Math.abs(at - one.at) >= APART_LEAST)) kept.push(one);
  return kept;
}

const shiftOf = (at: number) => (at < 0.02 ? "" : at > 0.95 ? "-translate-x-full" : "-translate-x-1/2");

/** Lines and cuts behind the bars of all rows. */
export function AxisGrid({ axis }: { readonly axis: Axis }) {
  return (
    <div className="pointer-events-none absolute inset-0" aria-hidden>
      {gridOf(axis).map((ms) => (
        <span key={ms} className="grid-line" style={{ left: percent(axis.position(axis.startAt + ms)) }} />
      ))}
      {axis.cuts.map(({ from, to }) => (
        <span
          key={from}
          className="axis-cut"
          style={{ left: percent(axis.position(from)), width: percent(axis.position(to) - axis.position(from)) }}
        />
      ))}
    </div>
  );
}
