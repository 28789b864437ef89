/** Invariants of the rows, as queries that return the violations. */
export const INVARIANTS: Readonly<Record<string, string>> = {
  "an accepted event is in no turn": "SELECT event_id AS id FROM event WHERE state = 'accepted' AND turn_id IS NULL",
  "an event's turn is missing": `
    SELECT e.event_id AS id FROM event AS e
    WHERE e.turn_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM turn AS t WHERE t.turn_id = e.turn_id)`,
  "a key's event is missing": `
    SELECT k.event_id AS id FROM dedup_key AS k
    WHERE k.purged_at IS NULL AND NOT EXISTS (SELECT 1 FROM event AS e WHERE e.event_id = k.event_id)`,
  "two turns of a conversation are leased": `
    SELECT conversation_id AS id FROM turn WHERE state = 'leased' GROUP BY conversation_id HAVING count(*) > 1`,
  "two turns of a conversation are collecting": `
    SELECT conversation_id AS id FROM turn WHERE state = 'collecting' GROUP BY conversation_id HAVING count(*) > 1`,
  "two deliveries of a conversation are sending": `
    SELECT conversation_id AS id FROM delivery WHERE state = 'sending' GROUP BY conversation_id HAVING count(*) > 1`,
  "a turn has a later fence than its conversation": `
    SELECT t.turn_id AS id FROM turn AS t JOIN conversation AS c ON c.conversation_id = t.conversation_id
    WHERE t.fence > c.fence`,
  "a claimed token's delivery is missing": `
    SELECT r.event_id AS id FROM reply_token AS r
    WHERE r.delivery_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.delivery_id = r.delivery_id)`,
  "a token was used by two deliveries": `
    SELECT min(delivery_id) AS id FROM attempt WHERE token IS NOT NULL AND outcome = 'sent'
    GROUP BY token HAVING count(DISTINCT delivery_id) > 1`,
  "a sending delivery's attempt is missing": `
    SELECT d.delivery_id AS id FROM delivery AS d
    WHERE d.state = 'sending' AND NOT EXISTS
      (SELECT 1 FROM attempt AS a WHERE a.delivery_id = d.delivery_id AND a.attempt = d.attempts)`,
  "an attempt's delivery is missing": `
    SELECT a.delivery_id AS id FROM attempt AS a
    WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.delivery_id = a.delivery_id)`,
  "a sent message's delivery is missing": `
    SELECT s.message_id AS id FROM sent_message AS s
    WHERE NOT EXISTS (SELECT 1 FROM delivery AS d WHERE d.delivery_id = s.delivery_id)`,
  "a conversation is missing": ["event", "turn", "delivery", "reply_token"]
    .map(
      (table) => `
    SELECT t.conversation_id AS id FROM ${table} AS t
    WHERE NOT EXISTS (SELECT 1 FROM conversation AS c WHERE c.conversation_id = t.conversation_id)`,
    )
    .join(" UNION ALL "),
};

/** Ids shown of each violation. */
export const SHOWN = 3;

export interface Violation {
  readonly invariant: string;
  readonly count: number;
  readonly ids: readonly string[];
}

export function violationsOf(invariant: string, ids: readonly string[]): Violation[] {
  return ids.length === 0 ? [] : [{ invariant, count: ids.length, ids: ids.slice(0, SHOWN) }];
}
