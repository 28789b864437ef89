/** LINE and its people for a month; who answers them is put in from outside. */
import { createLineSimulator, type LineSimulator } from "../../src/channels/line/simulator.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { type QuickClock, quickClock } from "../../test/support/simulation/quick-clock.ts";
import { answerOf, type Burst, type Month, wordsOf } from "./month.ts";

export const SECRET = "secret";
export const TOKEN = "token";

export interface Answerer {
  /** Takes a webhook, as these bytes; the HTTP status. */
  take(body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<number>;
  end(): Promise<void>;
}

export type Contender = (parts: { clock: QuickClock; line: LineSimulator; month: Month }) => Promise<Answerer>;

export interface Result {
  readonly paid: number;
  readonly refused: number;
  readonly answers: number;
  /** Answers of which something was never seen. */
  readonly missed: number;
  /** From the last word of a burst to the last word of its answer, in ms, in order; of those that were seen. */
  readonly waitsMs: readonly number[];
}

export async function playMonth(month: Month, contender: Contender, quota: number | null): Promise<Result> {
  const clock = quickClock();
  let answerer: Answerer | null = null;
  const line = createLineSimulator({
    clock,
    random: seededRandom(5),
    channelSecret: SECRET,
    channelAccessToken: TOKEN,
    quota,
    deliver: async (body, headers) => (await answerer?.take(body, headers)) ?? 503,
  });
  for (const [groupId, members] of month.groups) line.group(groupId, members);
  answerer = await contender({ clock, line, month });
  const startedAt = clock.now();
  const endedAt = new Map<number, number>();
  const tappers = createTappers(line, clock);
  for (const { at, say } of messagesOf(month, line, (burst) => endedAt.set(burst.index, clock.now()))) {
    await clock.advance(Math.max(0, startedAt + at - clock.now()));
    tappers.look();
    say();
  }
  const end = startedAt + month.lengthMs;
  while (clock.now() < end) {
    await clock.advance(Math.min(60_000, end - clock.now()));
    tappers.look();
  }
  await answerer.end();
  line.close();
  return evaluate(month, line, endedAt);
}

interface Saying {
  readonly at: number;
  readonly say: () => void;
}

/** Every message of the month, in order, and looks in between, so that people tap what they see. */
function messagesOf(month: Month, line: LineSimulator, onEnd: (burst: Burst) => void): Saying[] {
  const sayings: Saying[] = [];
  for (const burst of month.bursts) {
    const place = burst.groupId === null ? line : line.group(burst.groupId);
    const person = place.person(burst.userId);
    let at = burst.at;
    for (let n = 0; n <= burst.gapsMs.length; n++) {
      at += n === 0 ? 0 : (burst.gapsMs[n - 1] ?? 0);
      const say = () => {
        if (n === burst.gapsMs.length) onEnd(burst);
        void person.says(wordsOf(burst, n));
      };
      sayings.push({ at, say });
    }
    // The screen is read now and then while an answer may come.
    for (let minute = 1; minute <= 12; minute++) sayings.push({ at: burst.at + minute * 30_000, say: () => {} });
  }
  return sayings.sort((a, b) => a.at - b.at);
}

/** One person in ten never taps and writes again some day; the others do within two minutes, some of them too soon. */
function createTappers(line: LineSimulator, clock: QuickClock) {
  const random = seededRandom(9);
  let looked = 0;
  return {
    look() {
      for (const { message, peerId } of line.bubbles.slice(looked)) {
        const data = /"data":"(turnpike:[^"]+)"/.exec(JSON.stringify(message))?.[1];
        if (data === undefined || random.fraction() < 0.1) continue;
        const group = peerId.startsWith("C") ? line.group(peerId) : null;
        const [member = peerId] = group === null ? [peerId] : [...line.membersOf(peerId)];
        const person = group === null ? line.person(peerId) : group.person(member);
        clock.after(5_000 + random.fraction() * 115_000, () => void person.taps(data));
      }
      looked = line.bubbles.length;
    },
  };
}

function evaluate(month: Month, line: LineSimulator, endedAt: ReadonlyMap<number, number>): Result {
  const seenAt = new Map<string, number>();
  for (const { peerId, text, at } of line.bubbles) if (text !== null) seenAt.set(`${peerId} ${text}`, at);
  const waitsMs: number[] = [];
  let missed = 0;
  for (const burst of month.bursts) {
    const peer = burst.groupId ?? burst.userId;
    const times = answerOf(burst).map((text) => seenAt.get(`${peer} ${text}`));
    const seen = times.filter((at) => at !== undefined);
    if (seen.length < times.length) missed += 1;
    else waitsMs.push(Math.max(...seen) - (endedAt.get(burst.index) ?? 0));
  }
  const refused = line.calls.filter(({ status }) => status === 429).length;
  waitsMs.sort((a, b) => a - b);
  return { paid: line.quota.used, refused, answers: month.bursts.length, missed, waitsMs };
}
