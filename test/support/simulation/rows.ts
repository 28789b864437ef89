/** The file as anybody may read it, without the gateway. */
import Database from "better-sqlite3";

export interface TurnRow {
  readonly turn_id: string;
  readonly state: string;
  readonly fence: number;
  readonly failures: number;
}

export interface DeliveryRow {
  readonly delivery_id: string;
  readonly state: string;
  readonly messages: string;
  readonly due_at: number | null;
  readonly attempts: number;
  readonly resent_because: string | null;
  /** The delivery that it rode on, and that it ended with. */
  readonly carrier_id: string | null;
  readonly reason: string | null;
  readonly unknown_since: number | null;
  readonly parked_since: number | null;
}

export interface Rows {
  turns(): readonly TurnRow[];
  deliveries(): readonly DeliveryRow[];
  turnState(turnId: string): string;
  /** Where that event is on its way. */
  stateOf(platformEventId: string): string;
  /** A delivery of unknown fate that is still tried again. */
  isAnyUnknownDue(): boolean;
  /** Deletes that event behind the store's back, as a partial restore would. False when it was not there. */
  lose(platformEventId: string): boolean;
  everything(): unknown;
}

const TABLES = ["conversation", "dedup_key", "event", "turn", "reply_token", "delivery", "attempt", "account"];

/** One connection for a whole run. The file must be there. */
export function openRows(file: string): Rows & { close(): void } {
  const db = new Database(file, { readonly: true });
  const all = <Row>(sql: string, ...values: unknown[]) => db.prepare<unknown[], Row>(sql).all(...values);
  const eventState = db.prepare<[string], EventState>(EVENT_STATE);
  const keyState = db.prepare<[string], { purged_at: number | null }>("SELECT purged_at FROM dedup_key WHERE key = ?");
  return {
    turns: () => all<TurnRow>("SELECT turn_id, state, fence, failures FROM turn ORDER BY seq"),
    deliveries: () => all<DeliveryRow>("SELECT * FROM delivery ORDER BY seq"),
    stateOf: (id) => stateOf(eventState.get(id), keyState.get(id)),
    isAnyUnknownDue: () =>
      all("SELECT 1 FROM delivery WHERE state = 'unknown' AND due_at IS NOT NULL LIMIT 1").length > 0,
    turnState: (turnId) =>
      all<{ state: string }>("SELECT state FROM turn WHERE turn_id = ?", turnId)[0]?.state ?? "not there",
    lose: (id) => {
      const shell = new Database(file);
      try {
        return shell.prepare("DELETE FROM event WHERE platform_event_id = ?").run(id).changes > 0;
      } finally {
        shell.close();
      }
    },
    everything: () => TABLES.map((table) => all(`SELECT * FROM ${table} ORDER BY 1, 2, 3`)),
    close: () => db.close(),
  };
}

interface EventState {
  readonly event: string;
  readonly turn: string | null;
  readonly delivery: string | null;
}

const EVENT_STATE = `
  SELECT e.state AS event, t.state AS turn,
         (SELECT d.state FROM delivery AS d WHERE d.turn_id = e.turn_id ORDER BY d.seq DESC LIMIT 1) AS delivery
  FROM event AS e LEFT JOIN turn AS t USING (turn_id) WHERE e.platform_event_id = ?`;

function stateOf(row: EventState | undefined, key: { purged_at: number | null } | undefined): string {
  if (row === undefined) return key === undefined ? "not there" : key.purged_at === null ? "row lost" : "purged";
  if (row.event === "withdrawn") return "withdrawn";
  if (row.turn === "done") return row.delivery ?? "answered";
  return row.turn ?? "idle";
}
