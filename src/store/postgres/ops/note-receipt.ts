import { type DeliveryState, type SendOutcome, type Settlement, settle } from "../../../core/delivery.ts";
import type { InboundReceipt } from "../../../core/inbound-receipt.ts";
import { isAcceptance, type ReceiptStatus } from "../../../core/receipt.ts";
import { wordOf } from "../../../core/receipt-word.ts";
import type { NotedReceipt, NoteReceipt } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import { prepareAccountState } from "./account-state.ts";
import { prepareAwaited } from "./awaited.ts";
import { prepareCarried, prepareTakeBack } from "./carried.ts";
import type { Context } from "./context.ts";
import { prepareReceiptFlow } from "./receipt-flow.ts";
import { prepareReceiptTargets, type ReceiptTarget } from "./receipt-targets.ts";
import { prepareReceiptWord } from "./receipt-word.ts";
import { prepareMove } from "./settle-attempt.ts";

export type NotedDelivery = NotedReceipt["deliveries"][number];

/** A receipt doesn't say which conversation it is about: one look finds out, and each is dealt with under its lock. */
export function prepareNoteReceipt(context: Context) {
  const { clock } = context;
  const targetsOf = prepareReceiptTargets(context);
  const wordsOf = prepareReceiptWord(context);
  const keep = prepareKeep(context);
  const flow = prepareReceiptFlow(context);
  const awaited = prepareAwaited(context);
  const advance = prepareAdvance(context);

  async function note(target: ReceiptTarget, args: NoteReceipt, now: number): Promise<NotedDelivery> {
    const { receipt } = args;
    const { delivery_id: deliveryId, route } = target;
    const said: ReceiptStatus = receipt.status === "echo" ? "sent" : receipt.status;
    const messageId = receipt.platformMessageIds[0] ?? idsOf(target)[0] ?? "";
    const known = (await wordsOf(deliveryId)).filter((row) => row.messageId === messageId);
    const status =
      wordOf([...known, { messageId, status: said, receivedAt: now, failure: receipt.failure }]).status ?? said;
    const isNews = status !== wordOf(known).status;
    const nothing = { deliveryId, route, status, isNews, movedTo: null, freesNext: false };
    if (!isNews) return nothing;
    await keep(target, receipt, { messageId, said }, now);
    // A try before the last one: what that one brought stands.
    if (status === "failed" && isOfEarlierTry(target, messageId)) return nothing;
    const freesNext = await awaited.said(deliveryId, status);
    const movedTo = await advance(target, args, status, now);
    // Last, because the account's row is everybody's.
    if (receipt.watermark === null) await flow.came({ ...receipt, deliveryId, now });
    return { deliveryId, route, status, isNews, movedTo, freesNext };
  }

  return {
    /** The conversations that it is about. */
    async find({ receipt }: NoteReceipt): Promise<string[]> {
      return [...new Set((await targetsOf(receipt)).map((target) => target.conversation_id))];
    },

    async note(args: NoteReceipt, conversationId: string): Promise<NotedDelivery[]> {
      const now = clock.now();
      const noted: NotedDelivery[] = [];
      for (const target of await targetsOf(args.receipt)) {
        if (target.conversation_id === conversationId) noted.push(await note(target, args, now));
      }
      return noted;
    },
  };
}

interface Said {
  readonly messageId: string;
  readonly said: ReceiptStatus;
}

/** A row for each word that was news, in the order in which they came: of each message their strength only grows. */
function prepareKeep({ db }: Context) {
  const insert = db.prepare<[...Key, string, ReceiptStatus, number, number, string | null]>(`
    INSERT INTO receipt (slot, delivery_id, platform_message_id, status, at, received_at, detail)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`);

  return async function keep(
    target: ReceiptTarget,
    receipt: InboundReceipt,
    { messageId, said }: Said,
    now: number,
  ): Promise<void> {
    const detail = receipt.failure === null ? null : JSON.stringify(receipt.failure);
    await insert.run(...keyOf(target.delivery_id), messageId, said, receipt.at, now, detail);
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
  const correct = db.prepare<[...Key, number, string, string]>(`
    UPDATE attempt SET outcome = $4, reason = $5, no_word = 0 WHERE slot = $1 AND delivery_id = $2 AND attempt = $3`);
  // It arrived by a call of its own: what becomes of the one that it was to ride on is nothing to it.
  const getOff = db.prepare<Key>(
    "UPDATE delivery SET carrier_id = NULL WHERE slot = $1 AND delivery_id = $2 AND carrier_id IS NOT NULL",
  );

  function settlementOf(target: ReceiptTarget, outcome: SendOutcome, args: NoteReceipt, now: number): Settlement {
    return settle({
      outcome,
      route: target.route,
      attempts: target.attempts,
      firstAttemptAt: target.first_started_at,
      now,
      earlierMayBeAccepted: target.earlier_unknown,
      tokenLentUntil: null,
      retry: args.retry,
      chance: args.chance,
    });
  }

  async function apply(target: ReceiptTarget, settlement: Settlement, now: number): Promise<Settlement["state"]> {
    const { delivery_id: deliveryId, state } = target;
    await move(deliveryId, { from: [state], next: settlement, token: null, now });
    // What rode on it goes where it goes: it is sent with it, in doubt with it, or waits again.
    await takeBackCarried(deliveryId, settlement, now, "sent");
    await settleCarried(deliveryId, settlement, now);
    await setAccount(target, settlement, now);
    return settlement.state;
  }

  return async function advance(
    target: ReceiptTarget,
    args: NoteReceipt,
    status: ReceiptStatus,
    now: number,
  ): Promise<Settlement["state"] | null> {
    const { receipt } = args;
    if (isAcceptance(status)) {
      // A mark is no word of its own: the message that it rode with earned it.
      if (receipt.watermark === null) await getOff.run(...keyOf(target.delivery_id));
      if (!MAY_BE_SENT.has(target.state)) return null;
      const ids = receipt.platformMessageIds.length > 0 ? receipt.platformMessageIds : idsOf(target);
      const outcome = { kind: "sent", evidence: `receipt: ${receipt.status}`, platformMessageIds: ids } as const;
      const state = await apply(target, settlementOf(target, outcome, args, now), now);
      await awaited.sent(target.delivery_id, status, now);
      return state;
    }
    const { failure } = receipt;
    if (failure === null || !MAY_HAVE_FAILED.has(target.state)) return null;
    // So late that there is nothing left to send again: the receipt says that it failed, and nothing else changes.
    if (target.bodies_deleted === 1) return null;
    // The attempt was what the receipt says it was: what comes next must not take it for one that may have arrived.
    await correct.run(...keyOf(target.delivery_id), target.attempts, failure.kind, failure.reason);
    const settlement = settlementOf(target, failure, args, now);
    return await apply(target, { ...settlement, platformMessageIds: idsOf(target) }, now);
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
