/** Whether this person is signed in, as far as the last answers say. Shared by the tabs of a browser. */
import { useSyncExternalStore } from "react";

/** `unknown`: nothing was asked yet. `ended`: it was there, so the page stays and asks for the token. */
export type Session = "unknown" | "present" | "absent" | "ended";

const BEGAN = "began";

const channel = new BroadcastChannel("turnpike-session");
const listeners = new Set<() => void>();
let current: Session = "unknown";

channel.addEventListener("message", (event) => {
  if (event.data === BEGAN && current !== "present") change("present");
});

export function session(): Session {
  return current;
}

/** An answer that only somebody who is signed in gets, unless everything is open. */
export function sawAnswer(): void {
  // One that was on its way when the session ended is no new session.
  if (current === "unknown") change("present");
}

export function sawNotSignedIn(): void {
  if (current === "unknown") change("absent");
  else if (current === "present") change("ended");
}

export function beganSession(): void {
  change("present");
  channel.postMessage(BEGAN);
}

export function leftSession(): void {
  change("absent");
}

export function followSession(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Once a session that ended has begun anew, or won't; false: it won't, or none had ended. */
export function signedInAgain(): Promise<boolean> {
  if (current !== "ended") return Promise.resolve(false);
  return new Promise((resolve) => {
    const unfollow = followSession(() => {
      if (current === "ended") return;
      unfollow();
      resolve(current === "present");
    });
  });
}

export function useSession(): Session {
  return useSyncExternalStore(followSession, session);
}

function change(next: Session): void {
  current = next;
  for (const listener of listeners) listener();
}
