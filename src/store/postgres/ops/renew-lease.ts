import { Fenced } from "../../../core/errors.ts";
import type { HeldTurn } from "../../../core/turn.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareHeld } from "./held.ts";

export function prepareRenewLease(context: Context) {
  const { db, clock } = context;
  const { look } = prepareHeld(context);
  const renew = db.prepare<[...Key, number]>(
    "UPDATE turn SET lease_expires_at = $3 WHERE slot = $1 AND turn_id = $2 AND state = 'leased'",
  );

  return async function renewLease(lease: HeldTurn & { leaseMs: number }): Promise<"renewed" | "ended"> {
    const turn = await look(lease);
    if (turn?.state === "done" || turn?.state === "dead") return "ended";
    if (turn?.state !== "leased") throw new Fenced(lease.turnId, lease.fence);
    await renew.run(...keyOf(lease.turnId), clock.now() + lease.leaseMs);
    return "renewed";
  };
}
