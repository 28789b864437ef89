/** Where a moment is drawn. Linear, but a long time in which nothing works is cut out, unless the true scale is wanted. */
import type { Row, RowKind } from "./rows.ts";

export interface Cut {
  /** Epoch ms. */
  readonly from: number;
  readonly to: number;
}

export interface Axis {
  readonly startAt: number;
  readonly endAt: number;
  readonly cuts: readonly Cut[];
  /** 0 to 1; what is outside is drawn at the edge. */
  position(at: number): number;
}

/** A gap this many times as long as all the rest is cut. */
const CUT_FACTOR = 5;
/** Nothing shorter is worth a cut, ms. */
const REST_LEAST_MS = 100;
/** What all cuts take of the width at most, and one of them. */
const CUTS_MOST = 0.4;
const CUT_SHARE = 0.08;

/** In these somebody works, or a timer that was chosen runs: that time is never cut, so that what was slow looks slow. */
const WORKS: ReadonlySet<RowKind> = new Set(["quiet", "agent", "earlier", "call"]);
/** A token lives on when all is done: its end doesn't stretch the axis. */
const OUTLIVES: ReadonlySet<RowKind> = new Set(["token"]);

export function axisOf(zeroAt: number, rows: readonly Row[], isTrueScale: boolean): Axis {
  const instants = instantsOf(zeroAt, rows);
  const endAt = Math.max(instants.at(-1) ?? zeroAt, zeroAt + 1);
  const cuts = isTrueScale ? [] : cutsOf(instants, rows);
  return { startAt: zeroAt, endAt, cuts, position: positionsOf(zeroAt, endAt, cuts) };
}

/** When something begins, ends or is marked, in order. */
function instantsOf(zeroAt: number, rows: readonly Row[]): readonly number[] {
  const fixed = rows.filter(({ kind }) => !OUTLIVES.has(kind));
  const endAt = Math.max(zeroAt, ...fixed.flatMap((row) => [row.endAt, ...row.marks.map((mark) => mark.at)]));
  const all = rows.flatMap((row) => [row.startAt, row.endAt, ...row.marks.map((mark) => mark.at)]);
  return [...new Set([zeroAt, ...all.filter((at) => at >= zeroAt && at <= endAt)])].toSorted((a, b) => a - b);
}

function cutsOf(instants: readonly number[], rows: readonly Row[]): readonly Cut[] {
  const working = rows.filter(({ kind }) => WORKS.has(kind));
  const isIdle = ({ from, to }: Cut) => working.every(({ startAt, endAt }) => endAt <= from || startAt >= to);
  const gaps = instants
    .slice(1)
    .map((to, index) => ({ from: instants[index] ?? to, to }))
    .filter(isIdle);
  // From the shortest: once one is long beside all that is shorter, so are those after it.
  let restMs = totalOf(instants) - gaps.reduce((total, gap) => total + lengthOf(gap), 0);
  const byLength = gaps.toSorted((one, other) => lengthOf(one) - lengthOf(other));
  const firstCut = byLength.findIndex((gap) => {
    if (lengthOf(gap) > CUT_FACTOR * Math.max(restMs, REST_LEAST_MS)) return true;
    restMs += lengthOf(gap);
    return false;
  });
  if (firstCut === -1) return [];
  return byLength
    .slice(firstCut)
    .toSorted((one, other) => one.from - other.from)
    .reduce<readonly Cut[]>(joined, []);
}

/** Cuts that touch are one. */
function joined(cuts: readonly Cut[], next: Cut): readonly Cut[] {
  const last = cuts.at(-1);
  return last?.to === next.from ? [...cuts.slice(0, -1), { from: last.from, to: next.to }] : [...cuts, next];
}

const totalOf = (instants: readonly number[]) => (instants.at(-1) ?? 0) - (instants[0] ?? 0);

function positionsOf(startAt: number, endAt: number, cuts: readonly Cut[]): (at: number) => number {
  const share = Math.min(CUT_SHARE, CUTS_MOST / Math.max(1, cuts.length));
  const linearMs = endAt - startAt - cuts.reduce((total, cut) => total + lengthOf(cut), 0);
  const scale = linearMs <= 0 ? 0 : (1 - share * cuts.length) / linearMs;
  return (at) => {
    const inside = Math.min(Math.max(at, startAt), endAt);
    let cutMs = 0;
    let drawn = 0;
    for (const cut of cuts) {
      const passed = Math.min(Math.max(inside - cut.from, 0), lengthOf(cut));
      cutMs += passed;
      drawn += (share * passed) / lengthOf(cut);
    }
    return Math.min(1, Math.max(0, (inside - startAt - cutMs) * scale + drawn));
  };
}

/** Moments for the lines of the axis: round, at most about six, none in a cut. In ms from the start. */
export function gridOf({ startAt, endAt, cuts }: Axis): readonly number[] {
  const linearMs = endAt - startAt - cuts.reduce((total, cut) => total + lengthOf(cut), 0);
  const stepMs = roundStep(linearMs / 5);
  const lines: number[] = [];
  let from = startAt;
  for (const { from: to, to: next } of [...cuts, { from: endAt, to: endAt }]) {
    for (let n = Math.ceil((from - startAt) / stepMs); startAt + n * stepMs <= to; n += 1) lines.push(n * stepMs);
    from = next;
  }
  return lines;
}

function roundStep(ms: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(ms, 1)));
  return power * ([1, 2, 5].find((factor) => factor * power >= ms) ?? 10);
}

const lengthOf = ({ from, to }: Cut) => to - from;
