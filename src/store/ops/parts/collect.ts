import { type BatchPolicy, dueAt } from "../../../core/batch.ts";
import { accountKeyOf } from "../../../core/conversation.ts";
import { assert } from "../../../core/errors.ts";
import type { InboundEvent } from "../../../core/event.ts";
import { newId } from "../../id.ts";
import { runTogether } from "../../run-together.ts";
import { statement } from "../../statement.ts";
import type { LeaseTerms } from "../../store.ts";
import type { Transaction } from "../../transaction.ts";
import type { Interrupted } from "./busy.ts";
import type { CollectingTurn } from "./conversation-state.ts";
import { isIncompleteWith } from "./event-set.ts";

interface NewInTurn {
  readonly event: InboundEvent;
  readonly conversationId: string;
  readonly now: number;
  readonly batch: BatchPolicy;
  readonly collecting: CollectingTurn | null;
  /** Its events are about to be in this turn too, and its first event is this turn's. */
  readonly interrupted: Interrupted | null;
  /** For a turn that the event opens and makes ready at once; `null`: such a turn isn't claimed here. */
  readonly claim: LeaseTerms | null;
  /** The newest fence of the conversation. */
  readonly fence: number;
}

/** The event's turn. */
export interface Collected {
  readonly turnId: string;
  /** With this event it waits for no other. */
  readonly isDue: boolean;
  /** Its row, to be inserted with the event; `null`: it is there as collecting, and is to be sealed when it is due. */
  readonly opened: NewTurn | null;
}

const COUNT_EVENTS = statement<{ turnId: string }, { count: number }>(
  "SELECT count(*) AS count FROM event WHERE turn_id = :turnId",
);

interface NewTurn {
  turnId: string;
  conversationId: string;
  ofAccount: string;
  state: "leased" | "ready" | "collecting";
  quietMs: number;
  maxWaitMs: number;
  maxEvents: number;
  firstEventAt: number;
  due: number;
  sealedAt: number | null;
  attempt: number;
  fence: number;
  owner: string | null;
  claimedAt: number | null;
  leaseExpiresAt: number | null;
}

const OPEN = statement<NewTurn>(`
  INSERT INTO turn (turn_id, conversation_id, of_account, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
                    sealed_at, attempt, fence, owner, first_claimed_at, claimed_at, lease_expires_at)
  VALUES (:turnId, :conversationId, :ofAccount, :state, :quietMs, :maxWaitMs, :maxEvents, :firstEventAt, :due,
          :sealedAt, :attempt, :fence, :owner, :claimedAt, :claimedAt, :leaseExpiresAt)`);

const SET_FENCE = statement<{ conversationId: string; fence: number }>(
  "UPDATE conversation SET fence = :fence WHERE conversation_id = :conversationId AND fence < :fence",
);

const BEGIN_EARLIER = statement<{ turnId: string; firstEventAt: number; dueAt: number }>(
  ({ least }) =>
    `UPDATE turn SET first_event_at = :firstEventAt, due_at = ${least("due_at", ":dueAt")} WHERE turn_id = :turnId`,
);

const DUE_EARLIER = statement<{ turnId: string; due: number }>(
  ({ least }) => `UPDATE turn SET due_at = ${least("due_at", ":due")} WHERE turn_id = :turnId`,
);

/** Part of `ingest`: finds or opens the event's turn. The caller inserts one that is new. `null`: the event opens no turn. */
export async function collect(tx: Transaction, added: NewInTurn): Promise<Collected | null> {
  if (added.event.effect === "store") return null;
  const { collecting } = added;
  return collecting === null ? await openTurn(tx, added) : await extendTurn(tx, collecting, added);
}

/** Doesn't write the turn's row: `sealTurn` reads the last event's time from the events. */
async function extendTurn(
  tx: Transaction,
  // The policy it was opened with: a changed setting never splits a turn.
  { turnId, firstEventAt: ownFirstEventAt, policy }: CollectingTurn,
  { event, conversationId, now, interrupted }: NewInTurn,
): Promise<Collected> {
  const counted = (await tx.get(COUNT_EVENTS, { turnId }))?.count ?? 0;
  const eventCount = counted + (interrupted?.eventCount ?? 0) + 1;
  const firstEventAt = interrupted?.firstEventAt ?? ownFirstEventAt;
  if (interrupted !== null) {
    await tx.run(BEGIN_EARLIER, { turnId, firstEventAt, dueAt: firstEventAt + policy.maxWaitMs });
  }
  const immediate = event.effect === "collect-now";
  const added = { firstEventAt, lastEventAt: now, eventCount, immediate, isIncomplete: false };
  const complete = dueAt(added, policy);
  if (complete > now && event.part === undefined) return { turnId, isDue: false, opened: null };
  const isIncomplete = await isIncompleteWith(tx, event.part, { conversationId, turnId });
  const due = dueAt({ ...added, isIncomplete }, policy);
  // While the set was incomplete the turn may have been postponed to its longest wait.
  if (event.part !== undefined && !isIncomplete && due > now) await tx.run(DUE_EARLIER, { turnId, due });
  return { turnId, isDue: due <= now, opened: null };
}

const NOT_CLAIMED = { attempt: 0, fence: 0, owner: null, claimedAt: null, leaseExpiresAt: null };

async function openTurn(tx: Transaction, added: NewInTurn): Promise<Collected> {
  const { event, conversationId, now, batch, interrupted, claim } = added;
  const turnId = newId(tx.random, "turn", conversationId);
  const immediate = event.effect === "collect-now";
  const firstEventAt = interrupted?.firstEventAt ?? now;
  const eventCount = (interrupted?.eventCount ?? 0) + 1;
  const isIncomplete =
    event.part !== undefined && (await isIncompleteWith(tx, event.part, { conversationId, turnId: null }));
  const due = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate, isIncomplete }, batch);
  const isDue = due <= now;
  const { quietMs, maxWaitMs, maxEvents } = batch;
  const turn = {
    turnId,
    conversationId,
    ofAccount: accountKeyOf(event.conversation),
    quietMs,
    maxWaitMs,
    maxEvents,
    firstEventAt,
    due,
    sealedAt: isDue ? now : null,
  };
  if (!isDue || claim === null) {
    const state = isDue ? "ready" : "collecting";
    return { turnId, isDue, opened: { ...turn, state, ...NOT_CLAIMED } };
  }
  const fence = added.fence + 1;
  const lease = { attempt: 1, fence, owner: claim.owner, claimedAt: now, leaseExpiresAt: now + claim.leaseMs };
  return { turnId, isDue, opened: { ...turn, state: "leased", ...lease } };
}

/** Inserts the turn that `collect` has opened, and stores the fence of its lease. */
export async function insertOpened(tx: Transaction, { opened }: Collected): Promise<void> {
  if (opened === null) return;
  const { conversationId, fence, state } = opened;
  const [, moved] = await runTogether([
    tx.run(OPEN, opened),
    state === "leased" ? tx.run(SET_FENCE, { conversationId, fence }) : null,
  ]);
  assert(moved === null || moved.changes === 1, `${conversationId} has a newer fence than ${fence}`);
}
