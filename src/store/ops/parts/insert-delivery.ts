import { type Route, refusalReason } from "../../../core/delivery.ts";
import type { DeliveryKind } from "../../../core/slow-reply.ts";
import type { RefusedDelivery } from "../../attempt.ts";
import { newId } from "../../id.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

interface Row {
  deliveryId: string;
  conversationId: string;
  ofAccount: string;
  turnId: string | null;
  kind: DeliveryKind;
  state: "pending" | "sending" | "dead";
  messages: string;
  dueAt: number | null;
  reason: string | null;
  deliverBy: number | null;
  endedAt: number | null;
  now: number;
  route: Route | null;
  attempts: number;
  owner: string | null;
  expiresAt: number | null;
}

const INSERT = statement<Row>(`
  INSERT INTO delivery (delivery_id, conversation_id, of_account, turn_id, kind, state, messages, due_at, reason,
                        deliver_by, created_at, state_since, ended_at, route, attempts, owner, lease_expires_at)
  VALUES (:deliveryId, :conversationId, :ofAccount, :turnId, :kind, :state, :messages, :dueAt, :reason, :deliverBy,
          :now, :now, :endedAt, :route, :attempts, :owner, :expiresAt)`);

const UNSENT = { route: null, attempts: 0, owner: null, expiresAt: null };

export interface NewDelivery {
  readonly conversationId: string;
  /** The account key of its conversation. */
  readonly ofAccount: string;
  readonly turnId: string | null;
  /** Default `answer`. */
  readonly kind?: DeliveryKind;
  readonly messages: readonly unknown[];
  readonly now: number;
  /** Default: at once. */
  readonly dueAt?: number;
  /** Deadline (epoch ms). Default: none. */
  readonly deliverBy?: number | null;
  /** What the platform is known to refuse in it: then it is inserted as dead. Default: nothing. */
  readonly problem?: string | null;
}

/** A new row of the outbox. `refused`: why it is dead. */
export async function insertDelivery(
  tx: Transaction,
  {
    conversationId,
    ofAccount,
    turnId,
    kind = "answer",
    messages,
    now,
    dueAt = now,
    deliverBy = null,
    problem = null,
  }: NewDelivery,
): Promise<{ readonly deliveryId: string; readonly refused: RefusedDelivery | null }> {
  const given = { conversationId, ofAccount, turnId, kind, messages, deliverBy, now };
  if (problem !== null) {
    const refused = await insertDead(tx, given, refusalReason(problem));
    return { deliveryId: refused.deliveryId, refused };
  }
  const row = unsent(tx, given);
  await tx.run(INSERT, { ...row, state: "pending", dueAt, reason: null, endedAt: null });
  return { deliveryId: row.deliveryId, refused: null };
}

/** A new row that is a dead letter from the beginning. */
export async function insertDead(tx: Transaction, given: NewDelivery, reason: string): Promise<RefusedDelivery> {
  const row = unsent(tx, given);
  await tx.run(INSERT, { ...row, state: "dead", dueAt: null, reason, endedAt: given.now });
  return { deliveryId: row.deliveryId, reason };
}

function unsent(tx: Transaction, given: NewDelivery) {
  const { conversationId, ofAccount, turnId, kind = "answer", messages, deliverBy = null, now } = given;
  const deliveryId = newId(tx.random, "dlv", conversationId);
  const row = {
    deliveryId,
    conversationId,
    ofAccount,
    turnId,
    kind,
    messages: JSON.stringify(messages),
    deliverBy,
    now,
  };
  return { ...row, ...UNSENT };
}

interface FirstCall {
  readonly deliveryId: string;
  readonly attempt: number;
  readonly conversationId: string;
  readonly ofAccount: string;
  readonly turnId: string;
  /** As JSON. */
  readonly messages: string;
  readonly route: Route;
  readonly owner: string;
  readonly expiresAt: number;
  readonly now: number;
}

/** A new row of the outbox whose first call is about to be made. */
export async function insertSending(tx: Transaction, { attempt, ...call }: FirstCall): Promise<void> {
  const rest = { kind: "answer", state: "sending", dueAt: null, reason: null, deliverBy: null, endedAt: null } as const;
  await tx.run(INSERT, { ...call, ...rest, attempts: attempt });
}
