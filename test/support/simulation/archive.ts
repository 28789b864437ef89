import type { DeliveryRow, Rows, TurnRow } from "./rows.ts";

/** Rows as they last were seen, also those that retention has deleted since. */
export class Archive {
  readonly #turns = new Map<string, TurnRow>();
  readonly #deliveries = new Map<string, DeliveryRow>();

  /** Before old rows may be deleted, and at the end. */
  async keep(rows: Pick<Rows, "turns" | "deliveries">): Promise<void> {
    const [turns, deliveries] = await Promise.all([rows.turns(), rows.deliveries()]);
    for (const turn of turns) this.#turns.set(turn.turn_id, turn);
    // What isn't there any more went since: in which state it was then, nobody saw.
    for (const [deliveryId, row] of this.#deliveries) this.#deliveries.set(deliveryId, { ...row, state: "purged" });
    for (const delivery of deliveries) this.#deliveries.set(delivery.delivery_id, delivery);
  }

  turns(): readonly TurnRow[] {
    return [...this.#turns.values()];
  }

  deliveries(): readonly DeliveryRow[] {
    return [...this.#deliveries.values()];
  }
}
