import type { SetPart } from "../../../core/event.ts";
import type { Dialect } from "../../dialect.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/*
 * Sets: what a person sent in one act, part by part (`SetPart`). Parts are counted by conversation, because a set that took
 * longer than `maxWaitMs` is in several turns, and the later ones wait only for what is still missing.
 */

/** SQL: how many parts of the set of event `of` have arrived, retracted ones included. */
function arrived(of: string, { indexedBy }: Dialect): string {
  return `(SELECT count(*) FROM event AS part ${indexedBy("event_of_set")}
           WHERE part.conversation_id = ${of}.conversation_id AND part.set_id = ${of}.set_id)`;
}

/** SQL: a set with a part in that turn misses another part. */
export function hasIncompleteSet(turnId: string, dialect: Dialect): string {
  return `EXISTS (SELECT 1 FROM event AS s
                  WHERE s.turn_id = ${turnId} AND s.set_id IS NOT NULL AND ${arrived("s", dialect)} < s.set_total)`;
}

const SELECT_OTHERS = statement<{ turnId: string; setId: string }, { is_incomplete: number }>(
  (dialect) => `
  SELECT EXISTS (SELECT 1 FROM event AS s WHERE s.turn_id = :turnId AND s.set_id IS NOT NULL AND s.set_id <> :setId
                   AND ${arrived("s", dialect)} < s.set_total) AS is_incomplete`,
);

const COUNT_PARTS = statement<{ conversationId: string; setId: string }, { count: number }>(
  ({ indexedBy }) => `
  SELECT count(*) AS count FROM event ${indexedBy("event_of_set")}
  WHERE conversation_id = :conversationId AND set_id = :setId AND set_id IS NOT NULL`,
);

/** Whether a set misses a part once an event is added to the turn; `turnId` `null`: to a turn of its own. */
export async function isIncompleteWith(
  tx: Transaction,
  part: SetPart | undefined,
  { conversationId, turnId }: { readonly conversationId: string; readonly turnId: string | null },
): Promise<boolean> {
  if (part !== undefined) {
    const count = (await tx.get(COUNT_PARTS, { conversationId, setId: part.setId }))?.count ?? 0;
    if (count + 1 < part.total) return true;
  }
  if (turnId === null) return false;
  return (await tx.get(SELECT_OTHERS, { turnId, setId: part?.setId ?? "" }))?.is_incomplete === 1;
}
