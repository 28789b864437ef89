import { Fenced } from "../../core/errors.ts";
import type { LeasedTurn } from "../../core/turn.ts";
import { statement } from "../statement.ts";
import type { Transaction } from "../transaction.ts";
import { stateByFence } from "./parts/require-lease.ts";

const RENEW = statement<{ turnId: string; expiresAt: number }>(
  "UPDATE turn SET lease_expires_at = :expiresAt WHERE turn_id = :turnId AND state = 'leased'",
);

export async function renewLease(
  tx: Transaction,
  lease: LeasedTurn & { leaseMs: number },
): Promise<"renewed" | "ended"> {
  const state = await stateByFence(tx, lease);
  if (state === "done" || state === "dead") return "ended";
  if (state !== "leased") throw new Fenced(lease.turnId, lease.fence);
  await tx.run(RENEW, { turnId: lease.turnId, expiresAt: tx.now() + lease.leaseMs });
  return "renewed";
}
