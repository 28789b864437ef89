import { createHmac } from "node:crypto";
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
export function createWebhooks(world: World) {
  const { clock, options } = world;
  const { count = 0, intervalMs = 60_000, timeoutMs = 2_000 } = options.redelivery ?? {};
  const records: OpenRecord[] = [];
  const webhooks: Webhook[] = [];
  const timers = new Set<() => void>();
  let underWay = 0;
  let whenIdle: (() => void)[] = [];

  const sign = (body: string | Uint8Array): Record<string, string> => {
    const digest = createHmac("sha256", options.channelSecret).update(body).digest("base64");
    // LINE: the case of a header's name may change without notice.
    const name = options.chance.random() < 0.5 ? "x-line-signature" : "X-Line-Signature";
    return { "content-type": "application/json; charset=utf-8", [name]: digest };
  };

  async function deliver(webhook: Webhook, isRedelivery: boolean, redeliveriesLeft: number): Promise<WebhookRecord> {
    const body = isRedelivery ? render(world, asRedelivered(webhook.events)) : webhook.body;
    const bytes = new TextEncoder().encode(body);
    const record = open(webhook, body, sign(bytes), isRedelivery);
    refreshTokens(world, webhook.events);
    const { promise: timedOut, resolve: timeOut } = Promise.withResolvers<null>();
    const waiting = new AbortController();
    const cancel = clock.after(timeoutMs, () => {
      timeOut(null);
      waiting.abort();
    });
    underWay += 1;
    try {
      record.status = await Promise.race([options.deliver(bytes, record.headers, waiting.signal), timedOut]);
      const isOk = record.status !== null && record.status >= 200 && record.status < 300;
      record.result = record.status === null ? "request_timeout" : isOk ? "ok" : "error_status_code";
    } catch {
      record.result = waiting.signal.aborted ? "request_timeout" : "could_not_connect";
    } finally {
      cancel();
      underWay -= 1;
    }
    if (record.result !== "ok") redeliverLater(webhook, redeliveriesLeft);
    tellIdle();
    return record;
  }

  function tellIdle(): void {
    if (underWay > 0 || timers.size > 0) return;
    for (const resolve of whenIdle) resolve();
    whenIdle = [];
  }

  function open(webhook: Webhook, body: string, headers: Record<string, string>, isRedelivery: boolean): OpenRecord {
    const record: OpenRecord = {
      webhookId: webhook.webhookId,
      at: clock.now(),
      isRedelivery,
      eventIds: webhook.events.map((event) => event.webhookEventId),
      headers,
      body,
      status: null,
      result: "under-way",
    };
    records.push(record);
    return record;
  }

  /** Sends it again by itself, as often as the switch says, until a copy is taken. */
  function redeliverLater(webhook: Webhook, left: number): void {
    if (left <= 0) return;
    const cancel = clock.after(intervalMs, () => {
      timers.delete(cancel);
      void deliver(webhook, true, left - 1);
    });
    timers.add(cancel);
  }

  return {
    records: records as readonly WebhookRecord[],
    sign,
    async post(events: readonly LineEvent[], { lost = false }: PostOptions = {}): Promise<WebhookRecord> {
      const webhook = { webhookId: webhooks.length + 1, events, body: render(world, events) };
      webhooks.push(webhook);
      for (const event of events) rememberToken(world, event);
      if (lost) {
        const record = open(webhook, webhook.body, {}, false);
        record.result = "lost";
        redeliverLater(webhook, count);
        return record;
      }
      return deliver(webhook, false, count);
    },
    /** The whole body that event came in, once more. Without `isRedelivery`, to the byte. `null`: no such event. */
    async redeliver(eventId: string, isRedelivery: boolean): Promise<WebhookRecord | null> {
      const webhook = webhooks.find(({ events }) => events.some((event) => event.webhookEventId === eventId));
      if (webhook === undefined) return null;
      return deliver(webhook, isRedelivery, 0);
    },
    /** Resolves when nothing is on its way and no redelivery is waiting. */
    idle(): Promise<void> {
      if (underWay === 0 && timers.size === 0) return Promise.resolve();
      return new Promise((resolve) => whenIdle.push(resolve));
    },
    close(): void {
      for (const cancel of timers) cancel();
      timers.clear();
      tellIdle();
    },
  };
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
