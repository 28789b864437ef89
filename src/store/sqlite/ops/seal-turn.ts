import type { Context } from "./context.ts";

export function prepareSealTurn({ db, clock }: Context) {
  const hasEvents = db.prepare<[string], { found: number }>(
    "SELECT EXISTS (SELECT 1 FROM event WHERE turn_id = ? AND state = 'accepted') AS found",
  );
  const seal = db.prepare<[number, number, string]>(
    "UPDATE turn SET state = 'ready', sealed_at = ?, due_at = ? WHERE turn_id = ? AND state = 'collecting'",
  );
  const close = db.prepare<[number, string]>(
    "UPDATE turn SET state = 'empty', ended_at = ? WHERE turn_id = ? AND state = 'collecting'",
  );

  return function sealTurn(turnId: string): "ready" | "empty" | "gone" {
    const now = clock.now();
    if (hasEvents.get(turnId)?.found === 1) return seal.run(now, now, turnId).changes === 1 ? "ready" : "gone";
    return close.run(now, turnId).changes === 1 ? "empty" : "gone";
  };
}
