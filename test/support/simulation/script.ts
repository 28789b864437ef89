/** What a seed makes of the next minute: who writes when, and what goes wrong. Nothing here looks at the gateway. */
import type { Fault as PlatformFault } from "../../../src/simulator/faults.ts";
import { FAULTS, type Fault } from "../faults/tap.ts";
import { type Dice, dice } from "./dice.ts";

export type Act =
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
  | { readonly do: "copy"; readonly person: number; readonly marked: boolean }
  | { readonly do: "platform"; readonly road: "reply" | "push"; readonly fault: PlatformFault }
  | { readonly do: "quota"; readonly left: number | null }
  | { readonly do: "store away" | "store slow"; readonly ms: number }
  | { readonly do: "clock forward" | "clock back"; readonly ms: number }
  | { readonly do: "kill" | "shut down" };

export interface Script {
  readonly people: number;
  readonly lengthMs: number;
  readonly acts: readonly { readonly at: number; readonly act: Act }[];
  readonly callFaults: readonly Fault[];
  /** Part of the turns that meet an odd bot. */
  readonly oddness: number;
}

/** Each kind of trouble is there or not, by seed: where all happen at once, few have an effect of their own. */
export function scriptOf(seed: number): Script {
  const draw = dice(seed, "script");
  const lengthMs = draw.between(6_000, 20_000);
  const people = draw.pick([1, 1, 1, 2, 2, 3]);
  const acts = [
    ...Array.from({ length: people }, (_, person) => lifeOf(draw, person, lengthMs)).flat(),
    ...troubles(draw, lengthMs),
  ];
  return {
    people,
    lengthMs,
    acts: acts.sort((a, b) => a.at - b.at),
    callFaults: callFaults(draw),
    oddness: draw.pick([0, 0.3, 0.7]),
  };
}

/** Often one kind alone: a death soon after it would mend what a lost answer left. */
function callFaults(draw: Dice): readonly Fault[] {
  return draw.pick<readonly Fault[]>([[], FAULTS, [draw.pick(FAULTS)], [draw.pick(FAULTS)], ["freeze", "answer-lost"]]);
}

type Timed = Script["acts"][number];

/** A burst, a pause, a burst. */
function lifeOf(draw: Dice, person: number, lengthMs: number): Timed[] {
  const acts: Timed[] = [];
  const isUnreliable = draw.happens(0.5);
  for (let at = draw.between(0, 3_000); at < lengthMs; at += draw.between(1_500, 15_000)) {
    for (let left = draw.between(1, 4); left > 0; left--) {
      acts.push({ at, act: saying(draw, person, isUnreliable) });
      if (draw.happens(0.1)) acts.push({ at: at + draw.between(0, 1_500), act: { do: "unsends", person } });
      if (isUnreliable && draw.happens(0.4)) {
        const copy = { do: "copy", person, marked: draw.happens(0.6) } as const;
        acts.push({ at: at + draw.between(0, 12_000), act: copy });
      }
      at += draw.between(0, 700);
    }
  }
  return acts;
}

function saying(draw: Dice, person: number, isUnreliable: boolean): Act {
  return {
    do: draw.happens(0.15) ? "taps" : "says",
    person,
    count: draw.happens(0.1) ? draw.between(2, 4) : 1,
    lost: isUnreliable && draw.happens(0.15),
    lateMs: isUnreliable && draw.happens(0.2) ? draw.between(200, 6_000) : 0,
  };
}

function troubles(draw: Dice, lengthMs: number): Timed[] {
  const kinds = [platformFault, quota, storeWeather, clockStep, ending] as const;
  return kinds
    .filter(() => draw.happens(0.55))
    .flatMap((kind) =>
      Array.from({ length: draw.between(1, 5) }, () => ({ at: draw.between(0, lengthMs), act: kind(draw) })),
    );
}

function platformFault(draw: Dice): Act {
  const road = draw.happens(0.6) ? "reply" : "push";
  const how = draw.pick(["cut", "cut", 500, 502] as const);
  const delayMs = draw.between(500, 12_000);
  const fault = draw.pick<PlatformFault>([
    { at: "before-accept", how },
    { at: "after-accept", how },
    { at: "after-accept", how },
    { at: "before-accept", how: 429 },
    { at: "slow", delayMs },
    { at: "stall", delayMs },
  ]);
  return { do: "platform", road, fault };
}

function quota(draw: Dice): Act {
  return { do: "quota", left: draw.pick([0, 0, 1, null]) };
}

function storeWeather(draw: Dice): Act {
  return { do: draw.pick(["store away", "store slow"]), ms: draw.between(100, 6_000) };
}

function clockStep(draw: Dice): Act {
  const ms = draw.pick([1_500, 5_000, 20_000, 600_000]);
  return { do: draw.pick(["clock forward", "clock back"]), ms };
}

function ending(draw: Dice): Act {
  return { do: draw.pick(["kill", "shut down"]) };
}
