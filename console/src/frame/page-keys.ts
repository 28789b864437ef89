/** Keys whose meaning is the page's: what is shown says what they do, and the newest of several that say so is meant. */
import { useEffect, useEffectEvent } from "react";

type PageKey = "raw" | "close";

interface Meaning {
  readonly key: PageKey;
  readonly run: () => void;
}

let meanings: readonly Meaning[] = [];

/** While it is shown, the key does this. */
export function usePageKey(key: PageKey, run: () => void): void {
  const latest = useEffectEvent(run);
  useEffect(() => {
    const meaning: Meaning = { key, run: () => latest() };
    meanings = [...meanings, meaning];
    return () => {
      meanings = meanings.filter((one) => one !== meaning);
    };
  }, [key]);
}

/** Whether anything was meant by it. */
export function runPageKey(key: PageKey): boolean {
  const meaning = meanings.findLast((one) => one.key === key);
  meaning?.run();
  return meaning !== undefined;
}
