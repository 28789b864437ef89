import { echo, fromPerson, type Item, postItems } from "./events.ts";
import type { Bubble, World } from "./world.ts";

/** What the app hears of a message that it sent: its echo, that it was delivered, that it was read. */
export class Receipts {
  readonly #world: World;
  /** Those that wait for their time: calling one cancels it. */
  readonly #waiting = new Set<() => void>();
  readonly #whenIdle: (() => void)[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** Each word in a webhook of its own. */
  accepted(bubble: Bubble): void {
    const world = this.#world;
    const { echoes = true, deliveries = true } = world.options;
    const { peerId, messageId: mid, message, metadata } = bubble;
    const { isOff, delayMs, readAfterMs } = world.receipts;
    const isLost = world.lostEchoes > 0;
    if (isLost) world.lostEchoes -= 1;
    if (isLost || isOff) return;
    const own = { mid, app_id: world.appId, ...(metadata === null ? {} : { metadata }), ...message };
    if (echoes) this.#later(delayMs, () => echo(world, peerId, own));
    const delivery = { mids: [mid], watermark: bubble.at };
    if (deliveries) this.#later(delayMs, () => fromPerson(world, peerId, { delivery }));
    const read = { watermark: bubble.at };
    if (readAfterMs !== null) this.#later(delayMs + readAfterMs, () => fromPerson(world, peerId, { read }));
  }

  /** Resolves when none waits for its time. */
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

  #later(delayMs: number, item: () => Item): void {
    const world = this.#world;
    const { loss, twice, jitterMs } = world.receipts;
    if (this.#happens(loss)) return;
    const copies = this.#happens(twice) ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      const waitMs = delayMs + (jitterMs > 0 ? Math.floor(world.options.random.fraction() * jitterMs) : 0);
      // One that nobody takes is on the webhooks' record, and is tried again by them: this doesn't reject.
      const post = () => void postItems(world, [item()]);
      if (waitMs === 0) post();
      else this.#at(waitMs, post);
    }
  }

  #at(waitMs: number, post: () => void): void {
    const cancel = this.#world.clock.after(waitMs, () => {
      this.#waiting.delete(cancel);
      post();
      this.#tellIdle();
    });
    this.#waiting.add(cancel);
  }

  #happens(probability: number): boolean {
    return probability > 0 && this.#world.options.random.fraction() < probability;
  }

  #tellIdle(): void {
    if (this.#waiting.size > 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
