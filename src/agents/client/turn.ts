import type { Reply } from "../../core/reply.ts";
import type { WireTurn } from "../protocol.ts";
import { type SentenceOptions, sentencesOf } from "./sentences.ts";

/** A text, or a reply in the portable form. */
export type Sayable = string | Reply;

/**
 * A bot. Returns the rest of its answer: a text, a reply, a list of either, or nothing. If it throws, the turn is
 * retried, unless it throws `NoAnswer`.
 */
export type TurnFunction = (turn: Turn) => unknown;

/** A turn, with functions to answer it. */
export interface Turn extends WireTurn {
  /** Aborted when the turn is lost: later replies are not delivered. */
  readonly signal: AbortSignal;
  /**
   * Adds replies. They are sent together, which is cheapest, when the function returns or after `coalesceMs` without
   * another; `flush` sends them at once. Throws `TurnLost` when the turn is lost.
   */
  reply(...replies: readonly Sayable[]): Promise<void>;
  /** Sends the replies added so far and resolves when they are stored. Over HTTP all are sent at the end. */
  flush(): Promise<void>;
  /** Sends a streamed text in parts of whole sentences. */
  stream(pieces: AsyncIterable<string> | Iterable<string>, options?: SentenceOptions): Promise<void>;
}

/** The turn was answered, or handed out again: stop, and undo what must not be done twice. */
export class TurnLost extends Error {
  override readonly name = "TurnLost";
}

/** Throw it if the turn will never be answered. After any other error the turn is retried. */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}

/** A part of the answer can't be said: the message names the fields. What stands beside it is sent. */
export class Unsayable extends Error {
  override readonly name = "Unsayable";
}

interface ReplySink {
  readonly signal: AbortSignal;
  addReplies(replies: readonly Sayable[]): void;
  flush(): Promise<void>;
}

export function turnOf(wire: WireTurn, sink: ReplySink): Turn {
  const addReplies = (replies: readonly Sayable[]) => {
    if (sink.signal.aborted) throw new TurnLost(`${wire.turnId} is lost: it was answered or handed out again`);
    sink.addReplies(replies);
  };
  return {
    ...wire,
    signal: sink.signal,
    reply: async (...replies) => addReplies(replies),
    flush: () => sink.flush(),
    async stream(pieces, options) {
      for await (const text of sentencesOf(pieces, options)) {
        addReplies([text]);
        // Sent at once: the next part may take the model a while.
        await sink.flush();
      }
    },
  };
}

/** Not validated here: the gateway does that. */
export function repliesOf(answer: unknown): readonly Sayable[] {
  if (answer === undefined || answer === null) return [];
  return (Array.isArray(answer) ? answer : [answer]) as readonly Sayable[];
}
