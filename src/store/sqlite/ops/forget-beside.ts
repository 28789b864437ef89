import type { ForgetBeside, ForgottenBeside } from "../../forgetting.ts";
import type { Context } from "./context.ts";
import { prepareDelete } from "./delete-turn.ts";
import { prepareBlank } from "./purge-bodies.ts";

interface EventRow {
  event_id: string;
  conversation_id: string;
  turn_id: string | null;
  has_turn: number;
  sender_id: string | null;
  channel: string;
  account: string;
}

interface DeliveryRow {
  delivery_id: string;
  conversation_id: string;
  turn_id: string | null;
  state: string;
}

/** Events and deliveries have no index by person, because each message would pay for it: so all are gone through. */
export function prepareForgetBeside(context: Context) {
  const { db, clock } = context;
  const remove = prepareDelete(context);
  const blankIn = prepareBlankIn(context);
  const selectEvents = db.prepare<[string, number], EventRow>(`
    SELECT e.event_id, e.conversation_id, e.turn_id, e.sender_id, c.channel, c.account,
           EXISTS (SELECT 1 FROM turn AS t WHERE t.turn_id = e.turn_id) AS has_turn
    FROM event AS e JOIN conversation AS c USING (conversation_id)
    WHERE e.event_id > ? ORDER BY e.event_id LIMIT ?`);
  const selectDeliveries = db.prepare<[string, number], DeliveryRow>(`
    SELECT delivery_id, conversation_id, turn_id, state FROM delivery
    WHERE delivery_id > ? ORDER BY delivery_id LIMIT ?`);

  function throughEvents(step: ForgetBeside, after: string): ForgottenBeside {
    const rows = selectEvents.all(after, step.limit);
    const sums = { events: 0, deliveries: 0, inGroups: 0 };
    for (const row of rows) {
      if (row.conversation_id === step.conversationId) {
        // What came in since the turns were deleted is a new word of theirs.
        if (row.turn_id !== null && row.has_turn === 1) continue;
        remove.event(row.event_id, clock.now());
        sums.events += 1;
      } else if (isTheirs(row, step)) {
        blankIn(row.event_id);
        sums.inGroups += 1;
      }
    }
    const last = rows.at(-1);
    const next =
      last === undefined || rows.length < step.limit
        ? ({ table: "delivery", after: "" } as const)
        : ({ table: "event", after: last.event_id } as const);
    return { ...sums, next };
  }

  function throughDeliveries(step: ForgetBeside, after: string): ForgottenBeside {
    const rows = selectDeliveries.all(after, step.limit);
    const theirs = rows.filter(
      (row) => row.conversation_id === step.conversationId && row.turn_id === null && row.state !== "sending",
    );
    for (const { delivery_id: deliveryId } of theirs) remove.delivery(deliveryId);
    const last = rows.at(-1);
    const next =
      last === undefined || rows.length < step.limit ? null : ({ table: "delivery", after: last.delivery_id } as const);
    return { events: 0, deliveries: theirs.length, inGroups: 0, next };
  }

  return function forgetBeside(step: ForgetBeside): ForgottenBeside {
    const { table, after } = step.from ?? { table: "event", after: "" };
    return table === "event" ? throughEvents(step, after) : throughDeliveries(step, after);
  };
}

function isTheirs(row: EventRow, { channel, account, names }: ForgetBeside): boolean {
  return row.channel === channel && row.account === account && row.sender_id !== null && names.includes(row.sender_id);
}

/** Their word in a group: the row stays, for the turn that it is in. One that no agent has had is taken back. */
function prepareBlankIn({ db }: Context) {
  const blank = prepareBlank({ db });
  const letGo = db.prepare<[string]>(`
    UPDATE event SET sender_id = NULL,
      state = CASE WHEN turn_id IS NULL AND state = 'stored'
                     OR state = 'accepted' AND EXISTS (SELECT 1 FROM turn
                          WHERE turn.turn_id = event.turn_id AND turn.state IN ('collecting', 'ready') AND turn.attempt = 0)
                   THEN 'withdrawn' ELSE state END
    WHERE event_id = ?`);

  return function blankIn(eventId: string): void {
    blank.event(eventId);
    letGo.run(eventId);
  };
}
