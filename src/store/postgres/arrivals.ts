import type { InboundEvent } from "../../core/event.ts";
import type { IngestPolicy, IngestResult } from "../store.ts";
import type { Arrival } from "./group.ts";
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
 * with one is nobody else's trouble.
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
      void this.#take(group).then((results) => {
        this.#onTheirWay -= 1;
        for (const [index, waiter] of group.entries()) waiter.resolve(results[index] ?? this.#alone(waiter));
        this.#depart();
      });
    }
  }

  /** `null` for each that must go alone. Never rejects. */
  async #take(group: readonly Waiter[]): Promise<readonly (IngestResult | null)[]> {
    const peers = group.map(({ event }) => event.conversation);
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

  #alone({ event, policy }: Waiter): Promise<IngestResult> {
    return this.#transactions.write(
      (locks) => locks.ofPeers([event.conversation]),
      ({ ops }) => ops.ingest(event, policy),
    );
  }
}
