import type { Settlement } from "../../../core/delivery.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";
import { setParkedDue } from "./bundle.ts";
import type { ArrivedEvent } from "./handover.ts";

/* The messaging window of platforms that have one: opened by `ingest`, closed by the platform's word. */

const OPEN = statement<{ conversationId: string; endsAt: number; openedAt: number | null }>(
  ({ greatest }) => `
  UPDATE conversation SET window_ends_at = ${greatest("window_ends_at", ":endsAt")},
                          window_opened_at = coalesce(CAST(:openedAt AS BIGINT), window_opened_at)
  WHERE conversation_id = :conversationId`,
);

const CLOSE = statement<{ conversationId: string; startedAt: number; wall: number }>(`
  UPDATE conversation SET window_ends_at = :wall
  WHERE conversation_id = :conversationId AND window_ends_at > :wall AND coalesce(window_opened_at, 0) <= :startedAt`);

/** Opens the window. Resolves to whether a parked delivery became due. */
export async function record(
  tx: Transaction,
  { event, conversationId, now }: ArrivedEvent,
  hasParked: boolean,
): Promise<boolean> {
  const { windowMs = 0 } = event;
  if (windowMs <= 0) return false;
  const wall = tx.wall();
  // The platform counts from its own time of the event. One without a time, or in the future, counts as now: by the later
  // clock, since a wall clock that is behind for seconds would shorten the window for good.
  const happenedAt = event.sentAt > 0 ? Math.min(event.sentAt, Math.max(wall, now)) : wall;
  const endsAt = happenedAt + windowMs;
  const isOpen = endsAt > wall;
  await tx.run(OPEN, { conversationId, endsAt, openedAt: isOpen ? now : null });
  return hasParked && isOpen && (await setParkedDue(tx, conversationId, now));
}

/** SQL: the person has opened the window of the conversation `c` since the call of the attempt `attempt`. */
export const isOpenAgain = (attempt: string) => `(c.window_opened_at > ${attempt}.started_at)`;

/**
 * Part of `settleAttempt` and `recordReceipt`: the platform says of a call that the window has ended. It knows better than our
 * count of what opens one and for how long.
 */
export async function close(
  tx: Transaction,
  conversationId: string,
  { closesWindow }: Settlement,
  startedAt: number,
): Promise<void> {
  if (closesWindow) await tx.run(CLOSE, { conversationId, startedAt, wall: tx.wall() });
}
