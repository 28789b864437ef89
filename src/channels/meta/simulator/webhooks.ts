import { createHmac } from "node:crypto";
import type { Clock } from "../../../runtime/clock.ts";
import type { Random } from "../../../runtime/random.ts";
import type { DeliverWebhook } from "../../simulation/platform.ts";

/** One copy of one webhook, and what became of it. */
export interface WebhookRecord {
  /** The same for every copy. */
  readonly webhookId: number;
  readonly at: number;
  /** 1 for the first copy. */
  readonly copy: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** HTTP status of the answer; `null` when there was none in time. */
  readonly status: number | null;
  /** `under-way` while it is open, `lost` when it was never sent. */
  readonly result: "under-way" | "ok" | "error-status" | "timeout" | "could-not-connect" | "lost" | "unsubscribed";
}

export interface MetaWebhookOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly appSecret: string;
  readonly deliver: DeliverWebhook;
  /** How long an answer may take (ms). */
  readonly timeoutMs: number;
  /** Wait before copy 2, 3, … (ms). When there are no more, the webhook is dropped. */
  readonly retryDelaysMs: readonly number[];
  /** After failing for this long (ms) without a success the app is unsubscribed; `null`: never. */
  readonly unsubscribeAfterMs: number | null;
}

export interface PostOptions {
  /** The first copy never arrives: only a retried or repeated one will. Default false. */
  readonly lost?: boolean;
  /** As many copies at the same time, as a platform with several paths sends them. Default 1. */
  readonly copies?: number;
}

type OpenRecord = { -readonly [K in keyof WebhookRecord]: WebhookRecord[K] };

/**
 * JSON as Meta sends it: what isn't ASCII as `\uXXXX`, and slashes escaped. A receiver that parses and writes it anew
 * before it checks the signature fails.
 */
export function escapedJson(value: unknown): string {
  const ascii = JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return ascii.replaceAll("/", "\\/");
}

/** The headers under which Meta posts that body. */
export function signBody(appSecret: string, body: string | Uint8Array): Record<string, string> {
  const digest = createHmac("sha256", appSecret).update(body).digest("hex");
  return { "content-type": "application/json", "x-hub-signature-256": `sha256=${digest}` };
}

/** Meta's sending side: signs, posts, waits, posts again, and gives up. */
export class MetaWebhooks {
  readonly records: OpenRecord[] = [];
  /** False after an hour of failing: nothing is posted until a person subscribes again. */
  isSubscribed = true;
  readonly #options: MetaWebhookOptions;
  readonly #bodies: string[] = [];
  /** Copies that wait for their time: calling one cancels it. */
  readonly #waiting = new Set<() => void>();
  readonly #whenIdle: (() => void)[] = [];
  #underWay = 0;
  #failingSince: number | null = null;
  #isClosed = false;

  constructor(options: MetaWebhookOptions) {
    this.#options = options;
  }

  sign(body: string | Uint8Array): Record<string, string> {
    return signBody(this.#options.appSecret, body);
  }

  /** Posts `payload` and resolves when its first copy was answered or given up. */
  async post(payload: unknown, { lost = false, copies = 1 }: PostOptions = {}): Promise<WebhookRecord> {
    this.#bodies.push(escapedJson(payload));
    const webhookId = this.#bodies.length;
    if (!this.isSubscribed) return this.#never(webhookId, "unsubscribed");
    if (lost) {
      this.#again(webhookId, 1);
      return this.#never(webhookId, "lost");
    }
    const sent = Array.from({ length: copies }, () => this.#deliver(webhookId, 1));
    const [first = this.#never(webhookId, "lost")] = await Promise.all(sent);
    return first;
  }

  /** The same bytes once more; `null` when there is no such webhook. */
  async repeat(webhookId: number): Promise<WebhookRecord | null> {
    return this.#bodies[webhookId - 1] === undefined ? null : await this.#deliver(webhookId, 0);
  }

  unsubscribe(): void {
    this.isSubscribed = false;
  }

  subscribe(): void {
    this.isSubscribed = true;
    this.#failingSince = null;
  }

  /** Resolves when nothing is on its way and no copy is waiting. */
  idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    this.#tellIdle();
    return promise;
  }

  close(): void {
    this.#isClosed = true;
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    this.#tellIdle();
  }

  /** `copy` 0: asked for by hand, and not retried. */
  async #deliver(webhookId: number, copy: number): Promise<WebhookRecord> {
    const { clock, timeoutMs, deliver } = this.#options;
    const body = this.#bodies[webhookId - 1] ?? "";
    const bytes = new TextEncoder().encode(body);
    const record = this.#record(webhookId, copy, body, this.sign(bytes));
    const { promise: timedOut, resolve: timeOut } = Promise.withResolvers<null>();
    const stopped = new AbortController();
    const cancel = clock.after(timeoutMs, () => {
      timeOut(null);
      stopped.abort();
    });
    this.#underWay += 1;
    try {
      record.status = await Promise.race([deliver(bytes, record.headers, stopped.signal), timedOut]);
      record.result = record.status === null ? "timeout" : record.status === 200 ? "ok" : "error-status";
    } catch {
      record.result = stopped.signal.aborted ? "timeout" : "could-not-connect";
    } finally {
      cancel();
      this.#underWay -= 1;
    }
    this.#trackHealth(record.result === "ok");
    if (record.result !== "ok" && copy > 0) this.#again(webhookId, copy);
    this.#tellIdle();
    return record;
  }

  #trackHealth(isOk: boolean): void {
    const { clock, unsubscribeAfterMs } = this.#options;
    if (isOk) {
      this.#failingSince = null;
      return;
    }
    this.#failingSince ??= clock.now();
    if (unsubscribeAfterMs === null || clock.now() - this.#failingSince < unsubscribeAfterMs) return;
    this.isSubscribed = false;
  }

  #again(webhookId: number, copy: number): void {
    const delayMs = this.#options.retryDelaysMs[copy - 1];
    if (delayMs === undefined || this.#isClosed || !this.isSubscribed) return;
    const cancel = this.#options.clock.after(delayMs, () => {
      this.#waiting.delete(cancel);
      void this.#deliver(webhookId, copy + 1);
    });
    this.#waiting.add(cancel);
  }

  #never(webhookId: number, result: "lost" | "unsubscribed"): WebhookRecord {
    const record = this.#record(webhookId, 1, this.#bodies[webhookId - 1] ?? "", {});
    record.result = result;
    return record;
  }

  #record(webhookId: number, copy: number, body: string, headers: Record<string, string>): OpenRecord {
    const at = this.#options.clock.now();
    const record: OpenRecord = { webhookId, at, copy, headers, body, status: null, result: "under-way" };
    this.records.push(record);
    return record;
  }

  #tellIdle(): void {
    if (this.#underWay > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
