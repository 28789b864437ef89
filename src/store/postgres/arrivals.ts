import type { InboundEvent } from "../../core/event.ts";
import { conversationId } from "../conversation-id.ts";
import type { IngestPolicy, IngestResult } from "../store.ts";
import type { Arrival } from "./group.ts";
import { isNamed, namesOf } from "./ops/peer-names.ts";
import type { Transactions } from "./transactions.ts";

/** Groups that are on their way to the disk at the same time: while one waits for it, the next is made ready. */
const GROUPS = 2;
/** More in one statement brings nothing, and holds more conversations locked for longer. */
const GROUP_SIZE = 200;

interface Waiter extends Arrival {
  readonly resolve: (result: IngestResult | Promise<IngestResult>) => void;
}

/**
 * Group commit: events that come in while the groups before are on their way to the disk become one group, which is one
 * transaction. An event that can't go with its group goes alone, and so does each of a group that failed: what is wrong
 * with one is nobody else's trouble. Those of one peer go one after another, so that they keep their order.
 */
export class Arrivals {
  readonly #transactions: Transactions;
  readonly #waiting: Waiter[] = [];
  #onTheirWay = 0;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  ingest(event: InboundEvent, policy: IngestPolicy): Promise<IngestResult> {
    const { promise, resolve } = Promise.withResolvers<IngestResult>();
    this.#waiting.push({ event, policy, resolve });
    // Those that come in the same turn of the event loop go together.
    if (this.#waiting.length === 1) setImmediate(() => this.#depart());
    return promise;
  }

  #depart(): void {
    while (this.#onTheirWay < GROUPS && this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP_SIZE);
      this.#onTheirWay += 1;
      void this.#take(group).then(async (results) => {
        const left: Waiter[] = [];
        for (const [index, waiter] of group.entries()) {
          const result = results[index] ?? null;
          if (result === null) left.push(waiter);
          else waiter.resolve(result);
        }
        const ofPeers = Map.groupBy(left, ({ event }) => conversationId(event.conversation));
        await Promise.all([...ofPeers.values()].map((waiters) => this.#oneByOne(waiters)));
        this.#onTheirWay -= 1;
        this.#depart();
      });
    }
  }

  /** `null` for each that must go alone. Never rejects. */
  async #take(group: readonly Waiter[]): Promise<readonly (IngestResult | null)[]> {
    // Which conversation somebody of several names belongs to isn't known yet.
    const peers = group.filter(({ event }) => !isNamed(event)).map(({ event }) => event.conversation);
    if (peers.length === 0) return [];
    try {
      return await this.#transactions.write(
        (locks) => locks.ofPeers(peers),
        (lane) => lane.ingestGroup(group),
      );
    } catch {
      // Each finds out for itself what is wrong, and says so. One that was committed all the same is then a duplicate.
      return [];
    }
  }

  /** Never rejects. */
  async #oneByOne(waiters: readonly Waiter[]): Promise<void> {
    for (const waiter of waiters) {
      const result = this.#alone(waiter);
      waiter.resolve(result);
      // Its own caller hears of a failure; the next only waits for its turn.
      await result.catch(() => undefined);
    }
  }

  #alone({ event, policy }: Waiter): Promise<IngestResult> {
    const { conversation } = event;
    return this.#transactions.write(
      (locks) => (isNamed(event) ? locks.ofNames(conversation, namesOf(event)) : locks.ofPeers([conversation])),
      ({ ops }) => ops.ingest(event, policy),
    );
  }
}
