/** G12: a fault that stays with some people costs nobody else an answer, a free route or more than a bounded time. */
import type { Disturbance } from "./disturbances.ts";
import type { Messages } from "./hearing.ts";
import { repliesIn } from "./oracle-chat.ts";
import type { Shown } from "./platforms/platform.ts";

export interface UnaffectedChat {
  readonly messages: Messages;
  readonly screen: readonly Shown[];
  /**
   * When a token of it came that may be used for nobody knows how long (epoch ms): a copy that LINE sends again says when
   * its token ends, by LINE's clock, and a clock that is ahead takes it for dead.
   */
  readonly distrusted: readonly number[];
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
  for (const [chat, { messages, screen, distrusted }] of chats) {
    // One turn at a time: a message has waited since an earlier one got an answer of its own.
    let before = Number.NEGATIVE_INFINITY;
    let last: Shown | undefined;
    for (const [number, { arrivedAt, ackedAt }] of [...messages].sort(([a], [b]) => a - b)) {
      if (ackedAt === null) continue;
      const answer = screen.find(({ text }) => answers(text, number));
      if (answer !== last && last !== undefined) before = Math.max(before, last.at);
      last = answer;
      const from = Math.max(ackedAt, before);
      const until = answer?.at ?? Number.POSITIVE_INFINITY;
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

const NUMBERS = /^re ([\d,]+) in /;

function answers(text: string, number: number): boolean {
  return repliesIn(text).some((reply) => NUMBERS.exec(reply)?.[1]?.split(",").includes(String(number)) === true);
}
