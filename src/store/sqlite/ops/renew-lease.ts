import { Fenced } from "../../../core/errors.ts";
import type { HeldTurn } from "../../../core/turn.ts";
import type { Context } from "./context.ts";
import { prepareHeld } from "./held.ts";

export function prepareRenewLease(context: Context) {
  const { db, clock } = context;
  const { look } = prepareHeld(context);
  const renew = db.prepare<[number, string]>("UPDATE turn SET lease_expires_at = ? WHERE turn_id = ?");

  return function renewLease(lease: HeldTurn & { leaseMs: number }): "renewed" | "ended" {
    const turn = look(lease);
    if (turn?.state === "done" || turn?.state === "dead") return "ended";
    if (turn?.state !== "leased") throw new Fenced(lease.turnId, lease.fence);
    renew.run(clock.now() + lease.leaseMs, lease.turnId);
    return "renewed";
  };
}
