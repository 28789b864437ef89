import type { Reply } from "../../core/reply.ts";
import type { WireTurn } from "../protocol.ts";
import { type SentenceOptions, sentencesOf } from "./sentences.ts";

/** What a bot may say: a text, or a reply in the portable form. */
export type Sayable = string | Reply;

/**
 * A bot. What it gives back is the rest of its answer: a text, a reply, several of either, or nothing more. What it
 * throws means "try again later", unless it is `NoAnswer`.
 */
export type TurnFunction = (turn: Turn) => unknown;

/** A turn, as a bot works on it. */
export interface Turn extends WireTurn {
  /** Aborted when the turn is no longer ours: what is said after that reaches nobody. */
  readonly signal: AbortSignal;
  /**
   * Says something. Replies are gathered and go out together, which is cheapest, when the function ends or has not
   * said anything more for a while; `flush` sends them at once. Throws `TurnLost` when the turn is no longer ours.
   */
  reply(...replies: readonly Sayable[]): Promise<void>;
  /** Sends what was gathered and resolves when it is stored. Over HTTP everything goes out at the end. */
  flush(): Promise<void>;
  /** Says a text that comes in pieces, as a model writes it: in whole sentences, never in tokens. */
  stream(pieces: AsyncIterable<string> | Iterable<string>, options?: SentenceOptions): Promise<void>;
}

/** The turn was answered, or handed to somebody else: stop, and undo what must not be done twice. */
export class TurnLost extends Error {
  override readonly name = "TurnLost";
}

/** Throw it to say that this turn will never be answered. Anything else that is thrown means "try again later". */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** Where a turn's replies go. */
export interface TurnVoice {
  readonly signal: AbortSignal;
  say(replies: readonly Sayable[]): void;
  flush(): Promise<void>;
}

export function turnOf(wire: WireTurn, voice: TurnVoice): Turn {
  const say = (replies: readonly Sayable[]) => {
    if (voice.signal.aborted) throw new TurnLost(`${wire.turnId} is no longer ours`);
    voice.say(replies);
  };
  return {
    ...wire,
    signal: voice.signal,
    reply: async (...replies) => say(replies),
    flush: () => voice.flush(),
    async stream(pieces, options) {
      for await (const text of sentencesOf(pieces, options)) {
        say([text]);
        // The next part may take the model a while: the person reads this one meanwhile.
        await voice.flush();
      }
    },
  };
}

/** The gateway reads it, and says what is wrong with it. */
export function repliesOf(answer: unknown): readonly Sayable[] {
  if (answer === undefined || answer === null) return [];
  return (Array.isArray(answer) ? answer : [answer]) as readonly Sayable[];
}
