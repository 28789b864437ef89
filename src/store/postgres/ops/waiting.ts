import type { WaitingState } from "../../../core/waiting.ts";
import type { Waiting } from "../../store.ts";
import type { Context } from "./context.ts";

interface Row {
  state: WaitingState;
  count: number;
  since: number | null;
}

// Each state's wait starts when the row came into it; a dead turn's when it died. Every query walks a partial index;
// `state <> 'sent'` is there so that PostgreSQL sees that it may.
const QUERY = `
  SELECT 'collecting' AS state, count(*) AS count, min(first_event_at) AS since FROM turn WHERE state = 'collecting'
  UNION ALL SELECT 'ready', count(*), min(sealed_at) FROM turn WHERE state = 'ready'
  UNION ALL SELECT 'leased', count(*), min(claimed_at) FROM turn WHERE state = 'leased'
  UNION ALL SELECT 'pending', count(*), min(created_at) FROM delivery WHERE state = 'pending' AND state <> 'sent'
  UNION ALL SELECT 'sending', count(*), min(state_since) FROM delivery WHERE state = 'sending' AND state <> 'sent'
  UNION ALL SELECT 'unknown', count(*), min(unknown_since) FROM delivery WHERE state = 'unknown' AND state <> 'sent'
  UNION ALL SELECT 'parked', count(*), min(parked_since) FROM delivery WHERE state = 'parked' AND state <> 'sent'
  UNION ALL SELECT 'dead', count(*), min(since) FROM (
    SELECT ended_at AS since FROM turn WHERE state = 'dead' AND discarded_at IS NULL
    UNION ALL SELECT state_since FROM delivery WHERE state = 'dead' AND state <> 'sent' AND discarded_at IS NULL) AS dead`;

export function prepareWaiting({ db, clock }: Context) {
  const select = db.prepare<[], Row>(QUERY);

  return async function waiting(): Promise<readonly Waiting[]> {
    const now = clock.now();
    return (await select.all()).map((row) => ({
      state: row.state,
      count: row.count,
      oldestMs: row.since === null ? 0 : Math.max(0, now - row.since),
    }));
  };
}
