import type { TextReply } from "../../core/reply.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { reasonOf } from "../../runtime/log.ts";
import { type AgentHost, type AgentOutcome, answerRefusalReason } from "../agent.ts";
import type { WriteOutcome } from "./frames.ts";
import { untilStored } from "./until-stored.ts";

/*
 * A turn of a core. The protocol has no "done" frame: an answer ends after a quiet period.
 *
 *   asked ──── a reaction ───▶ accepted ─┬─ a message that wants an ack ─────────────────▶ answered
 *     │                           ▲      ├─ a message, then quiet for the window ────────▶ answered
 *     ├──── a message ────────────┘      ├─ edits, then the final mark or a longer quiet ▶ answered
 *     │                                  └─ its core is gone for a lease ────────────────▶ given up, or asked again
 *     └──── its core is gone ──▶ asked again, of whoever is there
 */

/** A part of an answer. A draft is rewritten by edits until a quiet period. */
interface Part {
  text: string;
  isDraft: boolean;
}

/** First text of a streamed answer, rewritten by edits: it is not delivered and must not use the reply token. */
const PLACEHOLDERS: ReadonlySet<string> = new Set(["…", "..."]);

export interface QuietPeriods {
  /** Debounce of the messages of one answer, in ms. */
  readonly coalesceMs: number;
  /** A streamed answer is complete after this time without an edit, in ms. */
  readonly streamMs: number;
}

type Respond = (outcome: WriteOutcome) => void;

export class OpenabTurnWork {
  readonly turn: ClaimedTurn;
  /** Whether the core has reacted or written. */
  isAccepted = false;
  /** Called once, synchronously, when it ends. */
  onOver: () => void = () => {};
  readonly #host: AgentHost;
  readonly #quiet: QuietPeriods;
  readonly #resolve: (outcome: AgentOutcome) => void;
  readonly #parts: Part[] = [];
  readonly #waiting: Respond[] = [];
  #key: string | null = null;
  #cancelQuiet = () => {};
  #isOver = false;

  constructor(turn: ClaimedTurn, host: AgentHost, quiet: QuietPeriods, resolve: (outcome: AgentOutcome) => void) {
    this.turn = turn;
    this.#host = host;
    this.#quiet = quiet;
    this.#resolve = resolve;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A message. One with a request id ends the answer: the core waits for the ack before it sends more. */
  addMessage(text: string, requestId: string | null, respond: Respond): void {
    this.isAccepted = true;
    if (PLACEHOLDERS.has(text.trim())) {
      this.#parts.push({ text: "", isDraft: true });
      respond({ kind: "delivered", messageId: `draft_${this.turn.turnId}` });
      this.#finishAfter(this.#quiet.streamMs);
      return;
    }
    this.#parts.push({ text, isDraft: false });
    this.#waiting.push(respond);
    if (requestId !== null) this.#key ??= `request:${requestId}`;
    const streams = this.#parts.some((part) => part.isDraft);
    if (streams) this.#finishAfter(this.#quiet.streamMs);
    else if (requestId !== null) this.finish();
    else this.#finishAfter(this.#quiet.coalesceMs);
  }

  /** An edit: replaces the text. */
  rewrite(text: string): void {
    this.isAccepted = true;
    const draft = this.#parts.find((part) => part.isDraft);
    if (draft === undefined) this.#parts.unshift({ text, isDraft: true });
    else draft.text = text;
    this.#finishAfter(this.#quiet.streamMs);
  }

  /** The draft was deleted. */
  retract(): void {
    const at = this.#parts.findIndex((part) => part.isDraft);
    if (at >= 0) this.#parts.splice(at, 1);
  }

  /** Ends the answer, if there is any text. */
  finish(): void {
    const replies = this.#parts
      .filter(({ text }) => text.trim() !== "")
      .map(({ text }) => ({ type: "text", text }) as const);
    if (this.#isOver || replies.length === 0) return;
    this.end();
    // An unexpected error fails the attempt, not the process.
    this.#answer(replies).catch((error: unknown) => {
      this.#host.log.error({ turnId: this.turn.turnId, reason: reasonOf(error) }, "agent's answer failed");
      this.#resolve({ kind: "failed", reason: "the answer could not be stored", retryAfterMs: 0 });
      this.#respondAll({ kind: "rejected", code: "internal", error: "internal error" });
    });
  }

  /** Ends the turn for the core; `outcome`, if given, is reported to the pipeline now. */
  end(outcome?: AgentOutcome): void {
    this.#cancelQuiet();
    if (!this.#isOver) {
      this.#isOver = true;
      this.onOver();
    }
    if (outcome !== undefined) this.#resolve(outcome);
  }

  /** Stores the answer: cores don't repeat it. */
  async #answer(replies: readonly TextReply[]): Promise<void> {
    const { turnId, fence } = this.turn;
    const answer = { turnId, fence, replies, done: true, key: this.#key };
    const result = await untilStored(this.#host, () => this.#host.answer(answer));
    this.#resolve({ kind: "accepted" });
    const outcome: WriteOutcome =
      result.kind === "queued"
        ? { kind: "delivered", messageId: result.deliveryIds[0] ?? turnId }
        : { kind: "rejected", code: result.kind, error: answerRefusalReason(result) };
    if (result.kind !== "queued") {
      this.#host.log.warn({ turnId, fence, reason: result.kind }, "agent's answer was not taken");
    }
    this.#respondAll(outcome);
  }

  #respondAll(outcome: WriteOutcome): void {
    for (const respond of this.#waiting.splice(0)) respond(outcome);
  }

  #finishAfter(ms: number): void {
    this.#cancelQuiet();
    this.#cancelQuiet = this.#host.clock.after(ms, () => this.finish());
  }
}
