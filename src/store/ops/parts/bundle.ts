import type { Settlement } from "../../../core/delivery.ts";
import type { Unit } from "../../../core/pack-calls.ts";
import type { DeliveryKind } from "../../../core/slow-reply.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/*
 * Bundling: a parked delivery travels with a later one of its conversation, its carrier, in the same call and in front of
 * it. A row keeps its own messages only; `bundled_into` names the carrier. The states are those of `core/delivery.ts`:
 *
 *                 a later call is made up
 *   parked alone ─────────────────────────▶ parked in a bundle ── the carrier was sent ───────────▶ sent
 *       ▲  ▲                                  │  ▲   │
 *       │  └ the carrier is dead, discarded ──┘  │   └── the carrier may have been accepted ──────▶ unknown in a bundle
 *       │    or deleted: due at once             └──────── the carrier was not accepted after all ──┘  │
 *       │                                                                                              └─ it was ──▶ sent
 *       └── an operator, or a receipt of its own, unbundles it, whatever the carrier becomes
 *
 * A carrier may be parked itself and then be in a later one's bundle, with its own bundle; if the platform refuses the one in
 * the middle, the later one takes that bundle over. Nothing else in `ops/` writes `bundled_into`, except for a refused message,
 * and for an operator's replay, resend or discard.
 */

/** SQL: the deliveries in the bundle of `:deliveryId`, at whatever depth. */
const BUNDLE = `
  WITH RECURSIVE bundle (id) AS (
    SELECT delivery_id FROM delivery WHERE bundled_into = :deliveryId
    UNION SELECT d.delivery_id FROM delivery AS d JOIN bundle ON d.bundled_into = bundle.id)`;

/** SQL: the delivery is the carrier of others. */
export const hasBundle = (deliveryId: string) =>
  `EXISTS (SELECT 1 FROM delivery AS carried WHERE carried.bundled_into = ${deliveryId})`;

const SELECT_MESSAGES = statement<{ deliveryId: string }, { messages: string }>(`
  ${BUNDLE}
  SELECT messages FROM delivery WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('parked', 'unknown')
  ORDER BY seq`);

const SELECT_SENT_MESSAGES = statement<{ deliveryId: string }, { messages: string }>(`
  ${BUNDLE}
  SELECT messages FROM delivery WHERE delivery_id IN (SELECT id FROM bundle) AND state = 'sent' ORDER BY seq`);

interface CallRow {
  delivery_id: string;
  conversation_id: string;
  of_account: string;
  turn_id: string | null;
  kind: DeliveryKind;
  messages: string;
}

const SELECT_CALL = statement<{ deliveryId: string }, CallRow>(`
  ${BUNDLE}
  SELECT delivery_id, conversation_id, of_account, turn_id, kind, messages FROM delivery
  WHERE (delivery_id IN (SELECT id FROM bundle) AND state IN ('parked', 'unknown')) OR delivery_id = :deliveryId
  ORDER BY delivery_id = :deliveryId, seq`);

const SELECT_PARKED = statement<{ conversationId: string; wall: number }, { delivery_id: string; messages: string }>(`
  SELECT delivery_id, messages FROM delivery
  WHERE conversation_id = :conversationId AND state = 'parked' AND bundled_into IS NULL
    AND (deliver_by IS NULL OR deliver_by > :wall)
  ORDER BY seq`);

const SET_DUE = statement<{ conversationId: string; dueAt: number }>(`
  UPDATE delivery SET due_at = :dueAt
  WHERE conversation_id = :conversationId AND state = 'parked' AND bundled_into IS NULL`);

const SET_DUE_OF_TURN = statement<{ turnId: string; now: number }>(`
  WITH RECURSIVE up (id, carrier) AS (
    SELECT delivery_id, bundled_into FROM delivery WHERE turn_id = :turnId AND kind = 'answer' AND state = 'parked'
    UNION SELECT d.delivery_id, d.bundled_into FROM delivery AS d JOIN up ON d.delivery_id = up.carrier)
  UPDATE delivery SET due_at = :now
  WHERE delivery_id IN (SELECT id FROM up WHERE carrier IS NULL) AND state = 'parked'`);

const PUT_IN = statement<{ deliveryId: string; carrierId: string }>(
  "UPDATE delivery SET bundled_into = :carrierId, due_at = NULL WHERE delivery_id = :deliveryId",
);

const TAKE_OUT = statement<{ deliveryId: string }>(
  "UPDATE delivery SET bundled_into = NULL WHERE delivery_id = :deliveryId AND bundled_into IS NOT NULL",
);

const TAKE_OUT_ALL = statement<{ carrierId: string; now: number }>(
  "UPDATE delivery SET bundled_into = NULL, due_at = :now WHERE bundled_into = :carrierId AND state = 'parked'",
);

const HAND_ON = statement<{ fromId: string; carrierId: string }>(`
  UPDATE delivery SET bundled_into = :carrierId WHERE bundled_into = :fromId AND state IN ('parked', 'unknown')`);

const MARK_RESENT = statement<{ deliveryId: string; why: string }>(`
  ${BUNDLE}
  UPDATE delivery SET resent_because = :why
  WHERE delivery_id IN (SELECT CAST(:deliveryId AS TEXT) UNION ALL SELECT id FROM bundle)`);

interface Follow {
  deliveryId: string;
  state: "sent" | "unknown";
  evidence: string | null;
  reason: string | null;
  endedAt: number | null;
  now: number;
}

const FOLLOW = statement<Follow>(`
  ${BUNDLE}
  UPDATE delivery SET state = CAST(:state AS TEXT), evidence = :evidence, reason = :reason, ended_at = :endedAt,
                      state_since = :now,
                      unknown_since = CASE WHEN CAST(:state AS TEXT) = 'unknown' THEN coalesce(unknown_since, :now)
                                           ELSE unknown_since END
  WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('parked', 'unknown')`);

interface Revert {
  deliveryId: string;
  state: "parked" | "unknown";
  from: "sent" | "unknown";
  reason: string | null;
  now: number;
}

// A sent delivery whose content retention has deleted stays: there is nothing left to send again.
const REVERT = statement<Revert>(`
  ${BUNDLE}
  UPDATE delivery SET state = :state, reason = :reason, evidence = NULL, state_since = :now, ended_at = NULL
  WHERE delivery_id IN (SELECT id FROM bundle) AND state IN ('unknown', :from) AND state <> :state
    AND content_deleted = 0`);

/** Parked deliveries that are in no bundle and not past their deadline, oldest first. */
export async function parkedIn(
  tx: Transaction,
  conversationId: string,
): Promise<(Unit & { readonly bundledId: string })[]> {
  const parked: (Unit & { readonly bundledId: string })[] = [];
  for (const { delivery_id: bundledId, messages } of await tx.all(SELECT_PARKED, { conversationId, wall: tx.wall() })) {
    parked.push({ bundledId, messages: await messagesOf(tx, bundledId, messages) });
  }
  return parked;
}

/** Makes the conversation's parked deliveries due at that time. Resolves to whether there are any. */
export async function setParkedDue(tx: Transaction, conversationId: string, dueAt: number): Promise<boolean> {
  return (await tx.run(SET_DUE, { conversationId, dueAt })).changes > 0;
}

/** Makes the parked parts of an answer due now; for a part in a later answer's bundle, its carrier. */
export async function setAnswerDue(tx: Transaction, turnId: string, now: number): Promise<void> {
  await tx.run(SET_DUE_OF_TURN, { turnId, now });
}

/** Bundles them into `carrierId`. */
export async function bundle(tx: Transaction, deliveryIds: readonly string[], carrierId: string): Promise<void> {
  for (const deliveryId of deliveryIds) await tx.run(PUT_IN, { deliveryId, carrierId });
}

/** The bundled messages that a call of that delivery sends before its own. */
export async function bundledMessages(tx: Transaction, deliveryId: string): Promise<unknown[]> {
  return (await tx.all(SELECT_MESSAGES, { deliveryId })).flatMap((row) => JSON.parse(row.messages) as unknown[]);
}

/** The deliveries of a call of that one, in the order of their messages: itself last. */
export function callRows(tx: Transaction, deliveryId: string): Promise<CallRow[]> {
  return tx.all(SELECT_CALL, { deliveryId });
}

/** All messages of a call of that delivery. `own`: the messages of its row. */
export async function messagesOf(tx: Transaction, deliveryId: string, own: string): Promise<unknown[]> {
  return [...(await bundledMessages(tx, deliveryId)), ...(JSON.parse(own) as unknown[])];
}

/** The messages that an accepted call of that delivery had: `count` of them. `own`: the messages of its row. */
export async function sentMessagesOf(
  tx: Transaction,
  deliveryId: string,
  own: string,
  count: number,
): Promise<unknown[]> {
  const messages = JSON.parse(own) as unknown[];
  if (messages.length >= count) return messages;
  const bundled = await tx.all(SELECT_SENT_MESSAGES, { deliveryId });
  return [...bundled.flatMap((row) => JSON.parse(row.messages) as unknown[]), ...messages];
}

/** Records why a delivery and its bundle are sent once more though they may have been accepted. */
export async function markResent(tx: Transaction, deliveryId: string, why: string): Promise<void> {
  await tx.run(MARK_RESENT, { deliveryId, why });
}

/**
 * Bundled deliveries share their carrier's outcome: sent or unknown with it. If the carrier was definitely not accepted they
 * are parked again, and if it is dead they are unbundled. Resolves to how many were sent or unknown with it.
 *
 * `from: "sent"`: also those that counted as sent are reverted.
 */
export async function moveBundle(
  tx: Transaction,
  deliveryId: string,
  { state, evidence, reason }: Settlement,
  { from, now }: { readonly from: "sent" | "unknown"; readonly now: number },
): Promise<number> {
  if (state !== "sent") {
    await tx.run(REVERT, { deliveryId, state: state === "unknown" ? state : "parked", from, reason, now });
  }
  if (state === "dead") await unbundle(tx, deliveryId, now);
  if (state !== "sent" && state !== "unknown") return 0;
  const endedAt = state === "sent" ? now : null;
  return (await tx.run(FOLLOW, { deliveryId, state, evidence, reason, endedAt, now })).changes;
}

/** The carrier won't be sent: its bundle becomes due, because each may have a free route, or a time at which it is pushed. */
export async function unbundle(tx: Transaction, carrierId: string, now: number): Promise<void> {
  await tx.run(TAKE_OUT_ALL, { carrierId, now });
}

/** A delivery in the middle of a call ends without it: what it carried stays in that call, in the bundle of `carrierId`. */
export async function handOn(tx: Transaction, fromId: string, carrierId: string): Promise<void> {
  await tx.run(HAND_ON, { fromId, carrierId });
}

/** It arrived by a call of its own, so its carrier's outcome doesn't matter to it. */
export async function leaveBundle(tx: Transaction, deliveryId: string): Promise<void> {
  await tx.run(TAKE_OUT, { deliveryId });
}
