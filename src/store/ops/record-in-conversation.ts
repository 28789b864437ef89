import type { AccountMove } from "../../core/account.ts";
import { type DeliveryState, type SendOutcome, type Settlement, settle } from "../../core/delivery.ts";
import { effectiveReceipt } from "../../core/effective-receipt.ts";
import type { InboundReceipt } from "../../core/inbound-receipt.ts";
import { isAcceptance, type ReceiptStatus } from "../../core/receipt.ts";
import { statement } from "../statement.ts";
import type { RecordedReceipt, RecordReceipt } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { type AboutAccount, updateAccountByReceipt } from "./parts/account-state.ts";
import { awaitReceipt, endWait } from "./parts/await-receipt.ts";
import { leaveBundle, moveBundle } from "./parts/bundle.ts";
import { recordWatchedReceipt } from "./parts/receipt-flow.ts";
import { receiptsOf } from "./parts/receipt-rows.ts";
import * as window from "./parts/window.ts";
import { type ReceiptTarget, targetsOf } from "./receipt-targets.ts";
import { moveDelivery } from "./settle-attempt.ts";

// A receipt names no conversation: a read finds the conversations, and each is handled under its lock.

export type RecordedDelivery = RecordedReceipt["deliveries"][number];

interface NewReceipt {
  deliveryId: string;
  messageId: string;
  status: ReceiptStatus;
  at: number;
  now: number;
  detail: string | null;
}

const INSERT = statement<NewReceipt>(`
  INSERT INTO receipt (delivery_id, platform_message_id, status, at, received_at, detail)
  VALUES (:deliveryId, :messageId, :status, :at, :now, :detail) ON CONFLICT DO NOTHING`);

const CORRECT = statement<{ deliveryId: string; attempt: number; outcome: string; reason: string }>(`
  UPDATE attempt SET outcome = :outcome, reason = :reason, outcome_missing = 0
  WHERE delivery_id = :deliveryId AND attempt = :attempt`);

/** The conversations that it is about. */
export async function findConversations(tx: Transaction, { receipt }: RecordReceipt): Promise<string[]> {
  return [...new Set((await targetsOf(tx, receipt)).map((target) => target.conversation_id))];
}

/** Records the receipt in one conversation. */
export async function recordInConversation(
  tx: Transaction,
  args: RecordReceipt,
  conversationId: string,
): Promise<RecordedDelivery[]> {
  const now = tx.now();
  const recorded: RecordedDelivery[] = [];
  for (const target of await targetsOf(tx, args.receipt)) {
    if (target.conversation_id === conversationId) recorded.push(await recordOne(tx, target, args, now));
  }
  return recorded;
}

async function recordOne(
  tx: Transaction,
  target: ReceiptTarget,
  args: RecordReceipt,
  now: number,
): Promise<RecordedDelivery> {
  const { receipt } = args;
  const { delivery_id: deliveryId, route } = target;
  const newStatus: ReceiptStatus = receipt.status === "echo" ? "sent" : receipt.status;
  const messageId = receipt.platformMessageIds[0] ?? idsOf(target)[0] ?? "";
  const known = (await receiptsOf(tx, deliveryId)).filter((row) => row.messageId === messageId);
  const status =
    effectiveReceipt([...known, { messageId, status: newStatus, receivedAt: now, failure: receipt.failure }]).status ??
    newStatus;
  const isNew = status !== effectiveReceipt(known).status;
  const of = { deliveryId, conversationId: target.conversation_id, turnId: target.turn_id };
  const nothing = {
    ...of,
    route,
    status,
    isNew,
    movedTo: null,
    templateRefused: null,
    account: null,
    freesNext: false,
  };
  if (!isNew) return nothing;
  await insertReceipt(tx, receipt, { deliveryId, messageId, status: newStatus, now });
  // A failure of an earlier attempt: the last attempt's outcome stands.
  if (status === "failed" && isOfEarlierAttempt(target, messageId)) return nothing;
  const freesNext = await endWait(tx, deliveryId, status);
  const moved = await moveByReceipt(tx, target, args, { status, now });
  // Last, because the account's row is shared by all conversations.
  if (receipt.watermark === null) await recordWatchedReceipt(tx, { ...receipt, deliveryId, now });
  const { state: movedTo = null, templateRefused = null } = moved?.settlement ?? {};
  return { ...of, route, status, isNew, movedTo, templateRefused, account: moved?.account ?? null, freesNext };
}

/** Inserts a row for each new status, in the order of arrival: per message the status only gets stronger. */
async function insertReceipt(
  tx: Transaction,
  { at, failure }: InboundReceipt,
  row: Pick<NewReceipt, "deliveryId" | "messageId" | "status" | "now">,
): Promise<void> {
  await tx.run(INSERT, { ...row, at, detail: failure === null ? null : JSON.stringify(failure) });
}

/** While a call is in flight its own answer settles it, considering the receipts. */
// Also a dead one: a message may fail on one of a person's devices and arrive on another.
const MAY_BE_SENT: ReadonlySet<DeliveryState> = new Set(["unknown", "pending", "parked", "dead"]);
const MAY_HAVE_FAILED: ReadonlySet<DeliveryState> = new Set(["unknown", "sent"]);

interface Moved {
  readonly settlement: Settlement;
  readonly account: AccountMove;
}

/** Moves the delivery to the state that its receipt shows. */
async function moveByReceipt(
  tx: Transaction,
  target: ReceiptTarget,
  args: RecordReceipt,
  { status, now }: { readonly status: ReceiptStatus; readonly now: number },
): Promise<Moved | null> {
  const { receipt } = args;
  const { delivery_id: deliveryId, attempts: attempt } = target;
  if (isAcceptance(status)) {
    // A watermark doesn't show that the message had a call of its own: it may have arrived in its carrier's.
    if (receipt.watermark === null) await leaveBundle(tx, deliveryId);
    if (!MAY_BE_SENT.has(target.state)) return null;
    const ids = receipt.platformMessageIds.length > 0 ? receipt.platformMessageIds : idsOf(target);
    const outcome = { kind: "sent", evidence: `receipt: ${receipt.status}`, platformMessageIds: ids } as const;
    const settlement = settlementOf(target, outcome, args, now);
    const moved = await applySettlement(tx, target, { settlement, outcome: "sent", random: args.random }, now);
    await awaitReceipt(tx, deliveryId, status, now);
    return moved;
  }
  const { failure } = receipt;
  if (failure === null || !MAY_HAVE_FAILED.has(target.state)) return null;
  // The content is deleted, so it can't be sent again: only the receipt is recorded.
  if (target.content_deleted === 1) return null;
  // The attempt's outcome is corrected, so that later attempts don't count it as possibly accepted.
  await tx.run(CORRECT, { deliveryId, attempt, outcome: failure.kind, reason: failure.reason });
  const settlement = settlementOf(target, failure, args, now);
  const failed = { ...settlement, platformMessageIds: idsOf(target) };
  return await applySettlement(tx, target, { settlement: failed, outcome: failure.kind, random: args.random }, now);
}

function settlementOf(target: ReceiptTarget, outcome: SendOutcome, args: RecordReceipt, now: number): Settlement {
  return settle({
    outcome,
    route: target.route,
    attempts: target.attempts,
    firstAttemptAt: target.first_started_at,
    now,
    earlierMayBeAccepted: target.earlier_unknown === 1,
    earlierMediaFailures: target.media_failures,
    hasWindowTemplate: target.has_window_template === 1,
    isWindowOpenAgain: target.is_open_again === 1,
    tokenGuaranteedUntil: null,
    retry: args.retry,
    random: args.random,
  });
}

async function applySettlement(
  tx: Transaction,
  target: ReceiptTarget,
  { settlement, outcome, random }: Pick<AboutAccount, "settlement" | "outcome" | "random">,
  now: number,
): Promise<Moved> {
  const { delivery_id: deliveryId, state } = target;
  await moveDelivery(tx, deliveryId, { from: state, next: settlement, token: null, now });
  // Bundled deliveries share the outcome: sent, unknown, or parked again.
  await moveBundle(tx, deliveryId, settlement, { from: "sent", now });
  await window.close(tx, target.conversation_id, settlement, target.started_at);
  const about = { deliveryId, route: target.route, settlement, outcome, random, now };
  return { settlement, account: await updateAccountByReceipt(tx, about) };
}

/** The sent delivery's message is known, and the receipt is about another one. */
function isOfEarlierAttempt(target: ReceiptTarget, messageId: string): boolean {
  const ids = idsOf(target);
  return target.state === "sent" && messageId !== "" && ids.length > 0 && !ids.includes(messageId);
}

function idsOf(target: ReceiptTarget): readonly string[] {
  return target.platform_message_ids === null ? [] : (JSON.parse(target.platform_message_ids) as string[]);
}
