import type { SendOutcome } from "../../../core/delivery.ts";
import type { RefusedDelivery } from "../../attempt.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { callRows, handOn } from "./bundle.ts";
import { insertDead, type NewDelivery } from "./insert-delivery.ts";

/*
 * Part of `settleAttempt`: the platform has refused some messages of a call, and so sent none. They become dead letters of
 * their own, and the delivery keeps the others: its place in the conversation, and the token that it has claimed.
 */

const KEEP = statement<{ deliveryId: string; messages: string }>(
  "UPDATE delivery SET messages = :messages WHERE delivery_id = :deliveryId",
);

// The bytes that were refused don't bind the next attempt.
const BEGIN_ANEW = statement<{ deliveryId: string }>(
  "UPDATE delivery SET retry_baseline_attempt = attempts WHERE delivery_id = :deliveryId",
);

const DIE = statement<{ deliveryId: string; reason: string; now: number }>(`
  UPDATE delivery SET state = 'dead', bundled_into = NULL, due_at = NULL, reason = :reason, state_since = :now, ended_at = :now
  WHERE delivery_id = :deliveryId`);

type Refused = Extract<SendOutcome, { kind: "refused" }>;

/** `null`: nothing would be left to send, or the platform named no message of the call. */
export async function takeOutRefused(
  tx: Transaction,
  { deliveryId, now }: { readonly deliveryId: string; readonly now: number },
  { reason, messages: places = [] }: Refused,
): Promise<readonly RefusedDelivery[] | null> {
  if (places.length === 0) return null;
  const parts = partsOf(await callRows(tx, deliveryId), new Set(places));
  const own = parts.at(-1);
  if (own === undefined || own.kept.length === 0 || parts.every(({ refused }) => refused.length === 0)) return null;
  const dead: RefusedDelivery[] = [];
  for (const { row, kept, refused } of parts) {
    if (refused.length === 0) continue;
    if (kept.length === 0) {
      await tx.run(DIE, { deliveryId: row.delivery_id, reason, now });
      await handOn(tx, row.delivery_id, deliveryId);
      dead.push({ deliveryId: row.delivery_id, reason });
      continue;
    }
    await tx.run(KEEP, { deliveryId: row.delivery_id, messages: JSON.stringify(kept) });
    dead.push(await insertDead(tx, { ...asNew(row), messages: refused, now }, reason));
  }
  await tx.run(BEGIN_ANEW, { deliveryId });
  return dead;
}

type CallRow = Awaited<ReturnType<typeof callRows>>[number];

interface Part {
  readonly row: CallRow;
  readonly kept: readonly unknown[];
  readonly refused: readonly unknown[];
}

/** The messages of a call by the deliveries that they come from. `places`: of the refused ones, in the call. */
function partsOf(rows: readonly CallRow[], places: ReadonlySet<number>): readonly Part[] {
  let place = 0;
  return rows.map((row) => {
    const kept: unknown[] = [];
    const refused: unknown[] = [];
    for (const message of JSON.parse(row.messages) as unknown[]) (places.has(place++) ? refused : kept).push(message);
    return { row, kept, refused };
  });
}

function asNew(row: CallRow): Pick<NewDelivery, "conversationId" | "ofAccount" | "turnId" | "kind"> {
  return { conversationId: row.conversation_id, ofAccount: row.of_account, turnId: row.turn_id, kind: row.kind };
}
