/** What must hold between any two looks at the tables, and in each of them. */
import { expect } from "vitest";
import { type DeliveryState, canMove as deliveryCanMove } from "../../../src/core/delivery.ts";
import { type ClaimedTurn, type TurnState, canMove as turnCanMove } from "../../../src/core/turn.ts";
import type { Sending } from "./conformance-steps.ts";
import type { Bench, Row } from "./harness.ts";

/** The tables, each by its id. */
export interface Snapshot {
  readonly conversations: ReadonlyMap<string, Row>;
  readonly turns: ReadonlyMap<string, Row>;
  readonly events: ReadonlyMap<string, Row>;
  readonly tokens: ReadonlyMap<string, Row>;
  readonly deliveries: ReadonlyMap<string, Row>;
  readonly attempts: ReadonlyMap<string, Row>;
}

export async function snapshotOf(bench: Bench): Promise<Snapshot> {
  const by = async (table: Parameters<Bench["rows"]>[0], ...columns: readonly string[]) =>
    new Map((await bench.rows(table)).map((row) => [columns.map((column) => row[column]).join(" "), row]));
  return {
    conversations: await by("conversation", "conversation_id"),
    turns: await by("turn", "turn_id"),
    events: await by("event", "event_id"),
    tokens: await by("reply_token", "token"),
    deliveries: await by("delivery", "delivery_id"),
    attempts: await by("attempt", "delivery_id", "attempt"),
  };
}

export function expectInvariants(before: Snapshot, after: Snapshot, mayDelete: boolean): void {
  expectLegalMoves(before, after);
  expectNothingLost(before, after, mayDelete);
  expectOneAtATime(after);
  expectEventsInOneTurn(before, after);
  expectTokensForOne(before, after);
  expectFencesGrow(before, after);
  expectSameBytes(after);
}

function expectLegalMoves(before: Snapshot, after: Snapshot): void {
  for (const [id, row] of after.turns) {
    const from = before.turns.get(id)?.state;
    if (from === undefined) expect(row.state, `${id} begins`).toBeOneOf(["collecting", "ready"]);
    else if (from !== row.state) {
      expect(turnCanMove(from as TurnState, row.state as TurnState), `${id}: ${from} → ${row.state}`).toBe(true);
    }
  }
  for (const [id, row] of after.deliveries) {
    const from = before.deliveries.get(id)?.state;
    if (from === undefined) expect(row.state, `${id} begins`).toBe("pending");
    else if (from !== row.state) {
      expect(from, `${id}: only a receipt takes back what was sent`).not.toBe("sent");
      const isLegal = deliveryCanMove(from as DeliveryState, row.state as DeliveryState);
      expect(isLegal, `${id}: ${from} → ${row.state}`).toBe(true);
    }
  }
}

/** Only retention deletes, and only what is finished. */
function expectNothingLost(before: Snapshot, after: Snapshot, mayDelete: boolean): void {
  const finished = { turns: ["done", "empty", "skipped"], deliveries: ["sent"] };
  for (const table of ["turns", "deliveries"] as const) {
    for (const [id, row] of before[table]) {
      if (after[table].has(id)) continue;
      expect(mayDelete, `${id} was deleted`).toBe(true);
      expect(row.state, `${id} was deleted`).toBeOneOf(finished[table]);
    }
  }
  for (const [id, row] of before.events) {
    if (after.events.has(id)) continue;
    expect(mayDelete, `${id} was deleted`).toBe(true);
    expect(after.turns.has(String(row.turn_id)), `${id} was deleted without its turn`).toBe(false);
  }
}

function expectOneAtATime({ turns, deliveries }: Snapshot): void {
  const busy = new Set<string>();
  for (const row of [...turns.values(), ...deliveries.values()]) {
    if (!["collecting", "leased", "sending"].includes(String(row.state))) continue;
    const place = `${row.state} in ${row.conversation_id}`;
    expect(busy.has(place), `two are ${place}`).toBe(false);
    busy.add(place);
  }
}

/** An event's turn is there and never another one, and takes nothing more once it was handed out. */
function expectEventsInOneTurn(before: Snapshot, after: Snapshot): void {
  for (const [id, row] of after.events) {
    const known = before.events.get(id);
    if (known !== undefined) expect(row.turn_id, `the turn of ${id}`).toBe(known.turn_id);
    if (row.state === "stored") expect(row.turn_id).toBeNull();
    // What was said beside the turns can be taken back as well.
    else if (row.state !== "retracted" || row.turn_id !== null)
      expect(after.turns.has(String(row.turn_id)), `the turn of ${id} is there`).toBe(true);
    const turn = before.turns.get(String(row.turn_id));
    if (Number(turn?.attempt ?? 0) > 0) expect(row.state, `${id} of a sealed turn`).toBe(known?.state);
  }
}

/** After one of these the platform has certainly not taken the token. */
const NOT_TAKEN: ReadonlySet<unknown> = new Set(["retry", "rate-limited", "account-stopped", "quota-exhausted"]);

/** A token goes from one delivery to another only when it is certain that the first didn't use it. */
function expectTokensForOne(before: Snapshot, after: Snapshot): void {
  const isUsed = (row: Row) =>
    [...after.attempts.values()].some(
      (one) => one.token === row.token && one.delivery_id === row.delivery_id && !NOT_TAKEN.has(one.outcome),
    );
  for (const [id, row] of after.tokens) {
    const earlier = before.tokens.get(id);
    if (earlier === undefined || earlier.delivery_id === null || !isUsed(earlier)) continue;
    expect(row.delivery_id, `the delivery of ${id}`).toBe(earlier.delivery_id);
  }
  const users = new Map<string, string>();
  for (const { token, delivery_id: user, outcome } of after.attempts.values()) {
    if (token === null || NOT_TAKEN.has(outcome)) continue;
    expect(users.get(String(token)) ?? user, `the user of ${token}`).toBe(user);
    users.set(String(token), String(user));
  }
}

function expectFencesGrow(before: Snapshot, after: Snapshot): void {
  for (const table of ["conversations", "turns"] as const) {
    for (const [id, row] of after[table]) {
      expect(Number(row.fence), `the fence of ${id}`).toBeGreaterThanOrEqual(Number(before[table].get(id)?.fence ?? 0));
    }
  }
  const fences = [...after.turns.values()].filter((turn) => turn.fence !== 0);
  const given = new Set(fences.map((turn) => `${turn.conversation_id} ${turn.fence}`));
  expect(given.size, "no fence was given twice").toBe(fences.length);
}

/** Attempts are numbered without a gap; behind one that may have been accepted there is only the same again. */
function expectSameBytes({ deliveries, attempts }: Snapshot): void {
  for (const [id, delivery] of deliveries) {
    let bound: Row | null = null;
    for (let number = 1; number <= Number(delivery.attempts); number++) {
      const attempt: Row | undefined = attempts.get(`${id} ${number}`);
      expect(attempt, `attempt ${number} of ${id}`).toBeDefined();
      if (attempt === undefined) return;
      if (bound !== null) expect(wire(attempt), `attempt ${number} of ${id}`).toEqual(wire(bound));
      else if (attempt.outcome === "unknown") bound = attempt;
      const isOpen = delivery.state === "sending" && number === delivery.attempts;
      expect(attempt.outcome === null, `attempt ${number} of ${id} is open`).toBe(isOpen);
    }
    expect(attempts.has(`${id} ${Number(delivery.attempts) + 1}`)).toBe(false);
  }
}

function wire({ route, token, path, body, retry_key: retryKey }: Row) {
  return { route, token, path, body, retryKey };
}

/** What agents were given and what the platform took, over a whole walk. */
export class Ledger {
  readonly #given = new Map<string, ClaimedTurn>();
  readonly #taken = new Set<string>();

  /** A turn is the same whenever it is handed out, with attempt and fence growing. */
  handedOut(turn: ClaimedTurn): void {
    const earlier = this.#given.get(turn.turnId);
    if (earlier !== undefined) {
      expect(turn.events).toEqual(earlier.events);
      expect(turn.attempt).toBeGreaterThan(earlier.attempt);
      expect(turn.fence).toBeGreaterThan(earlier.fence);
    }
    this.#given.set(turn.turnId, turn);
  }

  /** The platform took this call for new: no message in it was ever taken before. */
  accepted({ call, deliveryId }: Sending): void {
    const { messages } = JSON.parse(call.body) as { messages: readonly { readonly text: string }[] };
    for (const { text } of messages) {
      expect(this.#taken.has(text), `${deliveryId} brings "${text}" a second time`).toBe(false);
      this.#taken.add(text);
    }
  }
}
