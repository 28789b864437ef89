/**
 * Goal: no order of operations, however odd, breaks what must always hold: legal moves only, one turn and one call at a
 * time, each event in one turn, each token for one delivery, fences that only grow, the same bytes again or none.
 * Method: random sequences of everything the gateway does, by owners that are partly out of date, with crashes in
 * between; the tables are compared after every step. Then the gateway works on until nothing is due: all must be done.
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SendOutcomeKind } from "../../../src/core/delivery.ts";
import { Fenced } from "../../../src/core/errors.ts";
import type { ClaimedTurn } from "../../../src/core/turn.ts";
import { expectInvariants, Ledger, snapshotOf } from "./conformance-invariants.ts";
import { answer, claim, dueDeliveries, expire, mustClaim, type Sending, settle, start } from "./conformance-steps.ts";
import { type Bench, onFresh, type StoreHarness } from "./harness.ts";
import { readyTurns } from "./ready-turns.ts";
import { DAY, HOUR, LEASE_MS, MINUTE, message, policy, retraction, SECOND, TURN_RETRY } from "./samples.ts";

/** How often each is done: so that most messages come to their end, and all kinds of odd things happen on the way. */
const WEIGHTS = {
  ...{ say: 5, copy: 1, retract: 1, wait: 4, seal: 3, claim: 6, answer: 6, fail: 1, renew: 1 },
  ...{ start: 9, settle: 10, expire: 1, crash: 1, purge: 1 },
} as const;
type Operation = keyof typeof WEIGHTS;
const OPERATIONS = Object.keys(WEIGHTS) as readonly Operation[];

const OUTCOMES = [
  ...["sent", "sent", "sent", "retry", "rate-limited", "token-invalid", "unknown", "unknown"],
  ...["quota-exhausted", "quota-exhausted", "quota-exhausted", "refused", "account-stopped"],
] as readonly SendOutcomeKind[];

interface Step {
  readonly operation: Operation;
  /** What the operation picks from what there is. */
  readonly pick: number;
  readonly other: number;
}

const WAITS_MS = [100, 500, 1_500, 1_500, 8_000, 8_000, 30_000, LEASE_MS, HOUR];
const EFFECTS = ["collect", "collect-now", "collect", "collect-now", "collect-now", "store"] as const;
const RETENTION = { metadataMs: 30 * MINUTE, dedupKeysMs: 8 * DAY, wall: Number.POSITIVE_INFINITY, limit: 10 };

/** What the walker remembers, also of leases and calls that are long lost. */
class Walker {
  readonly ledger = new Ledger();
  readonly #bench: Bench;
  readonly #leases: ClaimedTurn[] = [];
  readonly #calls: Sending[] = [];
  #said = 0;
  #processes = 1;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  /** Refused writes are part of the walk; anything else that is thrown is a finding. */
  async walk({ operation, pick, other }: Step): Promise<void> {
    try {
      await this.#act(operation, pick, other);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
    }
  }

  async #act(operation: Operation, pick: number, other: number): Promise<unknown> {
    switch (operation) {
      case "say":
      case "copy":
      case "retract":
        return await this.#say(operation, pick, other);
      case "wait":
        return this.#bench.clock.step(of(WAITS_MS, pick) ?? 0);
      case "seal": {
        const { due } = await this.#bench.store.dueTurns(1 + (pick % 4));
        return await Promise.all(due.map((turnId) => this.#bench.store.sealTurn(turnId)));
      }
      case "claim":
        return await this.#claim(pick, other);
      case "answer":
      case "fail":
      case "renew":
        return await this.#work(operation, pick, other);
      case "start":
        return await this.#start(pick, other);
      case "settle":
        return await this.#settle(pick, other);
      case "expire":
        return await expire(this.#bench, 1 + (pick % 3));
      case "crash":
        await this.#bench.crash();
        return await this.#bench.store.reclaimOrphanedLeases(`process-${++this.#processes}`);
      case "purge":
        return await this.#bench.store.purge(RETENTION);
      default:
        return operation satisfies never;
    }
  }

  async #say(operation: "say" | "copy" | "retract", pick: number, other: number): Promise<void> {
    const { store } = this.#bench;
    if (operation === "copy" && this.#said === 0) return;
    const id = operation === "copy" ? pick % this.#said : this.#said++;
    const revises = operation === "retract" && id > 0 ? { revises: retraction(`m${pick % id}`) } : {};
    // A person's two conversations, and what they say, follow from the id: a copy is the same.
    const event = message(`m${id}`, {
      peerId: `U${id % 2}`,
      effect: operation === "retract" ? "store" : (of(EFFECTS, id) ?? "collect"),
      ...(id % 3 === 0 ? {} : { token: `t${id}` }),
      ...revises,
    });
    // Twice in one commit, now and then.
    await Promise.all((other % 4 === 0 ? [1, 2] : [1]).map(() => store.ingest(event, policy())));
  }

  async #claim(pick: number, other: number): Promise<void> {
    const { due } = await readyTurns(this.#bench.store, 10);
    const any = (await this.#bench.rows("turn")).map((turn) => String(turn.turn_id));
    const turnIds = [of(due, pick), of(other % 3 === 0 ? any : due, other)].filter((id) => id !== undefined);
    const claims = await Promise.all(turnIds.map((turnId) => claim(this.#bench, turnId, `process-${this.#processes}`)));
    for (const turn of claims) {
      if (turn === null) continue;
      this.#leases.push(turn);
      this.ledger.handedOut(turn);
    }
  }

  async #work(operation: "answer" | "fail" | "renew", pick: number, other: number): Promise<unknown> {
    // Mostly the newest lease; now and then one that is long lost.
    const turn = other % 3 === 0 ? of(this.#leases, pick) : this.#leases.at(-1);
    if (turn === undefined) return;
    const { turnId, fence } = turn;
    if (operation === "renew") return await this.#bench.store.renewLease({ turnId, fence, leaseMs: LEASE_MS });
    if (operation === "fail") {
      const failures = [
        { kind: "retry", reason: "away", retryAfterMs: 0 },
        { kind: "handed-back" },
        { kind: "retry", reason: "later", retryAfterMs: MINUTE },
        { kind: "dead", reason: "no" },
      ] as const;
      const failure = failures[pick % 4] ?? failures[0];
      return await this.#bench.store.failTurn({ turnId, fence, failure, retry: TURN_RETRY, random: 0.5 });
    }
    const said = Array.from({ length: (pick % 7) % 4 }, (_, index) => `${turnId} ${fence} ${index} ${other}`);
    const how = { perCall: 1 + (pick % 3), done: other % 5 !== 0 };
    return await answer(this.#bench, turn, said, how);
  }

  async #start(pick: number, other: number): Promise<void> {
    const { due } = await dueDeliveries(this.#bench);
    const any = (await this.#bench.rows("delivery")).map((delivery) => String(delivery.delivery_id));
    const ids = [of(due, pick), of(other % 3 === 0 ? any : due, other)].filter((id) => id !== undefined);
    const owner = `process-${this.#processes}`;
    for (const attempt of await Promise.all(ids.map((id) => start(this.#bench, id, { owner })))) {
      if (attempt?.kind === "send") this.#calls.push(attempt);
    }
  }

  async #settle(pick: number, other: number): Promise<void> {
    const call = other % 4 === 0 ? of(this.#calls, pick) : this.#calls.at(-1);
    if (call === undefined) return;
    const kind = of(OUTCOMES, pick) ?? "sent";
    // Only a reply can be told that its token is invalid.
    await settle(this.#bench, call, kind === "token-invalid" && call.route !== "reply" ? "retry" : kind);
    if (kind === "sent") this.ledger.accepted(call);
  }
}

function of<T>(all: readonly T[], pick: number): T | undefined {
  return all[pick % Math.max(1, all.length)];
}

/** The gateway goes on with an agent that has nothing to say and a platform that takes everything. */
async function workOn(bench: Bench, ledger: Ledger): Promise<void> {
  for (let round = 0; round < 60; round++) {
    bench.clock.step(MINUTE);
    await expire(bench);
    for (const turnId of (await bench.store.dueTurns(100)).due) await bench.store.sealTurn(turnId);
    for (const turnId of (await readyTurns(bench.store, 100)).due) {
      const turn = await claim(bench, turnId);
      if (turn !== null) await answer(bench, turn, []);
    }
    for (const deliveryId of (await dueDeliveries(bench)).due) {
      const call = await start(bench, deliveryId);
      if (call?.kind !== "send") continue;
      await settle(bench, call, "sent");
      ledger.accepted(call);
    }
  }
}

/** Both go on writing, and bring a reply token each time, until whatever waits for a free route has had one. */
async function writeOn(bench: Bench): Promise<void> {
  const parked = async () => (await bench.rows("delivery", { state: "parked" })).length;
  for (let round = 0, most = 2 * (await parked()); round < most; round++) {
    const id = `last ${round}`;
    const event = message(id, { peerId: `U${round % 2}`, token: id, effect: "collect-now" });
    const result = await bench.store.ingest(event, policy());
    if (result.kind === "duplicate" || result.turnId === null) throw new Error(`${id} was not taken in`);
    await answer(bench, await mustClaim(bench, result.turnId), []);
    for (const deliveryId of (await dueDeliveries(bench)).due) {
      const call = await start(bench, deliveryId);
      if (call?.kind === "send") await settle(bench, call, "sent");
    }
  }
}

function steps(...without: readonly Operation[]): fc.Arbitrary<readonly Step[]> {
  const operations = OPERATIONS.filter((operation) => !without.includes(operation));
  const step = fc.record({
    operation: fc.oneof(
      ...operations.map((operation) => ({ weight: WEIGHTS[operation], arbitrary: fc.constant(operation) })),
    ),
    // No bias to small numbers: whatever there is must be as likely as the first.
    pick: fc.noBias(fc.nat(9_999)),
    other: fc.noBias(fc.nat(9_999)),
  });
  return fc.array(fc.noBias(step), { minLength: 100, maxLength: 250, size: "max" });
}

export function walking(harness: StoreHarness): void {
  /**
   * A failing walk is made shorter, but not for longer than this. Walks that fail nowhere need a few seconds; where the
   * machine is so busy that not one ends in time, that is a failure as well.
   */
  const limit = { interruptAfterTimeLimit: 50 * SECOND };
  const runs = (most: number) => ({ numRuns: harness.hasRoundTrips ? Math.ceil(most / 4) : most, ...limit });
  const keepingInvariants = (walk: readonly Step[]) =>
    onFresh(harness, async (bench) => {
      const walker = new Walker(bench);
      let before = await snapshotOf(bench);
      for (const step of walk) {
        await walker.walk(step);
        const after = await snapshotOf(bench);
        expectInvariants(before, after, step.operation === "purge");
        before = after;
      }
    });

  describe("whatever is done in whatever order", () => {
    test("no step breaks an invariant", async () => {
      await fc.assert(fc.asyncProperty(steps("purge"), keepingInvariants), runs(8));
    });

    test("no step breaks an invariant while retention deletes", async () => {
      await fc.assert(fc.asyncProperty(steps(), keepingInvariants), runs(4));
    });

    test("all comes to an end when the world gets well again", async () => {
      const ends = (walk: readonly Step[]) =>
        onFresh(harness, async (bench) => {
          const walker = new Walker(bench);
          for (const step of walk) await walker.walk(step);
          await bench.crash();
          await bench.store.reclaimOrphanedLeases("process-of-the-end");
          await workOn(bench, walker.ledger);
          await writeOn(bench);
          const left = (await bench.store.countWaiting()).filter(({ count }) => count > 0);
          // Dead ones and those that nobody can know wait for a person.
          expect(left.filter(({ state }) => state !== "dead" && state !== "unknown")).toEqual([]);
        });
      await fc.assert(fc.asyncProperty(steps("purge"), ends), runs(5));
    });
  });
}
