import { backoffMs, isExhausted, type RetryPolicy } from "../../../core/retry.ts";
import type { HeldTurn, TurnFailure } from "../../../core/turn.ts";
import type { FailedTurn } from "../../store.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { type HeldRow, prepareHeld } from "./held.ts";
import { prepareSlowReply } from "./slow-reply.ts";

type FailTurn = HeldTurn & { failure: TurnFailure; retry: RetryPolicy; chance: number };

export function prepareFailTurn(context: Context) {
  const { db, clock } = context;
  const { hold } = prepareHeld(context);
  const slowReply = prepareSlowReply(context);
  const retryLater = db.prepare<[...Key, number, number, string]>(`
    UPDATE turn SET state = 'ready', owner = NULL, lease_expires_at = NULL, failures = $3, due_at = $4, reason = $5
    WHERE slot = $1 AND turn_id = $2 AND state = 'leased'`);
  const handBack = db.prepare<[...Key, number]>(`
    UPDATE turn SET state = 'ready', owner = NULL, lease_expires_at = NULL, due_at = $3
    WHERE slot = $1 AND turn_id = $2 AND state = 'leased'`);
  const die = db.prepare<[...Key, number, string, number]>(`
    UPDATE turn SET state = 'dead', owner = NULL, lease_expires_at = NULL, failures = $3, reason = $4, ended_at = $5
    WHERE slot = $1 AND turn_id = $2 AND state = 'leased'`);

  async function retry(
    turn: HeldRow,
    now: number,
    args: FailTurn,
    failure: TurnFailure & { kind: "retry" },
  ): Promise<FailedTurn> {
    const failures = turn.failures + 1;
    if (isExhausted(failures, now - turn.first_claimed_at, args.retry)) {
      await die.run(...keyOf(args.turnId), failures, `gave up after ${failures} attempts: ${failure.reason}`, now);
      return { state: "dead", nextInMs: 0 };
    }
    const nextInMs = backoffMs(failures, args.retry, args.chance, failure.retryAfterMs);
    await retryLater.run(...keyOf(args.turnId), failures, now + nextInMs, failure.reason);
    return { state: "ready", nextInMs };
  }

  async function handBackTo(turnId: string, now: number, nextInMs: number): Promise<FailedTurn> {
    await handBack.run(...keyOf(turnId), now + nextInMs);
    return { state: "ready", nextInMs };
  }

  return async function failTurn(args: FailTurn): Promise<FailedTurn> {
    const failed = await fail(args);
    if (failed.state === "dead") await slowReply.failed(args.turnId);
    return failed;
  };

  async function fail(args: FailTurn): Promise<FailedTurn> {
    const turn = await hold(args);
    const now = clock.now();
    if (turn.replied === 1) {
      const why = args.failure.kind === "handed-back" ? "the process ended" : args.failure.reason;
      const reason = `${why}, and a part of its answer had been sent`;
      await die.run(...keyOf(args.turnId), turn.failures + 1, reason, now);
      return { state: "dead", nextInMs: 0 };
    }
    switch (args.failure.kind) {
      case "handed-back":
        return await handBackTo(args.turnId, now, args.failure.afterMs ?? 0);
      case "dead":
        await die.run(...keyOf(args.turnId), turn.failures + 1, args.failure.reason, now);
        return { state: "dead", nextInMs: 0 };
      case "retry":
        return await retry(turn, now, args, args.failure);
      default:
        return args.failure satisfies never;
    }
  }
}
