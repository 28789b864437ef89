import type { TextReply } from "../../core/reply.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import { reasonOf } from "../../runtime/log.ts";
import type { AgentHost, AgentOutcome } from "../agent.ts";
import type { WriteOutcome } from "./frames.ts";
import { untilStored } from "./until-stored.ts";

/*
 * A turn that a core has. The protocol has no word for "done": an answer ends when the core falls silent.
 *
 *   asked ──── a reaction ───▶ accepted ─┬─ a message that wants an ack ─────────────────▶ answered
 *     │                           ▲      ├─ a message, then quiet for the window ────────▶ answered
 *     ├──── a message ────────────┘      ├─ edits, then the final mark or a longer quiet ▶ answered
 *     │                                  └─ its core is gone for a lease ────────────────▶ given up, or asked again
 *     └──── its core is gone ──▶ asked again, of whoever is there
 */

/** A part of an answer. A draft is rewritten by edits until the core falls silent. */
interface Part {
  text: string;
  isDraft: boolean;
}

/** What a core says first when it will rewrite it: nobody should read it, and it must not spend the free token. */
const PLACEHOLDERS: ReadonlySet<string> = new Set(["…", "..."]);

export interface Quiet {
  /** Frames of one answer that come within this time of one another travel together, in ms. */
  readonly coalesceMs: number;
  /** An answer that is rewritten by edits is over after this long without one, in ms. */
  readonly streamMs: number;
}

type Tell = (outcome: WriteOutcome) => void;

export class Work {
  readonly turn: ClaimedTurn;
  /** Whether the core has shown a sign that it works on it. */
  isAccepted = false;
  /** Called when it is over, before anything else can be said about it. */
  onOver: () => void = () => {};
  readonly #host: AgentHost;
  readonly #quiet: Quiet;
  readonly #resolve: (outcome: AgentOutcome) => void;
  readonly #parts: Part[] = [];
  readonly #waiting: Tell[] = [];
  #key: string | null = null;
  #cancelQuiet = () => {};
  #isOver = false;

  constructor(turn: ClaimedTurn, host: AgentHost, quiet: Quiet, resolve: (outcome: AgentOutcome) => void) {
    this.turn = turn;
    this.#host = host;
    this.#quiet = quiet;
    this.#resolve = resolve;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** A message. With an ack the core sends nothing more before it has it: there is nothing to wait for. */
  say(text: string, requestId: string | null, tell: Tell): void {
    this.isAccepted = true;
    if (PLACEHOLDERS.has(text.trim())) {
      this.#parts.push({ text: "", isDraft: true });
      tell({ kind: "delivered", messageId: `draft_${this.turn.turnId}` });
      this.#finishAfter(this.#quiet.streamMs);
      return;
    }
    this.#parts.push({ text, isDraft: false });
    this.#waiting.push(tell);
    if (requestId !== null) this.#key ??= `request:${requestId}`;
    const streams = this.#parts.some((part) => part.isDraft);
    if (streams) this.#finishAfter(this.#quiet.streamMs);
    else if (requestId !== null) this.finish();
    else this.#finishAfter(this.#quiet.coalesceMs);
  }

  /** The whole text anew. */
  rewrite(text: string): void {
    this.isAccepted = true;
    const draft = this.#parts.find((part) => part.isDraft);
    if (draft === undefined) this.#parts.unshift({ text, isDraft: true });
    else draft.text = text;
    this.#finishAfter(this.#quiet.streamMs);
  }

  /** The draft is taken back. */
  retract(): void {
    const at = this.#parts.findIndex((part) => part.isDraft);
    if (at >= 0) this.#parts.splice(at, 1);
  }

  /** The core is done, if it has said anything. */
  finish(): void {
    const replies = this.#parts
      .filter(({ text }) => text.trim() !== "")
      .map(({ text }) => ({ type: "text", text }) as const);
    if (this.#isOver || replies.length === 0) return;
    this.end();
    // What nobody expected costs this answer an attempt, not the process its life.
    this.#answer(replies).catch((error: unknown) => {
      this.#host.log.error({ turnId: this.turn.turnId, reason: reasonOf(error) }, "agent's answer failed");
      this.#resolve({ kind: "failed", reason: "the answer could not be stored", retryAfterMs: 0 });
      this.#tellAll({ kind: "rejected", code: "internal", error: "internal error" });
    });
  }

  /** No more is expected. `outcome` is what the pipeline is told, if it is to be told anything now. */
  end(outcome?: AgentOutcome): void {
    this.#cancelQuiet();
    if (!this.#isOver) {
      this.#isOver = true;
      this.onOver();
    }
    if (outcome !== undefined) this.#resolve(outcome);
  }

  /** What was said must be stored: a core can't be asked to say it again. */
  async #answer(replies: readonly TextReply[]): Promise<void> {
    const { turnId, fence } = this.turn;
    const answer = { turnId, fence, replies, done: true, key: this.#key };
    const taken = await untilStored(this.#host, () => this.#host.answer(answer));
    this.#resolve({ kind: "accepted" });
    const word: WriteOutcome =
      taken.kind === "taken"
        ? { kind: "delivered", messageId: taken.deliveryIds[0] ?? turnId }
        : { kind: "rejected", code: taken.kind, error: "the turn was answered or handed out again: drop this answer" };
    if (taken.kind !== "taken") {
      this.#host.log.warn({ turnId, fence, reason: taken.kind }, "agent's answer was not taken");
    }
    this.#tellAll(word);
  }

  #tellAll(word: WriteOutcome): void {
    for (const tell of this.#waiting.splice(0)) tell(word);
  }

  #finishAfter(ms: number): void {
    this.#cancelQuiet();
    this.#cancelQuiet = this.#host.clock.after(ms, () => this.finish());
  }
}
