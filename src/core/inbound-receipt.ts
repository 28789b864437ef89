import type { ConversationRef } from "./conversation.ts";
import type { SendOutcome } from "./delivery.ts";
import type { ReceiptStatus } from "./receipt.ts";

/** Why the platform did not deliver a message that it had accepted. */
export type Failure = Exclude<SendOutcome, { kind: "sent" }>;

/** One receipt, as a channel read it from a webhook. It opens no turn. */
export interface InboundReceipt {
  readonly channel: string;
  readonly account: string;
  /** An `echo` is the platform's copy of what we sent: it counts as `sent`. */
  readonly status: ReceiptStatus | "echo";
  /** Our delivery, where the platform carries its id back (`metadata`, `biz_opaque_callback_data`). */
  readonly deliveryId: string | null;
  /** The messages that it is about, by the platform's ids. Looked up when `deliveryId` is `null` or unknown. */
  readonly platformMessageIds: readonly string[];
  /** It is about everything in this conversation that was sent until then (epoch ms, by the platform's clock). */
  readonly watermark: { readonly conversation: ConversationRef; readonly at: number } | null;
  /** When it happened, by the platform's clock (epoch ms). */
  readonly at: number;
  /** The meaning of a `failed`, as the channel's classifier read its code; `null` for any other status. */
  readonly failure: Failure | null;
}
