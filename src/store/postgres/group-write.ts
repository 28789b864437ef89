import type { Opened, Taken } from "./group.ts";
import type { Context } from "./ops/context.ts";
import { endsOf } from "./ops/offered-token.ts";
import { slotOf } from "./slot.ts";

/** Each row of a group is one place in each of these arrays. */
type Columns = readonly (readonly unknown[])[];

/**
 * The statements that write a group, one a table, whatever its size. They go out together. Returns the conversations in
 * which a delivery waits for the token that came.
 */
export function prepareGroupWrite(context: Context) {
  const { clock } = context;
  const writeTurns = prepareTurns(context);
  const writeEvents = prepareEvents(context);
  const writeTokens = prepareTokens(context);

  return async function writeGroup(taken: readonly Taken[], turns: readonly Opened[]): Promise<ReadonlySet<string>> {
    if (taken.length === 0) return new Set();
    const now = clock.now();
    const [offered] = await Promise.all([writeTokens(taken, now), writeTurns(turns, now), writeEvents(taken, now)]);
    return offered;
  };
}

function prepareTurns({ db }: Context) {
  const insertTurns = db.prepare<unknown[]>(`
    INSERT INTO turn (slot, turn_id, conversation_id, state, quiet_ms, max_wait_ms, max_events, first_event_at, due_at,
                      sealed_at)
    SELECT slot, turn_id, conversation_id, state, quiet_ms, max_wait_ms, max_events, $8, due_at, sealed_at
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                $9::bigint[], $10::bigint[]) WITH ORDINALITY
           AS new (slot, turn_id, conversation_id, state, quiet_ms, max_wait_ms, max_events, due_at, sealed_at, place)
    ORDER BY place`);
  const seal = db.prepare<unknown[]>(`
    UPDATE turn SET state = 'ready', sealed_at = $3, due_at = $3
    FROM unnest($1::smallint[], $2::text[]) AS full_one (slot, id)
    WHERE turn.slot = full_one.slot AND turn.turn_id = full_one.id AND turn.state = 'collecting'`);

  return async function writeTurns(turns: readonly Opened[], now: number): Promise<void> {
    const fresh = turns.filter((turn) => !turn.isStored);
    const ids = turns.filter((turn) => turn.isStored && turn.ready).map(({ turnId }) => turnId);
    await Promise.all([
      fresh.length === 0 ? null : insertTurns.run(...turnRows(fresh, now)),
      ids.length === 0 ? null : seal.run(ids.map(slotOf), ids, now),
    ]);
  };
}

function prepareEvents({ db }: Context) {
  const insertKeys = db.prepare<unknown[]>(`
    INSERT INTO dedup_key (slot, channel, account, key, event_id, created_at)
    SELECT slot, channel, account, key, event_id, $6
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[])
           AS new (slot, channel, account, key, event_id)
    ORDER BY channel, account, key`);
  const insertEvents = db.prepare<unknown[]>(`
    INSERT INTO event (slot, event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                       received_at, redelivered, sender_id, sender_name, content, raw)
    SELECT slot, event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
           $15, redelivered, sender_id, sender_name, content, raw
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                $9::bigint[], $10::smallint[], $11::text[], $12::text[], $13::text[], $14::text[]) WITH ORDINALITY
           AS new (slot, event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                   redelivered, sender_id, sender_name, content, raw, place)
    ORDER BY place`);

  return async function writeEvents(taken: readonly Taken[], now: number): Promise<void> {
    await Promise.all([insertKeys.run(...keyRows(taken), now), insertEvents.run(...eventRows(taken), now)]);
  };
}

function prepareTokens({ db, clock }: Context) {
  const insertTokens = db.prepare<unknown[]>(`
    INSERT INTO reply_token (slot, event_id, conversation_id, turn_id, token, received_at, expires_at, lent_until,
                             state)
    SELECT slot, event_id, conversation_id, turn_id, token, $8, expires_at, lent_until, 'unused'
    FROM unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
           AS new (slot, event_id, conversation_id, turn_id, token, expires_at, lent_until)`);
  const letParkedTakeThem = db.prepare<unknown[], { conversation_id: string }>(`
    UPDATE delivery SET due_at = new.due_at
    FROM unnest($1::smallint[], $2::text[], $3::bigint[]) AS new (slot, id, due_at)
    WHERE delivery.slot = new.slot AND delivery.conversation_id = new.id
      AND delivery.state = 'parked' AND delivery.carrier_id IS NULL
    RETURNING delivery.conversation_id`);

  return async function writeTokens(taken: readonly Taken[], now: number): Promise<ReadonlySet<string>> {
    const rows = taken.flatMap(({ arrival, eventId, conversationId, turn }) => {
      const { token } = arrival.event;
      if (token === null) return [];
      const { rescueLeadMs, waitedMs = () => 0 } = arrival.policy;
      const ends = endsOf(token, clock, waitedMs());
      const due = Math.floor(ends.expiresAt - rescueLeadMs);
      return [{ eventId, conversationId, turnId: turn?.turnId ?? null, token: token.token, ...ends, due }];
    });
    if (rows.length === 0) return new Set();
    const last = [...new Map(rows.map((row) => [row.conversationId, row.due]))];
    const [, woken] = await Promise.all([
      insertTokens.run(
        rows.map(({ eventId }) => slotOf(eventId)),
        rows.map(({ eventId }) => eventId),
        rows.map(({ conversationId }) => conversationId),
        rows.map(({ turnId }) => turnId),
        rows.map(({ token }) => token),
        rows.map(({ expiresAt }) => expiresAt),
        rows.map(({ lentUntil }) => lentUntil),
        now,
      ),
      letParkedTakeThem.all(
        last.map(([id]) => slotOf(id)),
        last.map(([id]) => id),
        last.map(([, due]) => due),
      ),
    ]);
    return new Set(woken.map((row) => row.conversation_id));
  };
}

function keyRows(taken: readonly Taken[]): Columns {
  const rows = taken.flatMap(({ arrival: { event }, eventId }) =>
    [...new Set(event.dedupKeys)].map((key) => ({ ...event.conversation, key, eventId })),
  );
  return [
    rows.map(({ eventId }) => slotOf(eventId)),
    rows.map(({ channel }) => channel),
    rows.map(({ account }) => account),
    rows.map(({ key }) => key),
    rows.map(({ eventId }) => eventId),
  ];
}

function turnRows(turns: readonly Opened[], now: number): unknown[] {
  return [
    turns.map(({ turnId }) => slotOf(turnId)),
    turns.map(({ turnId }) => turnId),
    turns.map(({ conversationId }) => conversationId),
    turns.map(({ ready }) => (ready ? "ready" : "collecting")),
    turns.map(({ policy }) => policy.quietMs),
    turns.map(({ policy }) => policy.maxWaitMs),
    turns.map(({ policy }) => policy.maxEvents),
    now,
    turns.map(({ ready, dueAt }) => (ready ? now : dueAt)),
    turns.map(({ ready }) => (ready ? now : null)),
  ];
}

function eventRows(taken: readonly Taken[]): Columns {
  const events = taken.map(({ arrival }) => arrival.event);
  return [
    taken.map(({ eventId }) => slotOf(eventId)),
    taken.map(({ eventId }) => eventId),
    taken.map(({ conversationId }) => conversationId),
    taken.map(({ turn }) => turn?.turnId ?? null),
    taken.map(({ turn }) => (turn === null ? "stored" : "accepted")),
    events.map((event) => event.platformEventId),
    events.map((event) => JSON.stringify(event.dedupKeys)),
    events.map((event) => event.type),
    events.map((event) => event.sentAt),
    events.map((event) => (event.redelivered ? 1 : 0)),
    events.map((event) => event.sender?.id ?? null),
    events.map((event) => event.sender?.name ?? null),
    events.map((event) => JSON.stringify(event.content)),
    events.map((event) => JSON.stringify(event.raw)),
  ];
}
