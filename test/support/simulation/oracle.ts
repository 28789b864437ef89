/**
 * The verdict on one run. It knows nothing of how the gateway works: it looks at the copies that were acked, the turns
 * that bots were handed, the bubbles on each screen, and at the final rows for what they admit not to know.
 */

import type { SeedPlatform } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { RouteSeen, Wait } from "./commit-recorder.ts";
import type { Disturbance } from "./disturbances.ts";
import type { Figures } from "./figures.ts";
import type { Handed } from "./handed.ts";
import { ackedWords, type Copy, hear, type Messages } from "./hearing.ts";
import { decide, repliesIn } from "./oracle-chat.ts";
import { type Decisions, falseDoubts } from "./oracle-doubt.ts";
import { failures } from "./oracle-failure.ts";
import { checkIsolation, type IsolationVerdict, type UnaffectedChat } from "./oracle-isolation.ts";
import { needlesslyPaidRoutes, type RouteInvariant } from "./oracle-route.ts";
import { type WaitInvariant, waitedTooLong } from "./oracle-wait.ts";
import { carriersOf, type DeliveryRow, type TurnRow } from "./rows.ts";

export interface Evidence {
  /** What the rows broke by themselves. */
  readonly violatedInvariants: readonly string[];
  readonly rows: { turns(): readonly TurnRow[]; deliveries(): readonly DeliveryRow[] };
  readonly platform: SeedPlatform;
  readonly copies: readonly Copy[];
  readonly bots: { readonly handed: readonly Handed[] };
  readonly people: {
    readonly retracted: ReadonlyMap<string, ReadonlySet<number>>;
    readonly damaged: ReadonlyMap<string, ReadonlyMap<number, readonly number[]>>;
  };
  readonly waits: readonly Wait[];
  readonly routes: readonly RouteSeen[];
  readonly disturbances: readonly Disturbance[];
  readonly decided: Decisions;
  /** Chats that a fault of others must not reach, by name; `null`: no fault stays with some. */
  readonly local: { readonly unaffected: ReadonlySet<string>; readonly boundMs: number } | null;
  readonly invariants: {
    readonly wait: WaitInvariant;
    readonly route: RouteInvariant;
    readonly dedupKeysMs: number;
    /** Messages are seen in the order in which they were accepted, or the gateway could wait for each. */
    readonly isOrderKept: boolean;
  };
}

export function findViolations(evidence: Evidence): { broken: string[]; figures: Figures } {
  const turns = new Map(evidence.rows.turns().map((turn) => [turn.turn_id, turn]));
  const deliveries = evidence.rows.deliveries();
  const mail = new Map(
    deliveries.flatMap((delivery) => repliesIn(delivery.messages).map((text) => [text, delivery] as const)),
  );
  const { platform, copies, invariants, routes } = evidence;
  const decided = withResends(evidence.decided, deliveries);
  const words = ackedWords(copies, platform);
  const { unheard, mayBeDead, reopened } = failures(deliveries, words, platform);
  const heard = hear(copies, invariants.dedupKeysMs, platform);
  const verdicts = [...heard].map(([person, messages]) => {
    const handed = evidence.bots.handed.filter((one) => one.person === person);
    const ids = new Set(handed.map(({ turnId }) => turnId));
    return decide({
      person,
      messages,
      retracted: evidence.people.retracted.get(person) ?? new Set(),
      damaged: evidence.people.damaged.get(person) ?? new Map(),
      handed,
      bubbles: platform.screenOf(person).flatMap(({ text }) => repliesIn(text)),
      turns: new Map([...turns].filter(([turnId]) => ids.has(turnId))),
      mail,
      copiesMost: platform.copiesMost,
      failed: new Set([...unheard, ...givenUp(decided, deliveries)]),
      reopened,
      decided,
      isOrderKept: invariants.isOrderKept,
    });
  });
  const unreadable = new Set(
    evidence.bots.handed.flatMap(({ manner, turnId }) => (manner === "unreadable" ? [turnId] : [])),
  );
  const isolation = isolationOf(evidence, heard);
  const sum = (field: keyof Figures) => verdicts.reduce((total, { figures }) => total + figures[field], 0);
  return {
    broken: [
      ...verdicts.flatMap(({ broken }) => broken),
      ...strangers(evidence.bots.handed, heard),
      ...falseDoubts({ deliveries, routes, words, policy: platform.settings.onUnknown ?? "hold", decided }),
      ...waitedTooLong(evidence.waits, invariants.wait),
      ...needlesslyPaidRoutes(routes, invariants.route),
      ...isolation.broken,
      ...fencesGivenTwice(evidence.bots.handed),
      ...platform.broken(),
      ...evidence.violatedInvariants,
      ...deliveries
        .filter(({ state }) => state === "parked" || state === "dead")
        .flatMap(stuckUnless(new Set([...mayBeDead, ...givenUp(decided, deliveries)]), unreadable)),
    ],
    figures: {
      acked: sum("acked"),
      answered: sum("answered"),
      lost: sum("lost"),
      doubled: sum("doubled"),
      sentAgain: sum("sentAgain"),
      unknownSeen: sum("unknownSeen"),
      unknownUnseen: sum("unknownUnseen"),
      excused: sum("excused"),
      beside: isolation.checked,
    },
  };
}

function isolationOf(
  { local, platform, disturbances, routes, bots, rows }: Evidence,
  heard: ReadonlyMap<string, Messages>,
): IsolationVerdict {
  if (local === null) return { broken: [], checked: 0 };
  const { unaffected, boundMs } = local;
  const parked = new Set(rows.deliveries().flatMap((one) => (one.parked_since === null ? [] : [one.turn_id])));
  const chats = [...unaffected].map((chat): readonly [string, UnaffectedChat] => {
    const distrusted = routes.flatMap((one) =>
      one.what === "token" && one.peerId === chat && !one.isTrusted ? [one.at] : [],
    );
    const handed = bots.handed.filter(({ person }) => person === chat);
    return [
      chat,
      {
        messages: heard.get(chat) ?? new Map(),
        screen: platform.screenOf(chat),
        distrusted,
        handedOut: [...new Set(handed.flatMap(({ numbers }) => numbers))],
        parked: new Set(handed.flatMap(({ turnId, numbers }) => (parked.has(turnId) ? numbers : []))),
      },
    ];
  });
  return checkIsolation({ chats: new Map(chats), disturbances, boundMs });
}

/** Whoever writes keeps one conversation, by whatever name and on whatever account of ours. */
function strangers(handed: readonly Handed[], heard: ReadonlyMap<string, unknown>): string[] {
  const names = new Set(handed.map(({ person }) => person).filter((person) => !heard.has(person)));
  return [...names].map((person) => `G6: turns were handed out as of ${person}, and nobody of that name wrote`);
}

/** Nobody waits for what an operator discarded, or said to be there; what it carries shares its end. */
function givenUp(decided: Decisions, deliveries: readonly DeliveryRow[]): readonly string[] {
  const ids = [...decided].flatMap(([id, actions]) =>
    actions.some((action) => action === "discard" || action === "sent") ? [id] : [],
  );
  const byId = new Map(deliveries.map((delivery) => [delivery.delivery_id, delivery]));
  const carried = deliveries.filter((delivery) => carriersOf(delivery, byId).some((id) => ids.includes(id)));
  return [...ids, ...carried.map(({ delivery_id: id }) => id)];
}

/** What an operator resends takes along what it carries. */
function withResends(decided: Decisions, deliveries: readonly DeliveryRow[]): Decisions {
  const byId = new Map(deliveries.map((delivery) => [delivery.delivery_id, delivery]));
  const carried = deliveries.map((delivery) => {
    const resends = carriersOf(delivery, byId).flatMap((id) => decided.get(id) ?? []);
    const id = delivery.delivery_id;
    return [id, [...(decided.get(id) ?? []), ...resends.filter((action) => action === "resend")]] as const;
  });
  return new Map([...decided, ...carried]);
}

/** Dead for good may be what the platform can't bring, and what the bot has not said so that it can be read. */
function stuckUnless(
  mayBeDead: ReadonlySet<string>,
  unreadable: ReadonlySet<string>,
): (delivery: DeliveryRow) => string[] {
  return (delivery) => {
    const { state, delivery_id: id, turn_id: turnId } = delivery;
    return state === "dead" && (mayBeDead.has(id) || unreadable.has(turnId ?? "")) ? [] : [stuck(delivery)];
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
