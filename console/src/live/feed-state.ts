/** What the console knows of the live stream, as a pure reducer: the tab that has the stream and those beside it run the same. */
import type { FeedEntryWire } from "../../../src/http/admin/wire.ts";

/** The newest so many lines are kept. */
export const LINES_MAX = 2_000;

/**
 * - `connecting`: nothing was heard yet.
 * - `live`
 * - `lost`: the stream broke off; it is tried again by itself.
 * - `resting`: the tab wasn't seen for a while, and follows nothing until it is.
 */
export type FeedStatus = "connecting" | "live" | "lost" | "resting";

export interface FeedState {
  readonly status: FeedStatus;
  /** The process whose lines these are; `null`: none was heard yet. */
  readonly owner: string | null;
  /** How many processes there are; `null`: not known. */
  readonly nodes: number | null;
  /** Oldest first. */
  readonly lines: readonly FeedEntryWire[];
  /** Of the last thing heard, epoch ms. */
  readonly lastAt: number | null;
  /** Grows when something may have been missed: then what is on screen is asked for again. */
  readonly gaps: number;
}

export type FeedEvent =
  | { readonly kind: "hello"; readonly owner: string; readonly nodes: number | null; readonly at: number }
  | { readonly kind: "lines"; readonly lines: readonly FeedEntryWire[]; readonly at: number }
  | { readonly kind: "gap" }
  | { readonly kind: "lost" }
  | { readonly kind: "resting" }
  | { readonly kind: "connecting" };

export const NO_FEED: FeedState = {
  status: "connecting",
  owner: null,
  nodes: null,
  lines: [],
  lastAt: null,
  gaps: 0,
};

export function reduceFeed(state: FeedState, event: FeedEvent): FeedState {
  switch (event.kind) {
    case "hello": {
      const isOther = state.owner !== null && state.owner !== event.owner;
      const { owner, nodes, at } = event;
      return { ...state, status: "live", owner, nodes, lastAt: at, gaps: state.gaps + (isOther ? 1 : 0) };
    }
    case "lines":
      return withLines({ ...state, lastAt: event.at }, event.lines);
    case "gap":
      return { ...state, gaps: state.gaps + 1 };
    case "lost":
    case "resting":
    case "connecting":
      return { ...state, status: event.kind };
    default:
      return event satisfies never;
  }
}

/** A stream that begins anew tells again what was told: each line counts once. */
function withLines(state: FeedState, lines: readonly FeedEntryWire[]): FeedState {
  const fresh: FeedEntryWire[] = [];
  let last = state.lines.at(-1);
  let missed = false;
  for (const line of lines) {
    const [before, now] = [last === undefined ? null : placeOf(last), placeOf(line)];
    const isSame = before !== null && before.owner === now.owner;
    if (isSame && now.number <= before.number) continue;
    fresh.push(line);
    if (isSame && now.number > before.number + 1) missed = true;
    last = line;
  }
  if (fresh.length === 0) return state;
  return { ...state, lines: [...state.lines, ...fresh].slice(-LINES_MAX), gaps: state.gaps + (missed ? 1 : 0) };
}

/** A line's id is `<owner>.<number>`. */
function placeOf({ id }: FeedEntryWire): { readonly owner: string; readonly number: number } {
  const dot = id.lastIndexOf(".");
  return { owner: id.slice(0, dot), number: Number(id.slice(dot + 1)) };
}
