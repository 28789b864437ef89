import { type Clock, pause } from "../../runtime/clock.ts";
import type { WireTurn } from "../protocol.ts";
import type { AgentFrameToSend, GatewayFrame, Held } from "../websocket/frames.ts";
import { NoAnswer, repliesOf, type Sayable, type TurnFunction, TurnLost, turnOf } from "./turn.ts";

/** A reply that the gateway has not confirmed. It is said again after a reconnect, under the same number. */
interface Unconfirmed {
  readonly frame: AgentFrameToSend & { readonly seq: number };
  readonly told: PromiseWithResolvers<void>;
}

export interface WorkParts {
  readonly clock: Clock;
  readonly answer: TurnFunction;
  /** Sends a frame, or nothing while there is no connection. */
  readonly send: (frame: AgentFrameToSend) => void;
  /** What was said is sent when nothing more was said for this long, in ms. */
  readonly coalesceMs: number;
  readonly onError: (error: unknown, turn: WireTurn) => void;
}

/** A turn that this bot has, from the `turn` frame to the confirmed end. */
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

  get held(): Held {
    return { turnId: this.turn.turnId, fence: this.turn.fence };
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Runs the bot's function to its end and says what came of it. Resolves when the gateway knows, or the turn is lost. */
  async run(): Promise<void> {
    const { answer, onError, send } = this.#parts;
    const voice = {
      signal: this.signal,
      say: (replies: readonly Sayable[]) => this.#coalesce(replies),
      flush: () => this.#flush(),
    };
    try {
      const rest = repliesOf(await answer(turnOf(this.turn, voice)));
      this.#isConcluding = true;
      await this.#confirmed("done", [...this.#take(), ...rest]);
    } catch (error) {
      this.#cancelCoalesce();
      if (error instanceof TurnLost || this.signal.aborted) return;
      onError(error, this.turn);
      const retryable = !(error instanceof NoAnswer);
      send({ type: "error", ...this.held, retryable, reason: error instanceof Error ? error.name : "error" });
    }
  }

  /** Says that it is still at work, while the function works. */
  progress(): void {
    if (!this.signal.aborted) this.#parts.send({ type: "progress", ...this.held });
  }

  /** The gateway said that the turn is no longer ours. An end that is on its way may still be ours: its answer decides. */
  lose(): void {
    if (!this.#isConcluding) this.giveUp();
  }

  giveUp(): void {
    this.#end(new TurnLost(`${this.turn.turnId} is no longer ours`));
  }

  /** After a reconnect: everything that was not confirmed, again. */
  repeat(): void {
    for (const { frame } of this.#unconfirmed.values()) this.#parts.send(frame);
  }

  hear(frame: GatewayFrame & { readonly type: "ack" | "refused" }): void {
    const waiting = this.#unconfirmed.get(frame.seq ?? -1);
    if (waiting === undefined) return;
    if (frame.type === "refused" && frame.retry) {
      void this.#again(waiting);
      return;
    }
    this.#unconfirmed.delete(waiting.frame.seq);
    if (frame.type === "ack") waiting.told.resolve();
    else if (frame.code === "unsayable") waiting.told.reject(new NoAnswer(frame.message));
    else this.#end(new TurnLost(frame.message), waiting);
  }

  async #again(waiting: Unconfirmed): Promise<void> {
    await pause(this.#parts.clock, RETRY_MS, this.signal);
    if (this.#unconfirmed.has(waiting.frame.seq)) this.#parts.send(waiting.frame);
  }

  #coalesce(replies: readonly Sayable[]): void {
    this.#coalesced.push(...replies);
    this.#cancelCoalesce();
    this.#cancelCoalesce = this.#parts.clock.after(this.#parts.coalesceMs, () => {
      this.#flush().catch((error: unknown) => {
        // A loss shows at the next word of the function.
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

  #confirmed(type: "reply" | "done", replies: readonly Sayable[]): Promise<void> {
    this.signal.throwIfAborted();
    this.#seq += 1;
    const frame = { type, ...this.held, seq: this.#seq, replies: [...replies] };
    const told = Promise.withResolvers<void>();
    this.#unconfirmed.set(frame.seq, { frame, told });
    this.#parts.send(frame);
    return told.promise;
  }

  #end(why: TurnLost, also?: Unconfirmed): void {
    this.#abort.abort(why);
    also?.told.reject(why);
    for (const { told } of this.#unconfirmed.values()) told.reject(why);
    this.#unconfirmed.clear();
  }
}

/** The gateway's store is away: again after this long, in ms. */
const RETRY_MS = 1_000;
