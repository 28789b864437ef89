import { useEffect, useEffectEvent, useRef } from "react";
import { usePages } from "../pages/use-pages.ts";
import { preferences } from "../preferences/preferences-store.ts";
import { type KeyCommand, type PendingKey, readKey } from "./keys.ts";

export function useKeys(onCommand: (command: KeyCommand) => void): void {
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
    if (read.command === null) return;
    event.preventDefault();
    onCommand(read.command);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
}

function isTaken(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest("input, textarea, select, [role=dialog]") !== null;
}
