/** What a seed makes of the next minute: who writes when, and what goes wrong. Nothing here looks at the gateway. */
import type { ChatKind, PlatformAct, SeedsOf, Trouble } from "../../../src/channels/simulation/fixtures/seeds.ts";
import { FAULTS, type Fault } from "../faults/tap.ts";
import { CHATS_MAX, CHATS_MIN, type LocalFault, localFaultOf } from "./local-fault.ts";
import { createPrng, type Prng } from "./seeded-prng.ts";
import { DAY_MS } from "./times.ts";

export type Act =
  | PlatformAct
  | {
      readonly do: "says" | "taps";
      readonly person: number;
      /** Messages in one webhook. */
      readonly count: number;
      readonly lost: boolean;
      /** How long the network keeps the first copy. */
      readonly lateMs: number;
    }
  | { readonly do: "unsends"; readonly person: number }
  | {
      readonly do: "copy";
      readonly person: number;
      readonly marked: boolean;
      /** Of the message whose row was lost last. */
      readonly recovers?: boolean;
    }
  | { readonly do: "store away" | "store slow"; readonly ms: number }
  | { readonly do: "clock forward" | "clock back"; readonly ms: number }
  /** A row of the last events is deleted behind the store's back; the platform's next copy recovers it, if one comes. */
  | { readonly do: "row lost"; readonly person: number }
  | { readonly do: "access token revoked" | "access token mended" }
  /** On something that is dead, unknown or parked. */
  | { readonly do: "operator decides" }
  | { readonly do: "kill" | "shut down" };

export interface Script {
  /** What stands as `person` in the acts is the place in this list. */
  readonly chats: readonly ChatKind[];
  readonly lengthMs: number;
  readonly acts: readonly { readonly at: number; readonly act: Act }[];
  readonly callFaults: readonly Fault[];
  /** Part of the turns that meet an odd bot. */
  readonly oddness: number;
  /** A fault that stays with some of the chats; `null`: whatever goes wrong may meet everybody. */
  readonly local: LocalFault | null;
  /** Nothing is wrong with the machine, so no process dies and no socket drops. */
  readonly isWell: boolean;
}

/** Each kind of trouble is there or not, by seed: where all happen at once, few have an effect of their own. */
export function scriptOf(seed: number, trouble: SeedsOf["troubles"]): Script {
  const script = createPrng(seed, "scope").happens(LOCAL)
    ? localScriptOf(seed)
    : generalScriptOf(seed, withShared(trouble));
  const acts = [...script.acts, ...decisions(createPrng(seed, "operator"), script.lengthMs)];
  return { ...script, acts: acts.sort((a, b) => a.at - b.at) };
}

function decisions(draw: Prng, lengthMs: number): Timed[] {
  if (!draw.happens(0.4)) return [];
  const act = { do: "operator decides" } as const;
  return Array.from({ length: draw.between(5, 20) }, () => ({ at: draw.between(0, lengthMs), act }));
}

/** Part of the seeds in which a fault stays with some: enough for each kind of it to be there in 200. */
const LOCAL = 0.3;

/**
 * The unaffected only talk, and nothing goes wrong with what they say or get. In half of these runs the machine is well, so
 * that nothing but the fault could keep an answer from them; in the others it has its weather and its deaths as elsewhere.
 */
function localScriptOf(seed: number): Script {
  const draw = createPrng(seed, "local script");
  const lengthMs = draw.between(6_000, 12_000);
  const chats = drawChats(draw, draw.between(CHATS_MIN, CHATS_MAX));
  const local = localFaultOf(seed, chats.length);
  const isWell = draw.happens(0.5);
  const lives = chats.flatMap((_, person) =>
    local.unaffected.has(person) ? plainLife(draw, person, lengthMs) : lifeOf(draw, person, lengthMs),
  );
  const weather = isWell
    ? []
    : troubles(
        [
          [0.55, storeWeather],
          [0.55, clockStep],
          [0.55, ending],
        ],
        draw,
        lengthMs,
      );
  return {
    chats,
    lengthMs,
    acts: [...lives, ...weather, ...farStep(draw, lengthMs)],
    callFaults: isWell ? [] : callFaults(draw),
    oddness: 0,
    local,
    isWell,
  };
}

function drawChats(draw: Prng, count: number): readonly ChatKind[] {
  return Array.from({ length: count }, () => draw.pick<ChatKind>(["user", "user", "user", "group", "room"]));
}

/** Bursts and pauses, and copies that the network loses or keeps. */
function plainLife(draw: Prng, person: number, lengthMs: number): Timed[] {
  const acts: Timed[] = [];
  const isUnreliable = draw.happens(0.2);
  for (let at = draw.between(0, 3_000); at < lengthMs; at += draw.between(1_500, 6_000)) {
    for (let left = draw.between(1, 3); left > 0; left--) {
      acts.push({ at, act: saying(draw, person, isUnreliable) });
      at += draw.between(0, 700);
    }
  }
  return acts;
}

/** The clock is wrong for some seconds, by more than any window, token or history lasts, and then right again. */
function farStep(draw: Prng, lengthMs: number): Timed[] {
  if (!draw.happens(0.5)) return [];
  const at = draw.between(0, lengthMs / 2);
  const ms = draw.pick([25 * HOUR_MS, 40 * DAY_MS]);
  return [
    { at, act: { do: "clock forward", ms } },
    { at: at + draw.between(500, 4_000), act: { do: "clock back", ms } },
  ];
}

const HOUR_MS = 3_600_000;

function generalScriptOf(seed: number, trouble: readonly Trouble<Act>[]): Script {
  const draw = createPrng(seed, "script");
  const lengthMs = draw.between(6_000, 20_000);
  const chats = drawChats(draw, draw.pick([1, 1, 1, 2, 2, 3]));
  const acts = [...chats.flatMap((_, person) => lifeOf(draw, person, lengthMs)), ...troubles(trouble, draw, lengthMs)];
  return {
    chats,
    lengthMs,
    acts,
    callFaults: callFaults(draw),
    oddness: draw.pick([0, 0.3, 0.7]),
    local: null,
    isWell: false,
  };
}

/** Often one kind alone: a death soon after it would mend what a lost answer left. */
function callFaults(draw: Prng): readonly Fault[] {
  return draw.pick<readonly Fault[]>([[], FAULTS, [draw.pick(FAULTS)], [draw.pick(FAULTS)], ["freeze", "answer-lost"]]);
}

type Timed = Script["acts"][number];

/** A burst, a pause, a burst. */
function lifeOf(draw: Prng, person: number, lengthMs: number): Timed[] {
  const acts: Timed[] = [];
  const isUnreliable = draw.happens(0.5);
  const isDamaged = draw.happens(0.15);
  for (let at = draw.between(0, 3_000); at < lengthMs; at += draw.between(1_500, 15_000)) {
    for (let left = draw.between(1, 4); left > 0; left--) {
      acts.push({ at, act: saying(draw, person, isUnreliable) });
      if (draw.happens(0.1)) acts.push({ at: at + draw.between(0, 1_500), act: { do: "unsends", person } });
      if (isUnreliable && draw.happens(0.4)) {
        const copy = { do: "copy", person, marked: draw.happens(0.6) } as const;
        acts.push({ at: at + draw.between(0, 12_000), act: copy });
      }
      if (isDamaged && draw.happens(0.3)) acts.push(...damage(draw, person, at));
      at += draw.between(0, 700);
    }
  }
  return acts;
}

function saying(draw: Prng, person: number, isUnreliable: boolean): Act {
  return {
    do: draw.happens(0.15) ? "taps" : "says",
    person,
    count: draw.happens(0.1) ? draw.between(2, 4) : 1,
    lost: isUnreliable && draw.happens(0.15),
    lateMs: isUnreliable && draw.happens(0.2) ? draw.between(200, 6_000) : 0,
  };
}

/** Those of any platform. */
const SHARED_TROUBLES: readonly Trouble<Act>[] = [
  [0.55, storeWeather],
  [0.55, clockStep],
  [0.55, ending],
  [0.12, daysPass],
  [0.15, account],
];

function withShared(trouble: SeedsOf["troubles"]): readonly Trouble<Act>[] {
  return trouble.flatMap((one) => (one === "shared" ? SHARED_TROUBLES : [one]));
}

function troubles(trouble: readonly Trouble<Act>[], draw: Prng, lengthMs: number): Timed[] {
  return trouble
    .filter(([probability]) => draw.happens(probability))
    .flatMap(([, kind]) =>
      Array.from({ length: draw.between(1, 5) }, () => ({ at: draw.between(0, lengthMs), act: kind(draw) })),
    );
}

/** A row is lost, often before anybody was asked about it, and mostly the platform has another copy. */
function damage(draw: Prng, person: number, at: number): Timed[] {
  const lostAt = at + draw.between(20, draw.pick([400, 400, 5_000]));
  const lost: Timed = { at: lostAt, act: { do: "row lost", person } };
  const copy = { do: "copy", person, marked: draw.happens(0.8), recovers: true } as const;
  return draw.happens(0.85) ? [lost, { at: lostAt + draw.between(20, 3_000), act: copy }] : [lost];
}

function storeWeather(draw: Prng): Act {
  return { do: draw.pick(["store away", "store slow"]), ms: draw.between(100, 6_000) };
}

function clockStep(draw: Prng): Act {
  const ms = draw.pick([1_500, 5_000, 20_000, 600_000]);
  return { do: draw.pick(["clock forward", "clock back"]), ms };
}

/** Past the history, and sometimes past the keys. */
function daysPass(draw: Prng): Act {
  return { do: "days pass", days: draw.pick([1, 3, 3, 9]) };
}

/** More often mended than revoked: what follows the mending is the point. */
function account(draw: Prng): Act {
  return { do: draw.pick(["access token revoked", "access token mended", "access token mended"]) };
}

function ending(draw: Prng): Act {
  return { do: draw.pick(["kill", "shut down"]) };
}
