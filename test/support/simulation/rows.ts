/** The rows as anybody may read them, without the gateway. */

export interface TurnRow {
  readonly turn_id: string;
  readonly state: string;
  readonly fence: number;
  readonly failures: number;
}

export interface DeliveryRow {
  readonly delivery_id: string;
  readonly turn_id: string | null;
  readonly state: string;
  readonly messages: string;
  readonly due_at: number | null;
  readonly attempts: number;
  readonly resent_because: string | null;
  /** The delivery that it was bundled into, and that it ended with. */
  readonly bundled_into: string | null;
  readonly reason: string | null;
  readonly unknown_since: number | null;
  readonly parked_since: number | null;
}

/** One that was parked may be bundled into a later one, and that into another: the last of them was called. */
export function endOfBundle(delivery: DeliveryRow, byId: ReadonlyMap<string, DeliveryRow>): string {
  return carriersOf(delivery, byId).at(-1) ?? delivery.delivery_id;
}

/** What it was bundled into, and what that was, in order. */
export function carriersOf(delivery: DeliveryRow, byId: ReadonlyMap<string, DeliveryRow>): readonly string[] {
  const carrier = byId.get(delivery.bundled_into ?? "");
  return carrier === undefined ? [] : [carrier.delivery_id, ...carriersOf(carrier, byId)];
}

export interface Rows {
  turns(): Promise<readonly TurnRow[]>;
  deliveries(): Promise<readonly DeliveryRow[]>;
  turnState(turnId: string): Promise<string>;
  /** Where that event is on its way. */
  stateOf(platformEventId: string): Promise<string>;
  /** A delivery of unknown outcome that is still tried again. */
  isAnyUnknownDue(): Promise<boolean>;
  /** Deletes that event behind the store's back, as a partial restore would. False when it was not there. */
  lose(platformEventId: string): Promise<boolean>;
  everything(): Promise<unknown>;
}

/** A connection of our own to the database. `?` stands for the value. */
export interface Shell {
  select<Row>(sql: string, value?: string): Promise<readonly Row[]>;
  /** How many rows it changed. */
  change(sql: string, value: string): Promise<number>;
}

const TABLES = ["conversation", "dedup_key", "event", "turn", "reply_token", "delivery", "attempt", "account"];

export function rowsOf({ select, change }: Shell): Rows {
  return {
    turns: () => select<TurnRow>("SELECT turn_id, state, fence, failures FROM turn ORDER BY seq"),
    deliveries: () => select<DeliveryRow>("SELECT * FROM delivery ORDER BY seq"),
    stateOf: async (id) => {
      const [row] = await select<EventState>(EVENT_STATE, id);
      return stateOf(row, row === undefined ? (await select<KeyState>(KEY_STATE, id))[0] : undefined);
    },
    isAnyUnknownDue: async () => (await select(UNKNOWN_DUE)).length > 0,
    turnState: async (turnId) =>
      (await select<{ state: string }>("SELECT state FROM turn WHERE turn_id = ?", turnId))[0]?.state ?? "not there",
    lose: async (id) => (await change("DELETE FROM event WHERE platform_event_id = ?", id)) > 0,
    everything: () => Promise.all(TABLES.map((table) => select(`SELECT * FROM ${table} ORDER BY 1, 2, 3`))),
  };
}

interface EventState {
  readonly event: string;
  readonly turn: string | null;
  readonly delivery: string | null;
}

interface KeyState {
  readonly purged_at: number | null;
}

const UNKNOWN_DUE = "SELECT 1 FROM delivery WHERE state = 'unknown' AND due_at IS NOT NULL LIMIT 1";

const KEY_STATE = "SELECT purged_at FROM dedup_key WHERE key = ?";

const EVENT_STATE = `
  SELECT e.state AS event, t.state AS turn,
         (SELECT d.state FROM delivery AS d WHERE d.turn_id = e.turn_id ORDER BY d.seq DESC LIMIT 1) AS delivery
  FROM event AS e LEFT JOIN turn AS t USING (turn_id) WHERE e.platform_event_id = ?`;

function stateOf(row: EventState | undefined, key: KeyState | undefined): string {
  if (row === undefined) return key === undefined ? "not there" : key.purged_at === null ? "row lost" : "purged";
  if (row.event === "retracted") return "retracted";
  if (row.turn === "done") return row.delivery ?? "answered";
  return row.turn ?? "idle";
}
