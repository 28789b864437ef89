import { readList, readObject, readText, readTime, type WireObject } from "../../json.ts";
import { REASON_LENGTH } from "../../outcome.ts";

/** A status of a message that we sent. */
export interface Status {
  /** `wamid` of the message. */
  readonly messageId: string;
  readonly status: "sent" | "delivered" | "read" | "failed";
  readonly at: number;
  /** The delivery id that was sent as `biz_opaque_callback_data`. */
  readonly deliveryId: string | null;
  /** Code and message of the first error of a failed message. */
  readonly error: { readonly code: number | null; readonly reason: string } | null;
}

const STATUSES: Readonly<Record<string, Status["status"]>> = {
  sent: "sent",
  delivered: "delivered",
  read: "read",
  // A voice message was played.
  played: "read",
  failed: "failed",
};

/** `null` for an unknown status, and for one that decides nothing. */
export function readStatus(said: WireObject): Status | null {
  const messageId = readText(said.id);
  const status = Object.hasOwn(STATUSES, String(said.status)) ? STATUSES[String(said.status)] : undefined;
  if (messageId === null || status === undefined) return null;
  // One member of a group: it says nothing about the others, and that one arrived is known by theirs.
  if (status === "failed" && readText(said.recipient_participant_id) !== null) return null;
  return {
    messageId,
    status,
    at: readTime(said.timestamp, 1_000),
    deliveryId: readText(said.biz_opaque_callback_data),
    error: status === "failed" ? readError(readList(said.errors)[0]) : null,
  };
}

function readError(given: unknown): Status["error"] {
  const error = readObject(given);
  const code = typeof error?.code === "number" ? error.code : null;
  const details = readText(readObject(error?.error_data)?.details);
  const words = [code, readText(error?.title) ?? readText(error?.message), details].filter((word) => word !== null);
  return { code, reason: words.length === 0 ? "no reason given" : words.join(": ").slice(0, REASON_LENGTH) };
}
