import { type DeliveryState, type SendOutcome, type Settlement, settle } from "../../../core/delivery.ts";
import type { InboundReceipt } from "../../../core/inbound-receipt.ts";
import { isAcceptance, type ReceiptStatus } from "../../../core/receipt.ts";
import { wordOf } from "../../../core/receipt-word.ts";
import type { NotedReceipt, NoteReceipt } from "../../store.ts";
import { prepareAccountState } from "./account-state.ts";
import { prepareAwaited } from "./awaited.ts";
import { prepareCarried, prepareTakeBack } from "./carried.ts";
import type { Context } from "./context.ts";
import { prepareReceiptFlow } from "./receipt-flow.ts";
import { prepareReceiptTargets, type ReceiptTarget } from "./receipt-targets.ts";
import { prepareReceiptWord } from "./receipt-word.ts";
import { prepareMove } from "./settle-attempt.ts";

type NotedDelivery = NotedReceipt["deliveries"][number];

export function prepareNoteReceipt(context: Context) {
  const { clock } = context;
  const targetsOf = prepareReceiptTargets(context);
  const wordsOf = prepareReceiptWord(context);
  const keep = prepareKeep(context);
  const flow = prepareReceiptFlow(context);
  const awaited = prepareAwaited(context);
  const advance = prepareAdvance(context);

  function note(target: ReceiptTarget, args: NoteReceipt, now: number): NotedDelivery {
    const { receipt } = args;
    const { delivery_id: deliveryId, route } = target;
    const said: ReceiptStatus = receipt.status === "echo" ? "sent" : receipt.status;
    const messageId = receipt.platformMessageIds[0] ?? idsOf(target)[0] ?? "";
    const known = wordsOf(deliveryId).filter((row) => row.messageId === messageId);
    const status =
      wordOf([...known, { messageId, status: said, receivedAt: now, failure: receipt.failure }]).status ?? said;
    const isNews = status !== wordOf(known).status;
    const nothing = { deliveryId, route, status, isNews, movedTo: null, freesNext: false };
    if (!isNews) return nothing;
    keep(target, receipt, { messageId, said }, now);
    // A try before the last one: what that one brought stands.
    if (status === "failed" && isOfEarlierTry(target, messageId)) return nothing;
    if (receipt.watermark === null) flow.came({ ...receipt, deliveryId, now });
    const freesNext = awaited.said(deliveryId, status);
    return { deliveryId, route, status, isNews, movedTo: advance(target, args, status, now), freesNext };
  }

  return function noteReceipt(args: NoteReceipt): NotedReceipt {
    const now = clock.now();
    return { deliveries: targetsOf(args.receipt).map((target) => note(target, args, now)) };
  };
}

interface Said {
  readonly messageId: string;
  readonly said: ReceiptStatus;
}

/** A row for each word that was news, in the order in which they came: of each message their strength only grows. */
function prepareKeep({ db }: Context) {
  const insert = db.prepare(`
    INSERT INTO receipt (delivery_id, platform_message_id, status, at, received_at, detail)
    VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`);

  return function keep(target: ReceiptTarget, receipt: InboundReceipt, { messageId, said }: Said, now: number): void {
    const detail = receipt.failure === null ? null : JSON.stringify(receipt.failure);
    insert.run(target.delivery_id, messageId, said, receipt.at, now, detail);
  };
}

/** Moves the delivery where its receipt says that it is. */
function prepareAdvance(context: Context) {
  const { db } = context;
  const move = prepareMove(context);
  const settleCarried = prepareCarried(context);
  const takeBackCarried = prepareTakeBack(context);
  const awaited = prepareAwaited(context);
  const setAccount = prepareAccountState(context);
  const correct = db.prepare<[string, string, string, number]>(
    "UPDATE attempt SET outcome = ?, reason = ?, no_word = 0 WHERE delivery_id = ? AND attempt = ?",
  );
  // It arrived by a call of its own: what becomes of the one that it was to ride on is nothing to it.
  const getOff = db.prepare<[string]>(
    "UPDATE delivery SET carrier_id = NULL WHERE delivery_id = ? AND carrier_id IS NOT NULL",
  );

  function settlementOf(target: ReceiptTarget, outcome: SendOutcome, args: NoteReceipt, now: number): Settlement {
    return settle({
      outcome,
      route: target.route,
      attempts: target.attempts,
      firstAttemptAt: target.first_started_at,
      now,
      earlierMayBeAccepted: target.earlier_unknown === 1,
      tokenLentUntil: null,
      retry: args.retry,
      chance: args.chance,
    });
  }

  function apply(target: ReceiptTarget, settlement: Settlement, now: number): Settlement["state"] {
    move(target.delivery_id, settlement, null, now);
    setAccount(target, settlement, now);
    // What rode on it goes where it goes: it is sent with it, in doubt with it, or waits again.
    takeBackCarried(target.delivery_id, settlement, now, "sent");
    settleCarried(target.delivery_id, settlement, now);
    return settlement.state;
  }

  return function advance(
    target: ReceiptTarget,
    args: NoteReceipt,
    status: ReceiptStatus,
    now: number,
  ): Settlement["state"] | null {
    const { receipt } = args;
    if (isAcceptance(status)) {
      // A mark is no word of its own: the message that it rode with earned it.
      if (receipt.watermark === null) getOff.run(target.delivery_id);
      if (!MAY_BE_SENT.has(target.state)) return null;
      const ids = receipt.platformMessageIds.length > 0 ? receipt.platformMessageIds : idsOf(target);
      const outcome = { kind: "sent", evidence: `receipt: ${receipt.status}`, platformMessageIds: ids } as const;
      const state = apply(target, settlementOf(target, outcome, args, now), now);
      awaited.sent(target.delivery_id, status, now);
      return state;
    }
    const { failure } = receipt;
    if (failure === null || !MAY_HAVE_FAILED.has(target.state)) return null;
    // So late that there is nothing left to send again: the receipt says that it failed, and nothing else changes.
    if (target.bodies_deleted === 1) return null;
    // The attempt was what the receipt says it was: what comes next must not take it for one that may have arrived.
    correct.run(failure.kind, failure.reason, target.delivery_id, target.attempts);
    const settlement = settlementOf(target, failure, args, now);
    return apply(target, { ...settlement, platformMessageIds: idsOf(target) }, now);
  };
}

/** While a call is on its way its own answer settles it, and looks at the receipts. */
const MAY_BE_SENT: ReadonlySet<DeliveryState> = new Set(["unknown", "pending", "parked"]);
const MAY_HAVE_FAILED: ReadonlySet<DeliveryState> = new Set(["unknown", "sent"]);

/** What is sent knows its message, and this is about another. */
function isOfEarlierTry(target: ReceiptTarget, messageId: string): boolean {
  const ids = idsOf(target);
  return target.state === "sent" && messageId !== "" && ids.length > 0 && !ids.includes(messageId);
}

function idsOf(target: ReceiptTarget): readonly string[] {
  return target.platform_message_ids === null ? [] : (JSON.parse(target.platform_message_ids) as string[]);
}
