import type { ForgetBeside } from "../../forgetting.ts";
import { type Key, keyOf } from "../slot.ts";
import type { Context } from "./context.ts";
import { prepareDelete } from "./delete-turn.ts";
import { prepareBlank } from "./purge-bodies.ts";

interface EventRow {
  event_id: string;
  conversation_id: string;
  turn_id: string | null;
  has_turn: boolean;
  sender_id: string | null;
  channel: string;
  account: string;
}

interface DeliveryRow {
  delivery_id: string;
  conversation_id: string;
  turn_id: string | null;
}

export interface FoundEvents {
  /** Of the conversation, and of no turn that is still there. */
  readonly own: readonly string[];
  /** The person's, in conversations of several people. */
  readonly inGroups: readonly string[];
  readonly last: string | null;
}

/** Events and deliveries have no index by person, because each message would pay for it: so all are gone through. */
export function prepareForgetBeside(context: Context) {
  const { db } = context;
  const remove = prepareDelete(context);
  const selectEvents = db.prepare<[string, number], EventRow>(`
    SELECT e.event_id, e.conversation_id, e.turn_id, e.sender_id, c.channel, c.account,
           EXISTS (SELECT 1 FROM turn AS t WHERE t.slot = e.slot AND t.turn_id = e.turn_id) AS has_turn
    FROM event AS e JOIN conversation AS c USING (slot, conversation_id)
    WHERE e.event_id > $1 ORDER BY e.event_id LIMIT $2`);
  const selectDeliveries = db.prepare<[string, number], DeliveryRow>(`
    SELECT delivery_id, conversation_id, turn_id FROM delivery
    WHERE delivery_id > $1 ORDER BY delivery_id LIMIT $2`);
  const isStillBeside = db.prepare<Key>(
    "SELECT 1 FROM delivery WHERE slot = $1 AND delivery_id = $2 AND turn_id IS NULL AND state <> 'sending'",
  );

  return {
    async events(step: ForgetBeside, after: string): Promise<FoundEvents> {
      const rows = await selectEvents.all(after, step.limit);
      // What came in since the turns were deleted is a new word of theirs.
      const own = rows.filter(
        (row) => row.conversation_id === step.conversationId && !(row.turn_id !== null && row.has_turn),
      );
      const inGroups = rows.filter((row) => row.conversation_id !== step.conversationId && isTheirs(row, step));
      const last = rows.length < step.limit ? null : (rows.at(-1)?.event_id ?? null);
      return { own: own.map((row) => row.event_id), inGroups: inGroups.map((row) => row.event_id), last };
    },
    async deliveries(step: ForgetBeside, after: string): Promise<{ own: readonly string[]; last: string | null }> {
      const rows = await selectDeliveries.all(after, step.limit);
      const own = rows.filter((row) => row.conversation_id === step.conversationId && row.turn_id === null);
      const last = rows.length < step.limit ? null : (rows.at(-1)?.delivery_id ?? null);
      return { own: own.map((row) => row.delivery_id), last };
    },
    deleteEvent: remove.event,
    /** False: a call is on its way, or it is gone. */
    async deleteDelivery(deliveryId: string): Promise<boolean> {
      if ((await isStillBeside.get(...keyOf(deliveryId))) === undefined) return false;
      await remove.delivery(deliveryId);
      return true;
    },
    blankIn: prepareBlankIn(context),
  };
}

function isTheirs(row: EventRow, { channel, account, names }: ForgetBeside): boolean {
  return row.channel === channel && row.account === account && row.sender_id !== null && names.includes(row.sender_id);
}

/** Their word in a group: the row stays, for the turn that it is in. One that no agent has had is taken back. */
function prepareBlankIn({ db }: Context) {
  const blank = prepareBlank({ db });
  const letGo = db.prepare<Key>(`
    UPDATE event AS e SET sender_id = NULL,
      state = CASE WHEN e.turn_id IS NULL AND e.state = 'stored'
                     OR e.state = 'accepted' AND EXISTS (SELECT 1 FROM turn AS t
                          WHERE t.slot = $1 AND t.turn_id = e.turn_id AND t.state IN ('collecting', 'ready') AND t.attempt = 0)
                   THEN 'withdrawn' ELSE e.state END
    WHERE slot = $1 AND event_id = $2`);

  return async function blankIn(eventId: string): Promise<void> {
    await blank.event(eventId);
    await letGo.run(...keyOf(eventId));
  };
}
