/** After one of these the platform has certainly not taken the token. */
const NOT_TAKEN = "'retry', 'rate-limited', 'account-stopped', 'quota-exhausted'";

/** What must hold of the rows, whoever wrote them. */
export const INVARIANTS: readonly (readonly [invariant: string, sql: string])[] = [
  ["G4: an accepted event is in no turn", "SELECT event_id FROM event WHERE state = 'accepted' AND turn_id IS NULL"],
  [
    "G4: an event's turn is missing",
    "SELECT event_id FROM event WHERE turn_id IS NOT NULL AND turn_id NOT IN (SELECT turn_id FROM turn)",
  ],
  [
    "G6: two turns of a conversation are at work",
    "SELECT conversation_id FROM turn WHERE state = 'leased' GROUP BY conversation_id HAVING count(*) > 1",
  ],
  ["G11: a turn is stuck", "SELECT turn_id FROM turn WHERE state IN ('collecting', 'ready', 'leased')"],
  ["G11: a delivery is stuck", "SELECT delivery_id FROM delivery WHERE state IN ('pending', 'sending')"],
  [
    "G8: a token was claimed by two deliveries",
    // One that certainly didn't use it, because no call was made or LINE refused it unseen, may leave it to another.
    `SELECT token FROM attempt WHERE token IS NOT NULL AND coalesce(outcome, '') NOT IN (${NOT_TAKEN})
     GROUP BY token HAVING count(DISTINCT delivery_id) > 1`,
  ],
  [
    "G8: a delivery was pushed after an ambiguous reply",
    // What was tried before an operator's resend binds nothing: the person may have it twice, and the operator was told.
    `SELECT a.delivery_id FROM attempt AS a JOIN attempt AS b USING (delivery_id)
     WHERE a.route = 'reply' AND a.outcome = 'unknown' AND b.route = 'push' AND b.attempt > a.attempt
       AND a.attempt > (SELECT retry_baseline_attempt FROM delivery AS d WHERE d.delivery_id = a.delivery_id)`,
  ],
  [
    "§6.5: an attempt under the same key sent other bytes",
    `SELECT a.delivery_id FROM attempt AS a JOIN attempt AS b USING (delivery_id)
     WHERE a.retry_key = b.retry_key AND a.body <> b.body`,
  ],
];

/** The invariants that the rows break, whichever database they are in. */
export async function violatedInvariants(select: (sql: string) => Promise<readonly unknown[]>): Promise<string[]> {
  const broken: string[] = [];
  for (const [invariant, sql] of INVARIANTS)
    broken.push(...(await select(sql)).map((row) => `${invariant}: ${JSON.stringify(row)}`));
  return broken;
}
