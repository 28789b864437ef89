import { dueAt } from "../../core/batch.ts";
import type { InboundEvent } from "../../core/event.ts";
import { conversationId as idOf } from "../conversation-id.ts";
import type { IngestPolicy, IngestResult } from "../store.ts";
import type { Arrival, Collecting, Opened, Taken } from "./group.ts";
import { prepareGroupWrite } from "./group-write.ts";
import type { Context } from "./ops/context.ts";
import { newId, slotOf } from "./slot.ts";

/** What came of each: `null` where it must be taken in alone. */
export type GroupIngest = (arrivals: readonly Arrival[]) => Promise<readonly (IngestResult | null)[]>;

interface CollectingRow {
  conversation_id: string;
  turn_id: string;
  first_event_at: number;
  quiet_ms: number;
  max_wait_ms: number;
  max_events: number;
  event_count: number;
}

interface Plan {
  /** In the order of the arrivals; `null` for one that must go alone. */
  readonly taken: readonly (Taken | null)[];
  /** Every turn that the group opened or completed. */
  readonly turns: readonly Opened[];
}

/**
 * Takes in many events in a few statements: each that nobody has seen, and that only adds to its conversation. It does to the tables
 * what `ops/ingest.ts` does; what needs more than that goes through there, alone. All its conversations are locked.
 */
export function prepareGroupIngest(context: Context): GroupIngest {
  const { clock, chance } = context;
  const look = prepareLook(context);
  const write = prepareGroupWrite(context);

  function plan(arrivals: readonly Arrival[], known: ReadonlySet<string>, rows: readonly CollectingRow[]): Plan {
    const now = clock.now();
    const seen = new Set(known);
    const open = new Map(rows.map((row) => [row.conversation_id, stored(row)]));
    const touched = new Map<string, Collecting>();

    function join(arrival: Arrival, conversationId: string): { turn: Collecting | null; turnReady: boolean } {
      const { event, policy } = arrival;
      if (event.effect === "store") return { turn: null, turnReady: false };
      const turn =
        open.get(conversationId) ?? opened(conversationId, newId(chance, "turn", slotOf(conversationId)), now, policy);
      turn.eventCount += 1;
      const immediate = event.effect === "collect-now";
      const { firstEventAt, eventCount } = turn;
      const due = dueAt({ firstEventAt, lastEventAt: now, eventCount, immediate }, turn.policy);
      // A later event of the group leaves it, as it leaves that of a turn that is stored: `sealTurn` looks.
      if (eventCount === 1) turn.dueAt = due;
      turn.ready = due <= now;
      if (turn.ready) open.delete(conversationId);
      else open.set(conversationId, turn);
      if (turn.ready || !turn.isStored) touched.set(turn.turnId, turn);
      return { turn, turnReady: turn.ready };
    }

    const taken = arrivals.map((arrival): Taken | null => {
      const { event } = arrival;
      const keys = event.dedupKeys.map((key) => keyName(event, key));
      const isPlain = !needsMore(arrival) && !keys.some((key) => seen.has(key));
      for (const key of keys) seen.add(key);
      if (!isPlain) return null;
      const conversationId = idOf(event.conversation);
      const eventId = newId(chance, "evt", slotOf(conversationId));
      return { arrival, eventId, conversationId, ...join(arrival, conversationId) };
    });
    return { taken, turns: [...touched.values()] };
  }

  return async function ingestGroup(arrivals) {
    const { known, collecting } = await look(arrivals.map(({ event }) => event));
    const { taken, turns } = plan(arrivals, known, collecting);
    const offered = await write(
      taken.filter((one) => one !== null),
      turns,
    );
    return taken.map((one) => (one === null ? null : resultOf(one, clock.now(), offered)));
  };
}

/**
 * Taken back, tapped, said under several names, said where the platform lets us answer for a while only, or of another
 * effect while the agent works.
 */
function needsMore({ event, policy }: Arrival): boolean {
  const { withdraws, tap, peerNames, windowMs, pauseMs } = event;
  if ((policy.busy ?? "queue") !== "queue") return true;
  return withdraws !== null || [tap ?? undefined, peerNames, windowMs, pauseMs].some((one) => one !== undefined);
}

function keyName({ conversation: { channel, account } }: InboundEvent, key: string): string {
  return JSON.stringify([channel, account, key]);
}

function stored(row: CollectingRow): Collecting {
  return {
    conversationId: row.conversation_id,
    turnId: row.turn_id,
    dueAt: 0,
    firstEventAt: row.first_event_at,
    policy: { quietMs: row.quiet_ms, maxWaitMs: row.max_wait_ms, maxEvents: row.max_events },
    isStored: true,
    eventCount: row.event_count,
    ready: false,
  };
}

function opened(conversationId: string, turnId: string, now: number, { batch }: IngestPolicy): Collecting {
  const empty = { isStored: false, eventCount: 0, dueAt: 0, ready: false };
  return { conversationId, turnId, firstEventAt: now, policy: batch, ...empty };
}

function resultOf(one: Taken, now: number, offered: ReadonlySet<string>): IngestResult {
  return {
    kind: "accepted",
    eventId: one.eventId,
    conversationId: one.conversationId,
    receivedAt: now,
    turnId: one.turn?.turnId ?? null,
    turnReady: one.turnReady,
    offersRoad: one.arrival.event.token !== null && offered.has(one.conversationId),
    isSkipped: false,
    interrupted: null,
  };
}

/** The keys that are known, and the turns that are open. */
function prepareLook({ db }: Context) {
  const selectKeys = db.prepare<[string[], string[], string[]], { channel: string; account: string; key: string }>(`
    SELECT k.channel, k.account, k.key FROM dedup_key AS k
      JOIN unnest($1::text[], $2::text[], $3::text[]) AS asked (channel, account, key)
        ON k.channel = asked.channel AND k.account = asked.account AND k.key = asked.key`);
  const selectCollecting = db.prepare<[number[], string[]], CollectingRow>(`
    SELECT t.conversation_id, t.turn_id, t.first_event_at, t.quiet_ms, t.max_wait_ms, t.max_events,
           (SELECT count(*) FROM event AS e WHERE e.slot = t.slot AND e.turn_id = t.turn_id) AS event_count
    FROM turn AS t
      JOIN unnest($1::smallint[], $2::text[]) AS asked (slot, id) ON t.slot = asked.slot AND t.conversation_id = asked.id
    WHERE t.state = 'collecting'`);

  return async function look(events: readonly InboundEvent[]) {
    const keys = events.flatMap(({ conversation: { channel, account }, dedupKeys }) =>
      dedupKeys.map((key) => ({ channel, account, key })),
    );
    const ids = [...new Set(events.map((event) => idOf(event.conversation)))];
    const [known, collecting] = await Promise.all([
      selectKeys.all(
        keys.map(({ channel }) => channel),
        keys.map(({ account }) => account),
        keys.map(({ key }) => key),
      ),
      selectCollecting.all(ids.map(slotOf), ids),
    ]);
    const names = known.map(({ channel, account, key }) => JSON.stringify([channel, account, key]));
    return { known: new Set(names), collecting };
  };
}
