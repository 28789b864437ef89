import type { Store } from "../../src/store/store.ts";

/**
 * As a gateway without room works: each step of a message in a transaction of its own. Else a turn is claimed where it
 * becomes ready, and an answer's first attempt starts where the answer is queued.
 */
export function separateTransactions(store: Store): Store {
  return {
    ...store,
    ingest: (event, { claim: _, ...policy }) => store.ingest(event, policy),
    sealTurn: (turnId) => store.sealTurn(turnId),
    answerTurn: ({ start: _, ...answer }) => store.answerTurn(answer),
  };
}
