import { type RefObject, useEffect } from "react";
import { opener, ROW } from "./rows.ts";

/**
 * When an update takes away what has the focus, the row that is then in its place has it, or the box itself, so that a person
 * with a keyboard or a screen reader isn't sent back to the top of the page.
 */
export function useKeptFocus(box: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const element = box.current;
    if (element === null) return;
    let last: { readonly focused: Element; readonly index: number } | null = null;
    const onFocus = ({ target }: FocusEvent) => {
      if (!(target instanceof Element)) return;
      const row = target.closest<HTMLElement>(ROW);
      last = { focused: target, index: row === null ? -1 : [...element.querySelectorAll(ROW)].indexOf(row) };
    };
    const onBlur = ({ target }: FocusEvent) => {
      // What was taken away is left, too, and only afterwards no longer there.
      queueMicrotask(() => {
        if (target instanceof Element && target.isConnected && last?.focused === target) last = null;
      });
    };
    const observer = new MutationObserver(() => {
      if (last === null || last.focused.isConnected || document.activeElement !== document.body) return;
      const rows = [...element.querySelectorAll<HTMLElement>(ROW)];
      const row = rows[Math.min(last.index, rows.length - 1)];
      (row === undefined ? element : opener(row)).focus();
    });
    element.addEventListener("focusin", onFocus);
    element.addEventListener("focusout", onBlur);
    observer.observe(element, { childList: true, subtree: true });
    return () => {
      element.removeEventListener("focusin", onFocus);
      element.removeEventListener("focusout", onBlur);
      observer.disconnect();
    };
  }, [box]);
}
