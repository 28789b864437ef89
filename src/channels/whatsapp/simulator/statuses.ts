import { contactOf, seconds } from "./people.ts";
import type { Peer, World } from "./world.ts";

export interface AcceptedMessage {
  readonly messageId: string;
  readonly callbackData: string | null;
  readonly peer: Peer;
  /** Why it will fail after all; `null` when it arrives. */
  readonly failure: { readonly code: number; readonly title: string } | null;
  /** How long it takes to the person's phone, in ms. */
  readonly arrivesInMs: number;
}

/** The later words about accepted messages: each in a webhook of its own, by the clock; late, lost, twice as asked. */
export class Statuses {
  readonly #world: World;
  /** Statuses that wait for their time: calling one cancels it. */
  readonly #waiting = new Set<() => void>();
  readonly #whenIdle: (() => void)[] = [];
  #underWay = 0;

  constructor(world: World) {
    this.#world = world;
  }

  accepted(message: AcceptedMessage): void {
    const { isOff, delayMs, readAfterMs, skipDelivered } = this.#world.statuses;
    if (isOff) return;
    if (message.failure !== null) {
      this.#later(message, "failed", delayMs);
      return;
    }
    this.#later(message, "sent", delayMs);
    const isSkipped = readAfterMs !== null && this.#happens(skipDelivered);
    const arrivedMs = message.arrivesInMs + 2 * delayMs;
    if (!isSkipped) this.#later(message, "delivered", arrivedMs);
    if (readAfterMs !== null) this.#later(message, "read", arrivedMs + readAfterMs);
  }

  /** Resolves when none is waiting or on its way. */
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

  #later(message: AcceptedMessage, status: string, delayMs: number): void {
    const { clock, statuses, options } = this.#world;
    if (this.#happens(statuses.loss)) return;
    const copies = this.#happens(statuses.twice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const jitter = Math.floor(options.random.fraction() * statuses.jitterMs);
      const cancel = clock.after(delayMs + jitter, () => {
        this.#waiting.delete(cancel);
        void this.#post(message, status);
      });
      this.#waiting.add(cancel);
    }
  }

  async #post({ messageId, callbackData, peer, failure }: AcceptedMessage, status: string): Promise<void> {
    this.#underWay += 1;
    const said = {
      id: messageId,
      status,
      timestamp: seconds(this.#world),
      ...(peer.hidesNumber ? {} : { recipient_id: peer.waId }),
      recipient_user_id: peer.userId,
      ...(callbackData === null ? {} : { biz_opaque_callback_data: callbackData }),
      ...(status === "sent" || status === "delivered" ? { pricing: PRICING } : {}),
      ...(failure === null ? {} : { errors: [errorOf(failure)] }),
    };
    const contacts = failure === null ? { contacts: [contactOf(peer)] } : {};
    // One that nobody takes is on the webhooks' record, and is tried again by them: this doesn't reject.
    await this.#world.post("messages", { ...contacts, statuses: [said] });
    this.#underWay -= 1;
    this.#tellIdle();
  }

  #happens(probability: number): boolean {
    return probability > 0 && this.#world.options.random.fraction() < probability;
  }

  #tellIdle(): void {
    if (this.#underWay > 0 || this.#waiting.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}

/** Free-form messages are billed since October 2026 (WhatsApp: Pricing). */
const PRICING = { billable: true, pricing_model: "PMP", type: "regular", category: "service" };

function errorOf({ code, title }: { readonly code: number; readonly title: string }) {
  const href = "/documentation/business-messaging/whatsapp/support/error-codes";
  return { code, title, message: title, error_data: { details: title }, href };
}
