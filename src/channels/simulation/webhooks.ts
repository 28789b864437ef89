import { type Clock, inTime } from "../../runtime/clock.ts";
import type { Changes } from "./changes.ts";
import type { Pending } from "./pending.ts";
import type { DeliverWebhook } from "./platform.ts";

/** One copy of one webhook, with its result. */
export interface WebhookCopy {
  /** The same for every copy. */
  readonly webhookId: number;
  readonly at: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** HTTP status of the answer; `null` when there was none in time. */
  readonly status: number | null;
  /** The platform's name for the result; `under-way` before there is one, `lost` when it was never sent. */
  readonly result: string;
}

export interface PostOptions {
  /** The first copy never arrives: only a retried or repeated one will. Default false. */
  readonly lost?: boolean;
  /** The first copy arrives and is answered, and the answer never reaches the platform. Default false. */
  readonly answerLost?: boolean;
  /** The first copy leaves this long (ms) after it was made, so that others overtake it. Default 0. */
  readonly delayMs?: number;
  /** Number of concurrent copies, as some platforms send them. Default 1. */
  readonly copies?: number;
}

/** A posted webhook, with the result of its first copy. */
export interface Posted<C extends WebhookCopy> {
  /** `null` for what has no id of its own. */
  readonly messageId: string | null;
  readonly webhook: C;
}

/** Makes a copy when it is sent. The first is number 1; number 0 was requested by `deliver`. */
export type MakeCopy<C extends WebhookCopy> = (copy: number) => Omit<C, "at" | "headers" | "status" | "result">;

interface SenderOptions<C extends WebhookCopy> {
  readonly clock: Clock;
  readonly pending: Pending;
  readonly changes: Changes;
  readonly deliver: DeliverWebhook;
  readonly sign: (body: Uint8Array) => Readonly<Record<string, string>>;
  /** Time limit for an answer, in ms. */
  readonly timeoutMs: number;
  /** Delays before copy 2, 3, …, in ms. After the last one the webhook is dropped. */
  readonly retryDelaysMs: readonly number[];
  readonly isTaken: (status: number) => boolean;
  /** The platform's names for the other results. */
  readonly texts: { readonly refused: C["result"]; readonly late: C["result"]; readonly unreachable: C["result"] };
  /** Called when a copy is sent. */
  readonly onLeave?: (copy: C) => void;
  /** Called with each copy's result. False: the platform sends no further copy by itself. */
  readonly maySendAgain?: (isTaken: boolean) => boolean;
}

type Open<C> = { -readonly [K in keyof C]: C[K] };

/** Sends webhooks: signs, posts and retries. */
export class WebhookSender<C extends WebhookCopy> {
  readonly records: C[] = [];
  readonly #options: SenderOptions<C>;

  constructor(options: SenderOptions<C>) {
    this.#options = options;
  }

  /** Resolves when the first copy was answered, or failed. */
  async post(make: MakeCopy<C>, options: PostOptions = {}): Promise<C> {
    const { lost = false, answerLost = false, delayMs = 0, copies = 1 } = options;
    const { pending } = this.#options;
    if (delayMs > 0) await pending.during(pending.pause(delayMs));
    if (lost) {
      const record = this.note(make(1), "lost");
      this.#again(make, 1);
      return record;
    }
    const first = () => pending.during(this.#deliver(make, 1, answerLost));
    const [record] = await Promise.all([first(), ...Array.from({ length: copies - 1 }, first)]);
    return record;
  }

  /** Sends one copy now. Number 0 isn't retried. */
  deliver(make: MakeCopy<C>, copy = 0): Promise<C> {
    return this.#options.pending.during(this.#deliver(make, copy));
  }

  /** Records a copy that isn't sent, or not yet. */
  note(made: ReturnType<MakeCopy<C>>, result: C["result"], headers: C["headers"] = {}): Open<C> {
    const record = { ...made, at: this.#options.clock.now(), headers, status: null, result } as unknown as Open<C>;
    this.records.push(record);
    this.#options.changes.emit("webhook", record);
    return record;
  }

  async #deliver(make: MakeCopy<C>, copy: number, isAnswerLost = false): Promise<C> {
    const { clock, deliver, isTaken, texts, timeoutMs } = this.#options;
    const made = make(copy);
    const bytes = new TextEncoder().encode(made.body);
    const record: Open<WebhookCopy> = this.note(made, "under-way", this.#options.sign(bytes));
    this.#options.onLeave?.(record as C);
    const stopped = new AbortController();
    try {
      const given = await inTime(clock, timeoutMs, () => deliver(bytes, record.headers, stopped.signal));
      const answer = isAnswerLost ? "late" : given;
      if (answer === "late") stopped.abort();
      else record.status = answer;
      record.result = answer === "late" ? texts.late : isTaken(answer) ? "ok" : texts.refused;
    } catch {
      record.result = texts.unreachable;
    }
    this.#options.changes.emit("webhook", record);
    const maySendAgain = this.#options.maySendAgain?.(record.result === "ok") ?? true;
    if (maySendAgain && record.result !== "ok" && copy > 0) this.#again(make, copy);
    return record as C;
  }

  #again(make: MakeCopy<C>, copy: number): void {
    const delayMs = this.#options.retryDelaysMs[copy - 1];
    if (delayMs !== undefined) this.#options.pending.after(delayMs, () => void this.deliver(make, copy + 1));
  }
}
