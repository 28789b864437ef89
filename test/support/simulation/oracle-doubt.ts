/** G8 where only a receipt can tell: what it reports counts, and only what nothing reports is unknown. */

import type { Word } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { ItemAction } from "../../../src/core/operator-action.ts";
import type { RouteSeen } from "./commit-recorder.ts";
import { type DeliveryRow, endOfBundle } from "./rows.ts";

/** What an operator decided, by turn or delivery. */
export type Decisions = ReadonlyMap<string, readonly ItemAction[]>;

export interface Doubts {
  readonly deliveries: readonly DeliveryRow[];
  readonly routes: readonly RouteSeen[];
  /** Words that were acked, by delivery. */
  readonly words: ReadonlyMap<string, readonly Word[]>;
  readonly policy: "hold" | "resend";
  /** What an operator decided on, by turn or delivery. */
  readonly decided: Decisions;
}

export function falseDoubts({ deliveries, routes, words, policy, decided }: Doubts): string[] {
  const doubted = new Set(routes.flatMap((one) => (one.what === "doubt" ? [one.deliveryId] : [])));
  const byId = new Map(deliveries.map((delivery) => [delivery.delivery_id, delivery]));
  return [
    ...routes.flatMap(toldAndNotHeard),
    ...deliveries.flatMap((delivery) => {
      const { delivery_id: id, state, resent_because: why } = delivery;
      // What was parked by a word of its own may be in another bundle since, and then be in doubt with that one.
      const called = byId.get(endOfBundle(delivery, byId)) ?? delivery;
      const said = words.get(called.delivery_id) ?? [];
      const yes = [...said, ...(words.get(id) ?? [])].find(({ status }) => status !== "failed");
      const broken: string[] = [];
      if (state === "unknown" && yes !== undefined)
        broken.push(`G8: ${id} is unknown although its ${yes.status} was acked`);
      if (state === "unknown" && !doubted.has(called.delivery_id)) broken.push(`G8: ${id} is unknown and nothing was`);
      if (state === "unknown" && said.length > 0 && called.attempts === 1 && yes === undefined)
        broken.push(`G8: ${id} is unknown although the platform said that it has failed`);
      const isDecided = decided.get(id)?.includes("resend") === true;
      if (policy === "hold" && why !== null && !isDecided) broken.push(`G8: ${id} was sent again under hold: ${why}`);
      return broken;
    }),
  ];
}

/** A plain answer leaves no doubt. */
function toldAndNotHeard(one: RouteSeen): string[] {
  if (one.what !== "answer" || one.outcome !== "unknown" || one.status === null) return [];
  const isPlain = one.status === 200 || (one.status < 500 && !/"code":1\b/.test(one.response ?? ""));
  return isPlain ? [`G8: ${one.deliveryId} was answered ${one.status} and taken for unknown`] : [];
}
