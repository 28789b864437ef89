import { type RefObject, useCallback, useEffect, useLayoutEffect, useRef, useState } from "react";
import type { Group } from "./transcript-model.ts";
import { type Drawn, drawnOf, held, type Place, stepBack, stepOn } from "./transcript-window.ts";

/** Nearer to the end than this it is the end. */
const END_PX = 24;

/** So many groups are drawn before the one at which it begins. */
const BEFORE_FIRST = 5;
/** So far below the upper edge it stands then. */
const ABOVE_FIRST_PX = 16;

/** Where a group stands, so that it can be put there again. */
interface Anchor {
  readonly key: string;
  /** Below the box's upper edge, in px. */
  readonly top: number;
}

export interface ReadingPlace extends Drawn {
  readonly box: RefObject<HTMLElement | null>;
  /** The newest is on screen, and what comes is followed. */
  readonly isAtEnd: boolean;
  onScroll(): void;
  toOlder(): void;
  toNewer(): void;
  toEnd(): void;
}

/**
 * Follows the end while somebody is there. Elsewhere what is read stays where it is, whatever comes above or below it.
 * `first`: the group at which it begins, as soon as that is known; `null`: at the end, also once no such group is found.
 */
export function useReadingPlace(groups: readonly Group[], isRaw: boolean, first: string | null): ReadingPlace {
  const box = useRef<HTMLElement>(null);
  const anchor = useRef<Anchor | null>(null);
  /** The group at which it begins, until it was drawn. */
  const sought = useRef(first);
  const [isAtEnd, setIsAtEnd] = useState(first === null);
  const [place, setPlace] = useState<Place>(first === null ? null : { key: first, back: BEFORE_FIRST });
  const drawn = drawnOf(groups, place);
  const endsWithNewest = drawn.to === groups.length;
  const keep = useCallback(() => {
    const element = box.current;
    if (element === null) return;
    const found = isAtEnd ? undefined : groupsIn(element).find(({ dataset }) => dataset.group === sought.current);
    if (isAtEnd) element.scrollTop = element.scrollHeight;
    else if (found !== undefined) element.scrollTop += topIn(element, found) - ABOVE_FIRST_PX;
    else element.scrollTop += movedBy(element, anchor.current);
    if (isAtEnd || found !== undefined) sought.current = null;
    anchor.current = anchorIn(element);
  }, [isAtEnd]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: each change of what is drawn may move what is read.
  useLayoutEffect(keep, [keep, groups, drawn.from, drawn.to, isRaw]);
  useEffect(() => {
    if (first !== null || sought.current === null) return;
    setPlace(null);
    setIsAtEnd(true);
  }, [first]);
  useEffect(() => {
    const element = box.current;
    if (element === null || !isAtEnd) return;
    // What stands above it may grow.
    const observer = new ResizeObserver(() => {
      element.scrollTop = element.scrollHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, [isAtEnd]);
  return {
    ...drawn,
    box,
    isAtEnd,
    onScroll: () => {
      const element = box.current;
      if (element === null) return;
      anchor.current = anchorIn(element);
      const isLow = element.scrollTop + element.clientHeight >= element.scrollHeight - END_PX;
      const isThere = endsWithNewest && isLow;
      if (isThere === isAtEnd) return;
      setIsAtEnd(isThere);
      setPlace(isThere ? null : held(groups, drawn));
    },
    toOlder: () => {
      sought.current = null;
      setIsAtEnd(false);
      setPlace(stepBack(groups, drawn));
    },
    toNewer: () => {
      sought.current = null;
      setPlace(stepOn(groups, drawn));
    },
    toEnd: () => {
      setPlace(null);
      setIsAtEnd(true);
    },
  };
}

const groupsIn = (box: HTMLElement) => [...box.querySelectorAll<HTMLElement>("[data-group]")];
const topIn = (box: HTMLElement, group: HTMLElement) =>
  group.getBoundingClientRect().top - box.getBoundingClientRect().top;

/** The first group of which something is on screen. */
function anchorIn(box: HTMLElement): Anchor | null {
  const group = groupsIn(box).find((one) => topIn(box, one) + one.offsetHeight > 0);
  const key = group?.dataset.group;
  return group === undefined || key === undefined ? null : { key, top: topIn(box, group) };
}

/** In px; positive: it stands lower than before. */
function movedBy(box: HTMLElement, anchor: Anchor | null): number {
  const group = anchor === null ? undefined : groupsIn(box).find(({ dataset }) => dataset.group === anchor.key);
  return anchor === null || group === undefined ? 0 : topIn(box, group) - anchor.top;
}
