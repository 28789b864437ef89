/** The scripted month: all messages with their times, and the agent's durations. The same for every contender. */
import type { Random } from "../../src/runtime/random.ts";

export interface Burst {
  readonly index: number;
  /** Time of its first message, in ms since the month began. */
  readonly at: number;
  readonly userId: string;
  /** `null`: a one-to-one chat. */
  readonly groupId: string | null;
  /** Delays before its second, third … message, in ms. */
  readonly gapsMs: readonly number[];
  /** Duration of the agent's call, in ms. */
  readonly thinksMs: number;
  /** Number of messages in its answer. */
  readonly parts: number;
}

export interface Month {
  readonly bursts: readonly Burst[];
  readonly groups: ReadonlyMap<string, readonly string[]>;
  readonly lengthMs: number;
}

export const PEOPLE = 300;
const GROUPS = 6;
const BURSTS_EACH = 7;
const BURSTS_A_GROUP = 20;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAYS = 30;
/** Share of answers that take longer than a reply token is valid. */
const SLOW = 0.2;

const between = (random: Random, least: number, most: number) => Math.round(least + (most - least) * random.fraction());

function drawParts(random: Random): number {
  if (random.fraction() < 0.7) return 1;
  return random.fraction() < 0.8 ? between(random, 2, 4) : between(random, 5, 8);
}

export function scriptMonth(random: Random): Month {
  const people = Array.from({ length: PEOPLE }, (_, n) => `Uperson${String(n).padStart(4, "0")}`);
  const groups = new Map(
    Array.from({ length: GROUPS }, (_, n) => [`Cgroup${n}`, people.slice(n * 12, n * 12 + between(random, 4, 12))]),
  );
  const drafts: Omit<Burst, "index">[] = [];
  const add = (userId: string, groupId: string | null, at: number, isSlow: boolean, parts = drawParts(random)) =>
    drafts.push({
      at,
      userId,
      groupId,
      gapsMs: Array.from({ length: random.fraction() < 0.4 ? 0 : between(random, 1, 3) }, () =>
        between(random, 300, 1_200),
      ),
      thinksMs: isSlow ? between(random, 60_000, 240_000) : between(random, 1_000, 25_000),
      parts,
    });
  const anyDay = () => Math.floor(random.fraction() * (DAYS - 1) * DAY_MS);
  for (const userId of people) {
    for (let n = 0; n < BURSTS_EACH; n++) add(userId, null, anyDay(), random.fraction() < SLOW);
    // On the last day everybody writes three times, so that parked answers are delivered.
    for (let n = 1; n <= 3; n++) add(userId, null, (DAYS - 1) * DAY_MS + between(random, 0, n * HOUR_MS * 6), false, 1);
  }
  for (const [groupId, members] of groups) {
    for (let n = 0; n < BURSTS_A_GROUP; n++) {
      add(members[between(random, 0, members.length - 1)] ?? "", groupId, anyDay(), random.fraction() < SLOW);
    }
    for (let n = 1; n <= 3; n++) add(members[0] ?? "", groupId, (DAYS - 1) * DAY_MS + n * HOUR_MS * 6, false, 1);
  }
  const bursts = drafts.sort((a, b) => a.at - b.at).map((draft, index) => ({ ...draft, index }));
  return { bursts, groups, lengthMs: DAYS * DAY_MS };
}

/** Text of a message: its burst, its index in it, and whether it is the last. */
export function wordsOf(burst: Burst, place: number): string {
  return `${burst.index}:${place}${place === burst.gapsMs.length ? " end" : ""}`;
}

/** The burst whose last message is in the text; `null` when none is. */
export function endedBurst(text: string): number | null {
  const found = [...text.matchAll(/(\d+):\d+ end/g)].at(-1);
  return found === undefined ? null : Number(found[1]);
}

export function answerOf(burst: Burst): string[] {
  return Array.from({ length: burst.parts }, (_, part) => `answer ${burst.index}/${part}`);
}
