import { backoffMs, isExhausted, type RetryPolicy } from "../../../core/retry.ts";
import type { HeldTurn, TurnFailure } from "../../../core/turn.ts";
import type { FailedTurn } from "../../store.ts";
import type { Context } from "./context.ts";
import { type HeldRow, prepareHeld } from "./held.ts";
import { prepareSlowReply } from "./slow-reply.ts";

type FailTurn = HeldTurn & { failure: TurnFailure; retry: RetryPolicy; chance: number };

export function prepareFailTurn(context: Context) {
  const { db, clock } = context;
  const { hold } = prepareHeld(context);
  const slowReply = prepareSlowReply(context);
  const retryLater = db.prepare<[number, number, string, string]>(`
    UPDATE turn SET state = 'ready', owner = NULL, lease_expires_at = NULL, failures = ?, due_at = ?, reason = ?
    WHERE turn_id = ?`);
  const handBack = db.prepare<[number, string]>(
    "UPDATE turn SET state = 'ready', owner = NULL, lease_expires_at = NULL, due_at = ? WHERE turn_id = ?",
  );
  const die = db.prepare<[number, string, number, string]>(`
    UPDATE turn SET state = 'dead', owner = NULL, lease_expires_at = NULL, failures = ?, reason = ?, ended_at = ?
    WHERE turn_id = ?`);

  function retry(turn: HeldRow, now: number, args: FailTurn, failure: TurnFailure & { kind: "retry" }): FailedTurn {
    const failures = turn.failures + 1;
    if (isExhausted(failures, now - turn.first_claimed_at, args.retry)) {
      die.run(failures, `gave up after ${failures} attempts: ${failure.reason}`, now, args.turnId);
      return { state: "dead", nextInMs: 0 };
    }
    const nextInMs = backoffMs(failures, args.retry, args.chance, failure.retryAfterMs);
    retryLater.run(failures, now + nextInMs, failure.reason, args.turnId);
    return { state: "ready", nextInMs };
  }

  function handBackTo(turnId: string, now: number, nextInMs: number): FailedTurn {
    handBack.run(now + nextInMs, turnId);
    return { state: "ready", nextInMs };
  }

  return function failTurn(args: FailTurn): FailedTurn {
    const failed = fail(args);
    if (failed.state === "dead") slowReply.failed(args.turnId);
    return failed;
  };

  function fail(args: FailTurn): FailedTurn {
    const turn = hold(args);
    const now = clock.now();
    if (turn.replied === 1) {
      const why = args.failure.kind === "handed-back" ? "the process ended" : args.failure.reason;
      die.run(turn.failures + 1, `${why}, and a part of its answer had been sent`, now, args.turnId);
      return { state: "dead", nextInMs: 0 };
    }
    switch (args.failure.kind) {
      case "handed-back":
        return handBackTo(args.turnId, now, args.failure.afterMs ?? 0);
      case "dead":
        die.run(turn.failures + 1, args.failure.reason, now, args.turnId);
        return { state: "dead", nextInMs: 0 };
      case "retry":
        return retry(turn, now, args, args.failure);
      default:
        return args.failure satisfies never;
    }
  }
}
