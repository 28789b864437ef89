import { setTimeout as wait } from "node:timers/promises";

/** Often enough for tests that wait for processes; each poll costs a query. */
const LOOK_EVERY_MS = 15;

/** Says that something is never going to happen, and nothing of how fast it should: a busy machine takes its time. */
const NEVER_MS = 60_000;

/** Resolves with what `check` gives as soon as it no longer throws. After `limitMs` it throws what `check` threw last. */
export async function eventually<T>(check: () => T | Promise<T>, limitMs = NEVER_MS): Promise<T> {
  const endsAt = performance.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= endsAt) throw error;
    }
    await wait(LOOK_EVERY_MS);
  }
}

/** Resolves with the first value that is there and isn't false. `what` names it for the message of a failure. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  limitMs = NEVER_MS,
): Promise<Exclude<T, false | null | undefined>> {
  return await eventually(async () => {
    const found = await look();
    if (found === undefined || found === null || found === false) throw new Error(`not seen in ${limitMs} ms: ${what}`);
    return found as Exclude<T, false | null | undefined>;
  }, limitMs);
}

/** A gate that a scripted agent can wait at until the test opens it. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
