import { conversationId } from "../conversation-id.ts";
import { slotOf } from "../id.ts";
import type { Subject, Transaction } from "../transaction.ts";
import { lock } from "./lock.ts";
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
  /** Runs it in a transaction of its own. */
  readonly alone: () => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** The group can't be committed as a whole: each of its operations runs alone. */
class Broken extends Error {
  override readonly name = "Broken";
}

/**
 * Group commit: operations of different conversations that arrive together share one transaction on one pipelined
 * connection. They run side by side, so that their statements travel together and a group costs as many round trips as its
 * longest operation, not the sum. When one fails, all is rolled back and each runs alone: what is wrong with one is nobody
 * else's trouble.
 *
 * Conversations are spread over a few such lanes by the slot in their ids, so that a process never waits for its own lock.
 */
export class GroupCommit {
  readonly #transactions: Transactions;
  readonly #lanes: readonly Lane[];

  constructor(transactions: Transactions, lanes: number) {
    this.#transactions = transactions;
    this.#lanes = Array.from({ length: lanes }, () => new Lane(transactions));
  }

  write<T>(subject: Subject, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const slot = slotOf(idOf(subject));
    const waiter: Waiter = {
      subject,
      slot,
      work: async (tx) => {
        const result = await work(tx);
        return () => resolve(result);
      },
      alone: () => this.#transactions.write(subject, work).then(resolve, reject),
      reject,
    };
    this.#lanes[Math.abs(slot) % this.#lanes.length]?.push(waiter);
    return promise;
  }
}

class Lane {
  readonly #transactions: Transactions;
  readonly #waiting: Waiter[] = [];
  #isBusy = false;

  constructor(transactions: Transactions) {
    this.#transactions = transactions;
  }

  push(waiter: Waiter): void {
    this.#waiting.push(waiter);
    // Those that come in the same turn of the event loop go together.
    if (this.#waiting.length === 1 && !this.#isBusy) setImmediate(() => void this.#flush());
  }

  async #flush(): Promise<void> {
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, GROUP_SIZE);
      await this.#commit(group);
    }
    this.#isBusy = false;
  }

  /** Never rejects: each caller is told by its own promise. */
  async #commit(group: readonly Waiter[]): Promise<void> {
    // Somebody of several names: which conversation is theirs, and so which lock, is found out on the way.
    const [together, apart] = [group.filter((waiter) => !isNamed(waiter)), group.filter(isNamed)];
    const isGroup = together.length > 1;
    await Promise.all([oneByOne(isGroup ? apart : group), ...(isGroup ? [this.#together(together)] : [])]);
  }

  async #together(group: readonly Waiter[]): Promise<void> {
    let told: readonly (() => void)[] | null = null;
    try {
      told = await this.#transactions.on((session) => this.#transaction(session, group));
    } catch (error) {
      // Of a commit nobody may know what became of it; and a database that is away is away for each of them.
      if (!(error instanceof Broken)) {
        for (const waiter of group) waiter.reject(error);
        return;
      }
    }
    if (told === null) await oneByOne(group);
    else for (const tell of told) tell();
  }

  async #transaction(session: Session, group: readonly Waiter[]): Promise<readonly (() => void)[]> {
    let told: readonly (() => void)[];
    let xid: string | null;
    try {
      xid = await this.#transactions.begin(session, () =>
        lock(
          session,
          group.map(({ subject }) => subject),
        ),
      );
      const tx = this.#transactions.transaction(session);
      told = await sideBySide(group, ({ work }) => work(tx));
    } catch (cause) {
      throw new Broken("the group is run one by one", { cause });
    }
    await this.#transactions.commit(session, xid);
    return told;
  }
}

function isNamed({ subject }: Waiter): boolean {
  return "event" in subject && subject.event.peerNames !== undefined;
}

function idOf(subject: Subject): string {
  if ("turnId" in subject) return subject.turnId;
  if ("deliveryId" in subject) return subject.deliveryId;
  if ("eventId" in subject) return subject.eventId;
  return "conversationId" in subject ? subject.conversationId : conversationId(subject.event.conversation);
}

/** Those of one slot one after another, each in a transaction of its own. */
async function oneByOne(group: readonly Waiter[]): Promise<void> {
  await sideBySide(group, ({ alone }) => alone());
}

/**
 * Those of one slot one after another, others at the same time. When one fails, nothing is begun any more; it rejects when
 * all that was begun has ended, because then nothing is on its way over the connection.
 */
async function sideBySide<R>(group: readonly Waiter[], work: (waiter: Waiter) => Promise<R>): Promise<R[]> {
  const results = new Map<Waiter, R>();
  let hasFailed = false;
  const chains = [...Map.groupBy(group, ({ slot }) => slot).values()].map(async (chain) => {
    for (const waiter of chain) {
      if (hasFailed) return;
      try {
        results.set(waiter, await work(waiter));
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  });
  const failed = (await Promise.allSettled(chains)).find((end) => end.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return group.map((waiter) => results.get(waiter) as R);
}
