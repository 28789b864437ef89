import { useSyncExternalStore } from "react";
import { type Preferences, readPreferences } from "./preferences.ts";

const STORED_AS = "turnpike";

const listeners = new Set<() => void>();
let current = read();

// Another tab has changed them.
window.addEventListener("storage", (event) => {
  if (event.key !== STORED_AS && event.key !== null) return;
  current = read();
  tell();
});

export function preferences(): Preferences {
  return current;
}

export function changePreferences(changes: Partial<Preferences>): void {
  current = { ...current, ...changes };
  try {
    localStorage.setItem(STORED_AS, JSON.stringify(current));
  } catch {
    // A browser may forbid it: then they last as long as the page.
  }
  tell();
}

export function followPreferences(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(followPreferences, preferences);
}

function tell(): void {
  for (const listener of listeners) listener();
}

function read(): Preferences {
  let stored: string | null = null;
  try {
    stored = localStorage.getItem(STORED_AS);
  } catch {
    // As above.
  }
  return readPreferences(stored, navigator.languages);
}
