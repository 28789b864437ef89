import { useEffect, useEffectEvent, useRef } from "react";
import { usePages } from "../pages/use-pages.ts";
import { preferences } from "../preferences/preferences-store.ts";
import { type KeyCommand, type PendingKey, readKey } from "./keys.ts";

/** `onCommand` says whether it did anything: then the key isn't the browser's any more. */
export function useKeys(onCommand: (command: KeyCommand) => boolean): void {
  const pending = useRef<PendingKey>(null);
  const pages = usePages();
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    const press = {
      key: event.key,
      at: event.timeStamp,
      isTaken: isTaken(event.target) || event.defaultPrevented,
      hasModifier: event.ctrlKey || event.altKey || event.metaKey,
    };
    const read = readKey(pending.current, press, { singleKeys: preferences().singleKeys, pages });
    pending.current = read.pending;
    if (read.command !== null && onCommand(read.command)) event.preventDefault();
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}

/** A checkbox takes the space bar only, which is no key of ours. */
const TAKES_KEYS = "input:not([type=checkbox]), textarea, select, [role=dialog]";

function isTaken(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TAKES_KEYS) !== null;
}
