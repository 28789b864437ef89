/** The live stream of this tab: follows it while the tab is seen, and rests a minute after it was last seen. */
import { useSyncExternalStore } from "react";
import { followPreferences, preferences } from "../preferences/preferences-store.ts";
import { type FeedLink, openFeedLink } from "./feed-link.ts";
import { type FeedEvent, type FeedState, NO_FEED, reduceFeed } from "./feed-state.ts";

const REST_AFTER_MS = 60_000;

const listeners = new Set<() => void>();
let current = NO_FEED;

export function useFeed(): FeedState {
  return useSyncExternalStore(follow, () => current);
}

function follow(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function change(next: FeedState): void {
  if (next === current) return;
  current = next;
  for (const listener of listeners) listener();
}

const apply = (event: FeedEvent) => change(reduceFeed(current, event));

/** Follows the stream until the function that it gives is called. `refused`: see `FeedLinkDeps`. */
export function startFeed(refused: () => void): () => void {
  let link: FeedLink | null = null;
  let resting: ReturnType<typeof setTimeout> | undefined;
  const open = () => {
    link ??= openFeedLink({ apply, adopt: change, state: () => current, refused });
  };
  const close = () => {
    link?.close();
    link = null;
  };
  const onVisibility = () => {
    clearTimeout(resting);
    if (document.visibilityState === "visible") {
      if (link === null) apply({ kind: "connecting" });
      open();
    } else {
      resting = setTimeout(() => {
        close();
        apply({ kind: "resting" });
      }, REST_AFTER_MS);
    }
  };
  let { words } = preferences();
  const unfollow = followPreferences(() => {
    if (words === preferences().words) return;
    words = preferences().words;
    // What was heard with words goes, too.
    change(NO_FEED);
    if (link === null) return;
    close();
    open();
  });
  document.addEventListener("visibilitychange", onVisibility);
  open();
  return () => {
    document.removeEventListener("visibilitychange", onVisibility);
    clearTimeout(resting);
    unfollow();
    close();
    change(NO_FEED);
  };
}
