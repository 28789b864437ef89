import type { AgentHost } from "../agent.ts";

const RETRY_MS = 500;
/** A core waits 12 s for its ack; what is stored after that still reaches the person. */
const TRIES = 60;

/** A core can't be asked to say it again: while the store is unavailable its words are held for it. */
export async function untilStored<T extends { readonly kind: string }>(
  host: AgentHost,
  store: () => Promise<T>,
): Promise<T> {
  for (let left = TRIES; ; left--) {
    const result = await store();
    if (result.kind !== "unavailable" || left === 0) return result;
    await host.pause(RETRY_MS);
  }
}
