/**
 * The verdict on one run. It knows nothing of how the gateway works: it looks at the copies that were acked, the turns
 * that bots were handed, the bubbles on each screen, and at the final rows for what they admit not to know.
 */
import type { LineSimulator } from "../../../src/channels/line/simulator.ts";
import { tokensUsedTwice } from "../faults/checker.ts";
import type { Figures } from "./figures.ts";
import type { Handed } from "./handed.ts";
import { type Copy, hear } from "./hearing.ts";
import { decide, textsOf } from "./judge-chat.ts";
import { dearRoads, type RoadLaw } from "./judge-road.ts";
import { type WaitLaw, waitedTooLong } from "./judge-wait.ts";
import type { DeliveryRow, TurnRow } from "./rows.ts";
import type { RoadSeen, Wait } from "./witness.ts";

export interface Evidence {
  /** What the rows broke by themselves. */
  readonly brokenLaws: readonly string[];
  readonly rows: { turns(): readonly TurnRow[]; deliveries(): readonly DeliveryRow[] };
  readonly line: LineSimulator;
  readonly copies: readonly Copy[];
  readonly bots: { readonly handed: readonly Handed[] };
  readonly people: {
    readonly withdrawn: ReadonlyMap<string, ReadonlySet<number>>;
    readonly damaged: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
  };
  readonly waits: readonly Wait[];
  readonly roads: readonly RoadSeen[];
  readonly laws: { readonly wait: WaitLaw; readonly road: RoadLaw; readonly dedupMs: number };
}

export function judge(evidence: Evidence): { broken: string[]; figures: Figures } {
  const turns = new Map(evidence.rows.turns().map((turn) => [turn.turn_id, turn]));
  const deliveries = evidence.rows.deliveries();
  const mail = new Map(deliveries.flatMap((delivery) => textsOf(delivery).map((text) => [text, delivery] as const)));
  const verdicts = [...hear(evidence.copies, evidence.laws.dedupMs)].map(([person, messages]) => {
    const handed = evidence.bots.handed.filter((one) => one.person === person);
    const ids = new Set(handed.map(({ turnId }) => turnId));
    return decide({
      person,
      messages,
      withdrawn: evidence.people.withdrawn.get(person) ?? new Set(),
      damaged: evidence.people.damaged.get(person) ?? new Map(),
      handed,
      bubbles: evidence.line.seenBy(person).map(({ text }) => text ?? ""),
      turns: new Map([...turns].filter(([turnId]) => ids.has(turnId))),
      mail,
    });
  });
  const sum = (field: keyof Figures) => verdicts.reduce((total, { figures }) => total + figures[field], 0);
  return {
    broken: [
      ...verdicts.flatMap(({ broken }) => broken),
      ...waitedTooLong(evidence.waits, evidence.laws.wait),
      ...dearRoads(evidence.roads, evidence.laws.road),
      ...fencesGivenTwice(evidence.bots.handed),
      ...tokensUsedTwice(evidence),
      ...evidence.brokenLaws,
      ...deliveries.filter(({ state }) => state === "parked" || state === "dead").map(stuck),
    ],
    figures: {
      acked: sum("acked"),
      answered: sum("answered"),
      lost: sum("lost"),
      doubled: sum("doubled"),
      unknownSeen: sum("unknownSeen"),
      unknownUnseen: sum("unknownUnseen"),
      excused: sum("excused"),
    },
  };
}

function stuck({ state, delivery_id, reason }: DeliveryRow): string {
  return `G11: ${delivery_id} is ${state} although everybody wrote again with paid messages left: ${reason}`;
}

/** A frozen process may ask late, with the fence it had; but no two are given the same. */
function fencesGivenTwice(handed: readonly Handed[]): string[] {
  const given = new Set<string>();
  return handed.flatMap(({ person, fence, turnId }) => {
    const name = `${person} ${fence}`;
    const isNew = !given.has(name);
    given.add(name);
    return isNew ? [] : [`G6: ${turnId} of ${person} was handed out with fence ${fence}, which was given before`];
  });
}
