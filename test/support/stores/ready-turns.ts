import type { AccountKey } from "../../../src/core/conversation.ts";
import type { Due, Store } from "../../../src/store/store.ts";

/** Those that have not failed, and then those that have. */
export async function readyTurns(
  store: Store,
  limit: number,
  accountKey: AccountKey = "line/default",
): Promise<Due<string>> {
  const [unfailed, failed] = await Promise.all(
    [false, true].map((hasFailed) => store.readyTurns({ accountKey, failed: hasFailed, limit })),
  );
  const waits = [unfailed?.nextInMs ?? null, failed?.nextInMs ?? null].filter((ms) => ms !== null);
  return {
    due: [...(unfailed?.due ?? []), ...(failed?.due ?? [])].slice(0, limit),
    nextInMs: waits.length === 0 ? null : Math.min(...waits),
  };
}
