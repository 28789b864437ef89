/** G12: a fault that stays with some people costs nobody else an answer, a free route or more than a bounded time. */

import type { Shown } from "../../../src/channels/simulation/fixtures/seeds.ts";
import type { Disturbance } from "./disturbances.ts";
import type { Messages } from "./hearing.ts";
import { repliesIn } from "./oracle-chat.ts";

export interface UnaffectedChat {
  readonly messages: Messages;
  readonly screen: readonly Shown[];
  /**
   * When a token of it came that may be used for nobody knows how long (epoch ms): a copy that LINE sends again says when
   * its token ends, by LINE's clock, and a clock that is ahead takes it for dead.
   */
  readonly distrusted: readonly number[];
  /** What was said there, in the order in which bots first got it. */
  readonly handedOut: readonly number[];
  /** What was said there whose answer was parked. */
  readonly parked: ReadonlySet<number>;
}

export interface IsolationEvidence {
  /** What was said in each unaffected chat, and what stands on its screen. */
  readonly chats: ReadonlyMap<string, UnaffectedChat>;
  readonly disturbances: readonly Disturbance[];
  readonly boundMs: number;
}

export interface IsolationVerdict {
  readonly broken: readonly string[];
  /** Messages that nothing but the local fault could keep from an answer. */
  readonly checked: number;
}

export function checkIsolation({ chats, disturbances, boundMs }: IsolationEvidence): IsolationVerdict {
  const broken: string[] = [];
  let checked = 0;
  for (const [chat, unaffected] of chats) {
    const { screen, distrusted } = unaffected;
    // One turn at a time: a message has waited since an earlier one got an answer of its own.
    const earlier = new Set<Shown>();
    for (const { number, arrivedAt, ackedAt } of inTurn(unaffected)) {
      const answer = screen.find(({ text }) => answers(text, number));
      const until = answer?.at ?? Number.POSITIVE_INFINITY;
      const before = [...earlier].filter((one) => one !== answer && one.at <= until).map(({ at }) => at);
      if (answer !== undefined) earlier.add(answer);
      // What is parked holds up nothing, and waits for no other answer either.
      const waitsFor = unaffected.parked.has(number) ? [] : before;
      // Answered before that, it was stored by a copy whose ack was lost.
      const from = Math.max(ackedAt <= until ? ackedAt : arrivedAt, ...waitsFor);
      if (disturbances.some((one) => one.from <= until && from <= one.until)) continue;
      checked += 1;
      if (answer === undefined) broken.push(`G12: ${chat}'s "${number}" got no answer, and nothing was wrong with it`);
      else if (answer.at - from > boundMs)
        broken.push(
          `G12: ${chat}'s "${number}" was answered after ${answer.at - from} ms, and ${boundMs} ms is the most`,
        );
      else if (answer.route === "push" && !distrusted.some((at) => at >= arrivedAt && at <= answer.at))
        broken.push(`G12: ${chat}'s "${number}" was answered on the paid route, though its reply token was alive`);
    }
  }
  return { broken, checked };
}

interface Acked {
  readonly number: number;
  readonly arrivedAt: number;
  readonly ackedAt: number;
}

/** What was acked, in the order in which bots got it: the network keeps some copies for longer than others. */
function inTurn({ messages, handedOut }: UnaffectedChat): readonly Acked[] {
  const all = [...messages].flatMap(([number, { arrivedAt, ackedAt }]) =>
    ackedAt === null ? [] : [{ number, arrivedAt, ackedAt }],
  );
  const place = (number: number) => (handedOut.includes(number) ? handedOut.indexOf(number) : Number.MAX_SAFE_INTEGER);
  return all.sort((a, b) => place(a.number) - place(b.number) || a.number - b.number);
}

const NUMBERS = /^re ([\d,]+) in /;

function answers(text: string, number: number): boolean {
  return repliesIn(text).some((reply) => NUMBERS.exec(reply)?.[1]?.split(",").includes(String(number)) === true);
}
