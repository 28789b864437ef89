import { type Clock, pause } from "../../runtime/clock.ts";
import type { WireTurn } from "../protocol.ts";
import type { AgentFrameToSend, GatewayFrame, TurnRef } from "../websocket/frames.ts";
import { NoAnswer, repliesOf, type Sayable, type TurnFunction, TurnLost, turnOf, Unsayable } from "./turn.ts";

/** An unacknowledged reply. It is sent again after a reconnect, with the same `seq`. */
interface Unconfirmed {
  readonly seq: number;
  /** The frame as it is sent. */
  readonly frame: string;
  readonly acknowledged: PromiseWithResolvers<void>;
}

interface WorkParts {
  readonly clock: Clock;
  readonly answer: TurnFunction;
  /** Sends a frame, or nothing while there is no connection. */
  readonly send: (frame: string) => void;
  /** Largest frame that the gateway takes, in bytes: it closes the connection at a larger one. */
  readonly frameLimitBytes: () => number;
  /** Debounce of replies, in ms. */
  readonly coalesceMs: number;
  readonly onError: (error: unknown, turn: WireTurn) => void;
}

/** A turn of this bot, from the `turn` frame to the acknowledged end. */
export class ClientWork {
  readonly turn: WireTurn;
  readonly #parts: WorkParts;
  readonly #abort = new AbortController();
  readonly #unconfirmed = new Map<number, Unconfirmed>();
  #coalesced: Sayable[] = [];
  #seq = 0;
  #cancelCoalesce = () => {};
  #isConcluding = false;

  constructor(turn: WireTurn, parts: WorkParts) {
    this.turn = turn;
    this.#parts = parts;
  }

  get turnRef(): TurnRef {
    return { turnId: this.turn.turnId, fence: this.turn.fence };
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs the bot's function and sends its result. Resolves when it is acknowledged, or the turn is lost. */
  async run(): Promise<void> {
    const { answer, onError } = this.#parts;
    const sink = {
      signal: this.signal,
      addReplies: (replies: readonly Sayable[]) => this.#coalesce(replies),
      flush: () => this.#flush(),
    };
    try {
      const rest = repliesOf(await answer(turnOf(this.turn, sink)));
      this.#isConcluding = true;
      await this.#confirmed("done", [...this.#take(), ...rest]);
    } catch (error) {
      this.#cancelCoalesce();
      if (error instanceof TurnLost || this.signal.aborted) return;
      onError(error, this.turn);
      // The turn has ended with what could be said.
      if (error instanceof Unsayable && this.#isConcluding) return;
      const retryable = !(error instanceof NoAnswer || error instanceof Unsayable);
      this.#send({ type: "error", ...this.turnRef, retryable, reason: reasonOf(error) });
    }
  }

  /** Renews the lease while the function works. */
  progress(): void {
    if (!this.signal.aborted) this.#send({ type: "progress", ...this.turnRef });
  }

  /** The gateway cancelled the turn. With a `done` in flight its acknowledgement decides. */
  lose(): void {
    if (!this.#isConcluding) this.abandon();
  }

  abandon(): void {
    this.#end(new TurnLost(`${this.turn.turnId} is lost: it was answered or handed out again`));
  }

  /** After a reconnect: sends every unacknowledged reply again. */
  repeat(): void {
    for (const { frame } of this.#unconfirmed.values()) this.#parts.send(frame);
  }

  onResponse(frame: GatewayFrame & { readonly type: "ack" | "refused" }): void {
    const waiting = this.#unconfirmed.get(frame.seq ?? -1);
    if (waiting === undefined) return;
    if (frame.type === "refused" && frame.retry) {
      void this.#again(waiting);
      return;
    }
    this.#unconfirmed.delete(waiting.seq);
    if (frame.type === "ack" && frame.refused === undefined) waiting.acknowledged.resolve();
    else if (frame.type === "ack") waiting.acknowledged.reject(new Unsayable(frame.refused?.join("; ")));
    else if (frame.code === "unsayable") waiting.acknowledged.reject(new NoAnswer(frame.message));
    else this.#end(new TurnLost(frame.message), waiting);
  }

  async #again(waiting: Unconfirmed): Promise<void> {
    await pause(this.#parts.clock, RETRY_MS, this.signal);
    if (this.#unconfirmed.has(waiting.seq)) this.#parts.send(waiting.frame);
  }

  #coalesce(replies: readonly Sayable[]): void {
    this.#coalesced.push(...replies);
    this.#cancelCoalesce();
    this.#cancelCoalesce = this.#parts.clock.after(this.#parts.coalesceMs, () => {
      this.#flush().catch((error: unknown) => {
        // The function gets TurnLost at its next call.
        if (!(error instanceof TurnLost)) this.#parts.onError(error, this.turn);
      });
    });
  }

  #take(): Sayable[] {
    this.#cancelCoalesce();
    const taken = this.#coalesced;
    this.#coalesced = [];
    return taken;
  }

  async #flush(): Promise<void> {
    const replies = this.#take();
    if (replies.length > 0) await this.#confirmed("reply", replies);
  }

  async #confirmed(type: "reply" | "done", replies: readonly Sayable[]): Promise<void> {
    this.signal.throwIfAborted();
    const seq = this.#seq + 1;
    const frame = JSON.stringify({ type, ...this.turnRef, seq, replies: [...replies] });
    const limit = this.#parts.frameLimitBytes();
    if (isLongerThan(frame, limit)) throw new OverFrameLimit(`an answer may have ${limit} bytes of JSON`);
    this.#seq = seq;
    const acknowledged = Promise.withResolvers<void>();
    this.#unconfirmed.set(seq, { seq, frame, acknowledged });
    this.#parts.send(frame);
    await acknowledged.promise;
  }

  #send(frame: AgentFrameToSend): void {
    this.#parts.send(JSON.stringify(frame));
  }

  #end(why: TurnLost, also?: Unconfirmed): void {
    this.#abort.abort(why);
    also?.acknowledged.reject(why);
    for (const { acknowledged } of this.#unconfirmed.values()) acknowledged.reject(why);
    this.#unconfirmed.clear();
  }
}

/** Sent, it would end the connection, with every other turn's on it, and again after each reconnect. */
class OverFrameLimit extends NoAnswer {}

/** A message of another error may quote what a person said. */
function reasonOf(error: unknown): string {
  if (error instanceof OverFrameLimit) return error.message;
  return error instanceof Error ? error.name : "error";
}

/** A character takes 3 bytes of UTF-8 at most. */
function isLongerThan(text: string, bytes: number): boolean {
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes;
}

/** Delay before a repeat when the gateway's store is unavailable, in ms. */
const RETRY_MS = 1_000;
