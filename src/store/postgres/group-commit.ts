import { slotOf } from "../id.ts";
import type { Subject, Transaction } from "../transaction.ts";
import { idOf, lockFree } from "./conversation-lock.ts";
import type { Session } from "./session.ts";
import type { Transactions } from "./transactions.ts";

/** More in one transaction brings nothing: it holds more conversations locked for longer, and waits for its slowest. */
const GROUP_SIZE = 64;

interface Waiter {
  readonly subject: Subject;
  /** Operations of one slot go one after another. */
  readonly slot: number;
  /** Runs it in the group's transaction and says how its caller is to be told once that is committed. */
  readonly work: (tx: Transaction) => Promise<() => void>;
  /** Runs it in a transaction of its own, and tells its caller. Never rejects. */
  readonly alone: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** The group can't be committed: each of its operations runs alone. */
class Violation extends Error {
  override readonly name = "Violation";
}

interface Committed {
  readonly told: readonly (() => void)[];
  /** Somebody else held their conversation. */
  readonly left: readonly Waiter[];
}

/**
 * Group commit: operations of different conversations that arrive together share one transaction on one pipelined
 * connection. They run side by side, so that their statements travel together and a group costs as many round trips as its
 * longest operation, not the sum. What would have to wait for somebody else's lock runs alone; and when one fails, all is
 * rolled back and each runs alone: what is wrong with one is nobody else's trouble.
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

  write<T>(subject: Subject, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const slot = slotOf(idOf(subject));
    this.#queues[Math.abs(slot) % this.#queues.length]?.push({
      subject,
      slot,
      work: async (tx) => {
        const result = await work(tx);
        return () => resolve(result);
      },
      alone: () => this.#transactions.write(subject, work).then(resolve, reject),
      reject,
    });
    return promise;
  }

  /** Resolves when every group of what was asked before has ended. What waits for a lock isn't waited for. */
  async flushed(): Promise<void> {
    await Promise.all(this.#queues.map((queue) => queue.flushed()));
  }
}

interface Barrier {
  /** How many must have gone. */
  readonly at: number;
  readonly resolve: () => void;
}

class Queue {
  readonly #transactions: Transactions;
  readonly #waiting: Waiter[] = [];
  /** What runs alone, by slot: the end of the last one. */
  readonly #alone = new Map<number, Promise<void>>();
  #barriers: Barrier[] = [];
  #pushed = 0;
  #gone = 0;
  #isBusy = false;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  push(waiter: Waiter): void {
    this.#waiting.push(waiter);
    this.#pushed += 1;
    // Those that come in the same turn of the event loop go together.
    if (this.#waiting.length === 1 && !this.#isBusy) setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const next = this.#waiting.splice(0, GROUP_SIZE);
      // Whose conversation somebody of several names has, and so which lock, is found out on the way.
      const isAlone = (waiter: Waiter) => isNamed(waiter) || this.#alone.has(waiter.slot);
      const apart = new Set(next.filter(isAlone).map(({ slot }) => slot));
      for (const waiter of next) if (apart.has(waiter.slot)) this.#runAlone(waiter);
      const group = next.filter(({ slot }) => !apart.has(slot));
      if (group.length > 0) await this.#runTogether(group);
      this.#gone += next.length;
      this.#openBarriers();
    }
    this.#isBusy = false;
  }

  flushed(): Promise<void> {
    if (this.#gone === this.#pushed) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#barriers.push({ at: this.#pushed, resolve });
    return promise;
  }

  #openBarriers(): void {
    for (const { at, resolve } of this.#barriers) if (at <= this.#gone) resolve();
    this.#barriers = this.#barriers.filter(({ at }) => at > this.#gone);
  }

  /** Behind what runs alone in its slot already, and beside the groups: a lock that it waits for holds up no other. */
  #runAlone({ slot, alone }: Waiter): void {
    const end = (this.#alone.get(slot) ?? Promise.resolve()).then(alone).then(() => {
      if (this.#alone.get(slot) === end) this.#alone.delete(slot);
    });
    this.#alone.set(slot, end);
  }

  /** Never rejects: each caller is told by its own promise. */
  async #runTogether(group: readonly Waiter[]): Promise<void> {
    try {
      const { told, left } = await this.#transactions.on((session) => this.#commit(session, group));
      for (const tell of told) tell();
      for (const waiter of left) this.#runAlone(waiter);
    } catch (error) {
      if (error instanceof Violation) for (const waiter of group) this.#runAlone(waiter);
      // There is no connection to be had, or nobody knows what became of the commit: then each is told so.
      else for (const waiter of group) waiter.reject(error);
    }
  }

  async #commit(session: Session, group: readonly Waiter[]): Promise<Committed> {
    let left: readonly Waiter[] = [];
    let told: readonly (() => void)[];
    let begun: { readonly locked: ReadonlySet<string>; readonly xid: string | null };
    try {
      const subjects = group.map(({ subject }) => subject);
      begun = await this.#transactions.begin(session, () => lockFree(session, subjects));
      // With one of a slot all behind it, so that they keep their order.
      const held = new Set(group.filter(({ subject }) => !begun.locked.has(idOf(subject))).map(({ slot }) => slot));
      left = group.filter(({ slot }) => held.has(slot));
      const tx = this.#transactions.transaction(session);
      const free = group.filter(({ slot }) => !held.has(slot));
      told = await sideBySide(free, tx);
    } catch (cause) {
      throw new Violation("the group's operations run alone", { cause });
    }
    await this.#transactions.commit(session, begun.xid);
    return { told, left };
  }
}

function isNamed({ subject }: Waiter): boolean {
  return "event" in subject && subject.event.peerNames !== undefined;
}

/**
 * Those of one slot one after another, others at the same time. When one fails, nothing is begun any more; it rejects when
 * all that was begun has ended, because then nothing is on its way over the connection.
 */
async function sideBySide(group: readonly Waiter[], tx: Transaction): Promise<readonly (() => void)[]> {
  const told: (() => void)[] = [];
  let hasFailed = false;
  const chains = [...Map.groupBy(group, ({ slot }) => slot).values()].map(async (chain) => {
    for (const { work } of chain) {
      if (hasFailed) return;
      try {
        told.push(await work(tx));
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  });
  const failed = (await Promise.allSettled(chains)).find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return told;
}
