import { backoffMs, isExhausted, type RetryPolicy } from "../../core/retry.ts";
import type { LeasedTurn, TurnFailure } from "../../core/turn.ts";
import { statement } from "../statement.ts";
import type { FailedTurn } from "../store.ts";
import type { Transaction } from "../transaction.ts";
import { type LeasedRow, requireLease } from "./parts/require-lease.ts";
import * as slowReply from "./parts/slow-reply.ts";

type FailTurn = LeasedTurn & { failure: TurnFailure; retry: RetryPolicy; random: number };

const RETRY_LATER = statement<{ turnId: string; failures: number; dueAt: number; reason: string }>(`
  UPDATE turn SET state = 'ready', owner = NULL, lease_expires_at = NULL, failures = :failures, due_at = :dueAt,
                  reason = :reason
  WHERE turn_id = :turnId AND state = 'leased'`);

const HAND_BACK = statement<{ turnId: string; dueAt: number }>(`
  UPDATE turn SET state = 'ready', owner = NULL, lease_expires_at = NULL, due_at = :dueAt
  WHERE turn_id = :turnId AND state = 'leased'`);

const DIE = statement<{ turnId: string; failures: number; reason: string; now: number }>(`
  UPDATE turn SET state = 'dead', owner = NULL, lease_expires_at = NULL, failures = :failures, reason = :reason,
                  ended_at = :now
  WHERE turn_id = :turnId AND state = 'leased'`);

export async function failTurn(tx: Transaction, args: FailTurn): Promise<FailedTurn> {
  const failed = await fail(tx, args);
  if (failed.state === "dead") await slowReply.failed(tx, args.turnId);
  return failed;
}

async function fail(tx: Transaction, args: FailTurn): Promise<FailedTurn> {
  const turn = await requireLease(tx, args);
  const now = tx.now();
  const { turnId, failure } = args;
  if (turn.replied === 1) {
    const why = failure.kind === "handed-back" ? "the process ended" : failure.reason;
    const reason = `${why}, and a part of its answer had been sent`;
    return await die(tx, { turnId, failures: turn.failures + 1, reason, now });
  }
  switch (failure.kind) {
    case "handed-back":
      return await handBack(tx, turn, now, args, failure.afterMs ?? 0);
    case "dead":
      return await die(tx, { turnId, failures: turn.failures + 1, reason: failure.reason, now });
    case "retry":
      return await retry(tx, turn, now, args, failure);
    default:
      return failure satisfies never;
  }
}

async function retry(
  tx: Transaction,
  turn: LeasedRow,
  now: number,
  { turnId, retry: policy, random }: FailTurn,
  failure: TurnFailure & { kind: "retry" },
): Promise<FailedTurn> {
  const failures = turn.failures + 1;
  if (isExhausted(failures, now - turn.first_claimed_at, policy)) {
    return await die(tx, { turnId, failures, reason: `gave up after ${failures} attempts: ${failure.reason}`, now });
  }
  const nextInMs = backoffMs(failures, policy, random, failure.retryAfterMs);
  await tx.run(RETRY_LATER, { turnId, failures, dueAt: now + nextInMs, reason: failure.reason });
  return { state: "ready", nextInMs };
}

/** How often a turn is handed back at once: processes and agents restart. After that it backs off, whatever the reason. */
const HANDED_BACK_AT_ONCE = 3;

async function handBack(
  tx: Transaction,
  { attempt }: LeasedRow,
  now: number,
  { turnId, retry: policy, random }: FailTurn,
  afterMs: number,
): Promise<FailedTurn> {
  const more = attempt - HANDED_BACK_AT_ONCE;
  // One that waits for a place has a wait of its own already, and must not miss it.
  const nextInMs = more <= 0 || afterMs > 0 ? afterMs : backoffMs(more, policy, random);
  await tx.run(HAND_BACK, { turnId, dueAt: now + nextInMs });
  return { state: "ready", nextInMs };
}

async function die(
  tx: Transaction,
  dead: { turnId: string; failures: number; reason: string; now: number },
): Promise<FailedTurn> {
  await tx.run(DIE, dead);
  return { state: "dead", nextInMs: 0 };
}
