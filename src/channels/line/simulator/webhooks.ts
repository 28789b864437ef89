import { createHmac } from "node:crypto";
import { deadline } from "../../../runtime/clock.ts";
import { type LineEvent, peerIdOf } from "./events.ts";
import type { World } from "./world.ts";

/** One copy of one webhook, and what became of it. */
export interface WebhookRecord {
  /** The same for every copy. */
  readonly webhookId: number;
  readonly at: number;
  readonly isRedelivery: boolean;
  readonly eventIds: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** HTTP status of the answer; `null` when there was none in time. */
  readonly status: number | null;
  /** LINE's words for it; `under-way` while it is open, `lost` when it was never sent (LINE: Check webhook errors). */
  readonly result: "under-way" | "ok" | "error_status_code" | "request_timeout" | "could_not_connect" | "lost";
}

export interface PostOptions {
  /** The first copy never arrives: only a redelivered one will. Default false. */
  readonly lost?: boolean;
}

interface Webhook {
  readonly webhookId: number;
  readonly events: readonly LineEvent[];
  /** The bytes of the first copy, for exact duplicates. */
  readonly body: string;
}

type OpenRecord = { -readonly [K in keyof WebhookRecord]: WebhookRecord[K] };

/** LINE's sending side: signs, posts, waits, and posts again. */
export class Webhooks {
  readonly records: OpenRecord[] = [];
  readonly #world: World;
  readonly #sent: Webhook[] = [];
  /** Redeliveries that wait for their time: calling one cancels it. */
  readonly #waiting = new Set<() => void>();
  readonly #whenIdle: (() => void)[] = [];
  #underWay = 0;

  constructor(world: World) {
    this.#world = world;
  }

  sign(body: string | Uint8Array): Record<string, string> {
    const { channelSecret, random } = this.#world.options;
    const digest = createHmac("sha256", channelSecret).update(body).digest("base64");
    // LINE: the case of a header's name may change without notice.
    const name = random.fraction() < 0.5 ? "x-line-signature" : "X-Line-Signature";
    return { "content-type": "application/json; charset=utf-8", [name]: digest };
  }

  async post(events: readonly LineEvent[], { lost = false }: PostOptions = {}): Promise<WebhookRecord> {
    const webhook = { webhookId: this.#sent.length + 1, events, body: render(this.#world, events) };
    this.#sent.push(webhook);
    for (const event of events) rememberToken(this.#world, event);
    const { count = 0 } = this.#world.options.redelivery ?? {};
    if (!lost) return this.#deliver(webhook, false, count);
    const record = this.#record(webhook, webhook.body, {}, false);
    record.result = "lost";
    this.#redeliverLater(webhook, count);
    return record;
  }

  /** The whole body that event came in, once more. Without `isRedelivery`, to the byte. `null`: no such event. */
  async redeliver(eventId: string, isRedelivery: boolean): Promise<WebhookRecord | null> {
    const webhook = this.#sent.find(({ events }) => events.some((event) => event.webhookEventId === eventId));
    return webhook === undefined ? null : this.#deliver(webhook, isRedelivery, 0);
  }

  /** The console's and the API's test: an empty body, signed as always; `null`: there was no answer in time. */
  async test(): Promise<number | "could_not_connect" | null> {
    const { clock, options } = this.#world;
    const bytes = new TextEncoder().encode(render(this.#world, []));
    const limit = deadline(clock, options.redelivery?.timeoutMs ?? 2_000, this.#world.closing.signal);
    try {
      return await options.deliver(bytes, this.sign(bytes), limit.signal);
    } catch {
      return limit.signal.aborted ? null : "could_not_connect";
    } finally {
      limit.cancel();
    }
  }

  /** Resolves when nothing is on its way and no redelivery is waiting. */
  idle(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#whenIdle.push(resolve);
    this.#tellIdle();
    return promise;
  }

  close(): void {
    for (const cancel of this.#waiting) cancel();
    this.#waiting.clear();
    this.#tellIdle();
  }

  async #deliver(webhook: Webhook, isRedelivery: boolean, redeliveriesLeft: number): Promise<WebhookRecord> {
    const { clock, options } = this.#world;
    const body = isRedelivery ? render(this.#world, asRedelivered(webhook.events)) : webhook.body;
    const bytes = new TextEncoder().encode(body);
    const record = this.#record(webhook, body, this.sign(bytes), isRedelivery);
    refreshTokens(this.#world, webhook.events);
    const { promise: timedOut, resolve: timeOut } = Promise.withResolvers<null>();
    const stopped = new AbortController();
    const cancel = clock.after(options.redelivery?.timeoutMs ?? 2_000, () => {
      timeOut(null);
      stopped.abort();
    });
    this.#underWay += 1;
    try {
      record.status = await Promise.race([options.deliver(bytes, record.headers, stopped.signal), timedOut]);
      const isOk = record.status !== null && record.status >= 200 && record.status < 300;
      record.result = record.status === null ? "request_timeout" : isOk ? "ok" : "error_status_code";
    } catch {
      record.result = stopped.signal.aborted ? "request_timeout" : "could_not_connect";
    } finally {
      cancel();
      this.#underWay -= 1;
    }
    if (record.result !== "ok") this.#redeliverLater(webhook, redeliveriesLeft);
    this.#tellIdle();
    return record;
  }

  /** Sends it again by itself, as often as the switch says, until a copy is taken. */
  #redeliverLater(webhook: Webhook, left: number): void {
    const { clock, options, closing } = this.#world;
    if (left <= 0 || closing.signal.aborted) return;
    const cancel = clock.after(options.redelivery?.intervalMs ?? 60_000, () => {
      this.#waiting.delete(cancel);
      void this.#deliver(webhook, true, left - 1);
    });
    this.#waiting.add(cancel);
  }

  #record(webhook: Webhook, body: string, headers: Record<string, string>, isRedelivery: boolean): OpenRecord {
    const record: OpenRecord = {
      webhookId: webhook.webhookId,
      at: this.#world.clock.now(),
      isRedelivery,
      eventIds: webhook.events.map((event) => event.webhookEventId),
      headers,
      body,
      status: null,
      result: "under-way",
    };
    this.records.push(record);
    return record;
  }

  #tellIdle(): void {
    if (this.#underWay > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** LINE: a redelivered event is the same but for `deliveryContext.isRedelivery` (Redelivering webhooks). */
function asRedelivered(events: readonly LineEvent[]): LineEvent[] {
  return events.map((event) => ({ ...event, deliveryContext: { ...event.deliveryContext, isRedelivery: true } }));
}

function render(world: World, events: readonly LineEvent[]): string {
  const { options, botUserId: destination } = world;
  if (options.oddBodies !== true) return JSON.stringify({ destination, events });
  const odd = events.map((event) => ({ unheardOf: { since: "tomorrow" }, ...event }));
  return ` ${JSON.stringify({ events: odd, unheardOf: [], destination }, null, 3)}\r\n`;
}

function rememberToken(world: World, event: LineEvent): void {
  if (event.replyToken === undefined || event.source === undefined) return;
  const peerId = peerIdOf(event.source);
  world.tokens.set(event.replyToken, { peerId, eventAt: event.timestamp, deliveredAt: null, spent: false });
}

function refreshTokens(world: World, events: readonly LineEvent[]): void {
  for (const event of events) {
    const token = world.tokens.get(event.replyToken ?? "");
    if (token !== undefined) token.deliveredAt = world.clock.now();
  }
}
