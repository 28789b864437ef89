import type { AgentHost } from "../agent.ts";

const RETRY_MS = 500;
/** 30 s: a core waits 12 s for its ack, but an answer stored later is still delivered. */
const TRIES = 60;

/** Retries while the store is unavailable: cores don't repeat an answer. */
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
