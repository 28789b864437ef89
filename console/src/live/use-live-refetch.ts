import { useEffect, useRef } from "react";
import type { FeedEntryWire } from "../../../src/http/admin/wire.ts";
import { useFeed } from "./feed-store.ts";
import { createThrottle, type Throttle } from "./throttle.ts";

const EVERY_MS = 1_000;

/** Asks anew when the live stream has a line that `isAbout` knows, at most once a second and never twice at the same time. */
export function useLiveRefetch(isAbout: (line: FeedEntryWire) => boolean, refetch: () => Promise<unknown>): void {
  const { lines } = useFeed();
  const seen = useRef(lines.at(-1)?.id);
  const latest = useRef({ isAbout, refetch });
  const throttle = useRef<Throttle | null>(null);
  useEffect(() => {
    latest.current = { isAbout, refetch };
  });
  useEffect(() => {
    const own = createThrottle(() => latest.current.refetch(), EVERY_MS);
    throttle.current = own;
    return () => own.stop();
  }, []);
  useEffect(() => {
    const at = lines.findLastIndex(({ id }) => id === seen.current);
    seen.current = lines.at(-1)?.id;
    if (lines.slice(at + 1).some((line) => latest.current.isAbout(line))) throttle.current?.ask();
  }, [lines]);
}
