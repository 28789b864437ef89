import { createHmac } from "node:crypto";
import { deadline } from "../../../runtime/clock.ts";
import { type PostOptions, type WebhookCopy, WebhookSender } from "../../simulation/webhooks.ts";
import { type LineEvent, peerIdOf } from "./events.ts";
import type { World } from "./world.ts";

export interface WebhookRecord extends WebhookCopy {
  readonly isRedelivery: boolean;
  readonly eventIds: readonly string[];
  /** LINE's words for it (LINE: Check webhook errors). */
  readonly result: "under-way" | "ok" | "error_status_code" | "request_timeout" | "could_not_connect" | "lost";
}

export type LinePostOptions = Pick<PostOptions, "lost" | "answerLost" | "delayMs">;

const TEXTS = { refused: "error_status_code", late: "request_timeout", unreachable: "could_not_connect" } as const;

interface Webhook {
  readonly webhookId: number;
  readonly events: readonly LineEvent[];
  /** The bytes of the first copy, for exact duplicates. */
  readonly body: string;
}

/** Posts the webhooks of the LINE simulator. */
export class Webhooks {
  readonly #world: World;
  readonly #sender: WebhookSender<WebhookRecord>;
  readonly #sent: Webhook[] = [];
  readonly #timeoutMs: number;

  constructor(world: World) {
    const { clock, pending, changes, options } = world;
    const { count = 0, intervalMs = 60_000, timeoutMs = 2_000 } = options.redelivery ?? {};
    this.#world = world;
    this.#timeoutMs = timeoutMs;
    this.#sender = new WebhookSender({
      clock,
      pending,
      changes,
      deliver: options.deliver,
      sign: (body) => this.sign(body),
      timeoutMs,
      retryDelaysMs: Array.from({ length: count }, () => intervalMs),
      isTaken: (status) => status >= 200 && status < 300,
      texts: TEXTS,
      onLeave: ({ webhookId }) => refreshTokens(world, this.#sent[webhookId - 1]?.events ?? []),
    });
  }

  get records(): readonly WebhookRecord[] {
    return this.#sender.records;
  }

  sign(body: string | Uint8Array): Record<string, string> {
    const { channelSecret, random } = this.#world.options;
    const digest = createHmac("sha256", channelSecret).update(body).digest("base64");
    // LINE: the case of a header's name may change without notice.
    const name = random.fraction() < 0.5 ? "x-line-signature" : "X-Line-Signature";
    return { "content-type": "application/json; charset=utf-8", [name]: digest };
  }

  post(events: readonly LineEvent[], options?: LinePostOptions): Promise<WebhookRecord> {
    const webhook = { webhookId: this.#sent.length + 1, events, body: render(this.#world, events) };
    this.#sent.push(webhook);
    for (const event of events) rememberToken(this.#world, event);
    return this.#sender.post((copy) => this.#copy(webhook, copy > 1), options);
  }

  /** The whole body that event came in, once more. Without `isRedelivery`, to the byte. `null`: no such event. */
  async redeliver(eventId: string, isRedelivery: boolean): Promise<WebhookRecord | null> {
    const webhook = this.#sent.find(({ events }) => events.some((event) => event.webhookEventId === eventId));
    return webhook === undefined ? null : await this.#sender.deliver(() => this.#copy(webhook, isRedelivery));
  }

  /** The console's and the API's test: an empty body, signed as always; `null`: there was no answer in time. */
  async test(): Promise<number | "could_not_connect" | null> {
    const { clock, options, pending } = this.#world;
    const bytes = new TextEncoder().encode(render(this.#world, []));
    const limit = deadline(clock, this.#timeoutMs, pending.closing);
    try {
      return await options.deliver(bytes, this.sign(bytes), limit.signal);
    } catch {
      return limit.signal.aborted ? null : "could_not_connect";
    } finally {
      limit.cancel();
    }
  }

  #copy({ webhookId, events, body }: Webhook, isRedelivery: boolean) {
    const eventIds = events.map((event) => event.webhookEventId);
    return {
      webhookId,
      isRedelivery,
      eventIds,
      body: isRedelivery ? render(this.#world, asRedelivered(events)) : body,
    };
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
