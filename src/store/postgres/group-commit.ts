import { slotOf } from "../id.ts";
import { hasPeerIds } from "../ops/parts/peer-ids.ts";
import type { LockTarget, Transaction } from "../transaction.ts";
import { idOf, lockFree } from "./conversation-lock.ts";
import type { Session } from "./session.ts";
import type { Transactions } from "./transactions.ts";

/** A larger group gains nothing: it locks more conversations for longer, and waits for its slowest operation. */
const GROUP_SIZE = 64;

interface Waiter {
  readonly target: LockTarget;
  /** Operations of one slot run in order. */
  readonly slot: number;
  /** Runs it in the group's transaction. Resolves to the callback that settles its caller's promise after the commit. */
  readonly work: (tx: Transaction) => Promise<() => void>;
  /** Runs it in its own transaction and settles its caller's promise. Never rejects. */
  readonly alone: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** The group can't be committed: each of its operations runs alone. */
class GroupFailed extends Error {
  override readonly name = "GroupFailed";
}

interface Committed {
  readonly settle: readonly (() => void)[];
  /** Their conversations were locked by another process. */
  readonly left: readonly Waiter[];
}

/**
 * Group commit: operations of different conversations that arrive together share one transaction on one pipelined
 * connection. They run concurrently, so that their statements are pipelined and a group costs as many round trips as its
 * longest operation, not the sum. An operation that would wait for another process's lock runs alone; when one fails, the
 * group is rolled back and each runs alone, so that a failure affects no other.
 *
 * Conversations are spread over a few such queues by the slot in their ids, so that a process never waits for its own lock.
 */
export class GroupCommit {
  readonly #transactions: Transactions;
  readonly #queues: readonly Queue[];

  constructor(transactions: Transactions, queues: number) {
    this.#transactions = transactions;
    this.#queues = Array.from({ length: queues }, () => new Queue(transactions));
  }

  write<T>(target: LockTarget, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const slot = slotOf(idOf(target));
    this.#queues[Math.abs(slot) % this.#queues.length]?.push({
      target,
      slot,
      work: async (tx) => {
        const result = await work(tx);
        return () => resolve(result);
      },
      alone: () => this.#transactions.write(target, work).then(resolve, reject),
      reject,
    });
    return promise;
  }

  /** Resolves when every group with operations from before has ended. Operations that run alone aren't waited for. */
  async flushed(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.flushed()));
  }
}

interface Barrier {
  /** The count of finished operations at which it resolves. */
  readonly at: number;
  readonly resolve: () => void;
}

class Queue {
  readonly #transactions: Transactions;
  readonly #waiting: Waiter[] = [];
  /** Operations that run alone, by slot: the promise of the last one. */
  readonly #alone = new Map<number, Promise<void>>();
  #barriers: Barrier[] = [];
  #pushed = 0;
  #finished = 0;
  #isBusy = false;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  push(waiter: Waiter): void {
    this.#waiting.push(waiter);
    this.#pushed += 1;
    // Operations of the same turn of the event loop share a group.
    if (this.#waiting.length === 1 && !this.#isBusy) setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const next = this.#waiting.splice(0, GROUP_SIZE);
      // For a person with several ids the conversation to lock is found inside the transaction.
      const isAlone = (waiter: Waiter) => hasSeveralIds(waiter) || this.#alone.has(waiter.slot);
      const apart = new Set(next.filter(isAlone).map(({ slot }) => slot));
      for (const waiter of next) if (apart.has(waiter.slot)) this.#runAlone(waiter);
      const group = next.filter(({ slot }) => !apart.has(slot));
      if (group.length > 0) await this.#runTogether(group);
      this.#finished += next.length;
      this.#openBarriers();
    }
    this.#isBusy = false;
  }

  flushed(): Promise<void> {
    if (this.#finished === this.#pushed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#barriers.push({ at: this.#pushed, resolve });
    return promise;
  }

  #openBarriers(): void {
    for (const { at, resolve } of this.#barriers) if (at <= this.#finished) resolve();
    this.#barriers = this.#barriers.filter(({ at }) => at > this.#finished);
  }

  /** Runs it after the others of its slot that run alone, and beside the groups: its wait for a lock blocks no other. */
  #runAlone({ slot, alone }: Waiter): void {
    const end = (this.#alone.get(slot) ?? Promise.resolve()).then(alone).then(() => {
      if (this.#alone.get(slot) === end) this.#alone.delete(slot);
    });
    this.#alone.set(slot, end);
  }

  /** Never rejects: each caller has its own promise. */
  async #runTogether(group: readonly Waiter[]): Promise<void> {
    try {
      const { settle, left } = await this.#transactions.on((session) => this.#commit(session, group));
      for (const resolve of settle) resolve();
      for (const waiter of left) this.#runAlone(waiter);
    } catch (error) {
      if (error instanceof GroupFailed) for (const waiter of group) this.#runAlone(waiter);
      // No connection could be opened, or the commit's status is unknown: each caller gets the error.
      else for (const waiter of group) waiter.reject(error);
    }
  }

  async #commit(session: Session, group: readonly Waiter[]): Promise<Committed> {
    let left: readonly Waiter[] = [];
    let settle: readonly (() => void)[];
    let begun: { readonly locked: ReadonlySet<string>; readonly xid: string | null };
    try {
      const targets = group.map(({ target }) => target);
      begun = await this.#transactions.begin(session, () => lockFree(session, targets));
      // Also the later ones of its slot, so that they keep their order.
      const locked = new Set(group.filter(({ target }) => !begun.locked.has(idOf(target))).map(({ slot }) => slot));
      left = group.filter(({ slot }) => locked.has(slot));
      const tx = this.#transactions.transaction(session);
      const free = group.filter(({ slot }) => !locked.has(slot));
      settle = await runConcurrently(free, tx);
    } catch (cause) {
      throw new GroupFailed("the group's operations run alone", { cause });
    }
    await this.#transactions.commit(session, begun.xid);
    return { settle, left };
  }
}

function hasSeveralIds({ target }: Waiter): boolean {
  return "event" in target && hasPeerIds(target.event);
}

/**
 * Runs operations of one slot in order, others concurrently. After a failure none is begun; it rejects when all that were
 * begun have ended, so that no statement is still in flight on the connection.
 */
async function runConcurrently(group: readonly Waiter[], tx: Transaction): Promise<readonly (() => void)[]> {
  const settle: (() => void)[] = [];
  let hasFailed = false;
  const chains = [...Map.groupBy(group, ({ slot }) => slot).values()].map(async (chain) => {
    for (const { work } of chain) {
      if (hasFailed) return;
      try {
        settle.push(await work(tx));
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  });
  const failed = (await Promise.allSettled(chains)).find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return settle;
}
