/** Store proxy that records commits with the true time: the history that some invariants are checked against. */
import type { InboundEvent } from "../../../src/core/event.ts";
import type { SettleAttempt, Settled, StartedAttempt } from "../../../src/store/attempt.ts";
import type { IngestResult, Store } from "../../../src/store/store.ts";

/** One turn from its first event until it was ready. */
export interface Wait {
  readonly turnId: string;
  /** Observed time (ms, see `ObservedTime`) when its first event was committed. */
  readonly openedAtMs: number;
  /** Observed time when the wait ended; `null` while it lasts. */
  endedAtMs: number | null;
}

/** Inputs and results of route choices, in commit order. */
export type RouteSeen =
  /** A reply token arrived, or arrived again; `isTrusted: false`: how long the gateway may use it is undefined. */
  | {
      readonly what: "token";
      readonly at: number;
      /** Sum of the forward steps of the machine's clock until now. */
      readonly aheadMs: number;
      readonly token: string;
      readonly peerId: string;
      /** `null` for a redelivery, which stays in its turn. */
      readonly turnId: string | null;
      readonly isTrusted: boolean;
    }
  /** Its event was deleted behind the gateway's back. */
  | { readonly what: "token lost"; readonly token: string }
  /** An operator decides on it: it may go anew, on any route. */
  | { readonly what: "decision"; readonly deliveryId: string }
  /** Its tokens may be used by others. */
  | { readonly what: "answered"; readonly turnId: string }
  | {
      readonly what: "attempt";
      readonly at: number;
      readonly aheadMs: number;
      readonly deliveryId: string;
      readonly turnId: string | null;
      readonly peerId: string;
      readonly route: string;
      /** The reply token in its bytes. */
      readonly token: string | null;
    }
  /** The outcome of an attempt of it is unknown. */
  | { readonly what: "doubt"; readonly deliveryId: string }
  | {
      readonly what: "answer";
      readonly deliveryId: string;
      readonly status: number | null;
      readonly response: string | null;
      /** The channel's outcome, and the delivery's state. */
      readonly outcome: string;
      readonly state: string;
    };

export interface CommitRecorderOptions {
  readonly now: () => number;
  readonly watchedMs: () => number;
  /** Sum of the forward steps of the machine's clock, and how far it is ahead now. */
  readonly steps: () => { readonly forwardMs: number; readonly aheadMs: number };
  /** Old rows may be deleted now. */
  readonly beforePurge: () => Promise<void>;
  /** Old rows were deleted. */
  readonly onPurge: (what: "turns" | "keys") => void;
  /** A receipt arrived for a delivery in that state. */
  readonly onReceipt: (status: string, state: string) => void;
}

export class CommitRecorder {
  readonly waits = new Map<string, Wait>();
  readonly routes: RouteSeen[] = [];
  readonly #options: CommitRecorderOptions;
  /** Latest state of each delivery. */
  readonly #states = new Map<string, string>();

  constructor(options: CommitRecorderOptions) {
    this.#options = options;
  }

  watch(store: Store): Store {
    return {
      ...store,
      ingest: async (event, policy) => this.#took(event, await store.ingest(event, policy)),
      sealTurn: async (turnId, claim) => {
        const result = await store.sealTurn(turnId, claim);
        if (result.kind !== "later") this.#end(turnId);
        return result;
      },
      answerTurn: async (answer) => {
        const answered = await store.answerTurn(answer);
        if (answer.done) this.routes.push({ what: "answered", turnId: answer.turnId });
        this.#started(answered.started);
        return answered;
      },
      startAttempt: async (start) => this.#started(await store.startAttempt(start)),
      settleAttempt: async (settle) => this.#settled(settle, await store.settleAttempt(settle)),
      recordReceipt: async (args) => {
        const recorded = await store.recordReceipt(args);
        for (const { deliveryId, movedTo } of recorded.deliveries) {
          this.#options.onReceipt(args.receipt.status, this.#states.get(deliveryId) ?? "not there");
          if (movedTo !== null) this.#states.set(deliveryId, movedTo);
        }
        return recorded;
      },
      reclaimOrphanedLeases: async (owner) => {
        const expired = await store.reclaimOrphanedLeases(owner);
        this.#doubt(expired.attemptsUnknown);
        return expired;
      },
      expireLeases: async (sweep) => {
        const expired = await store.expireLeases(sweep);
        this.#doubt(expired.attemptsUnknown);
        return expired;
      },
      purge: async (retention) => {
        await this.#options.beforePurge();
        const purged = await store.purge(retention);
        if (purged.turns > 0) this.#options.onPurge("turns");
        if (purged.keys > 0) this.#options.onPurge("keys");
        return purged;
      },
    };
  }

  /** The event of this token was deleted behind the gateway's back. */
  lost(token: string): void {
    this.routes.push({ what: "token lost", token });
  }

  /** An operator decides on that turn or delivery. */
  decided(id: string): void {
    this.routes.push({ what: "decision", deliveryId: id });
  }

  #took(event: InboundEvent, result: IngestResult): IngestResult {
    const { now, watchedMs, steps } = this.#options;
    const turnId = result.kind === "duplicate" ? null : result.turnId;
    if (turnId !== null) {
      if (!this.waits.has(turnId)) this.waits.set(turnId, { turnId, openedAtMs: watchedMs(), endedAtMs: null });
      if (result.kind !== "duplicate" && result.turnReady) this.#end(turnId);
    }
    const { forwardMs, aheadMs } = steps();
    if (event.token !== null) {
      this.routes.push({
        what: "token",
        at: now(),
        aheadMs: forwardMs,
        token: event.token.token,
        peerId: event.conversation.peerId,
        turnId,
        // A redelivered token expires by the platform's clock; with a clock ahead of it the gateway sees that early.
        isTrusted: event.token.notAfter === null || aheadMs <= 0,
      });
    }
    return result;
  }

  #end(turnId: string): void {
    const wait = this.waits.get(turnId);
    if (wait !== undefined) wait.endedAtMs ??= this.#options.watchedMs();
  }

  #started(result: StartedAttempt | null): StartedAttempt | null {
    if (result?.kind === "parked") this.#states.set(result.deliveryId, "parked");
    if (result?.kind !== "send") return result;
    this.#states.set(result.deliveryId, "sending");
    const { replyToken } = JSON.parse(result.call.body) as { replyToken?: string };
    this.routes.push({
      what: "attempt",
      at: this.#options.now(),
      aheadMs: this.#options.steps().forwardMs,
      deliveryId: result.deliveryId,
      turnId: result.turnId,
      peerId: result.conversation.peerId,
      route: result.route,
      token: replyToken ?? null,
    });
    return result;
  }

  #settled({ deliveryId, report }: SettleAttempt, result: Settled): Settled {
    const { status, response, outcome } = report;
    if (outcome.kind === "unknown") this.#doubt([{ deliveryId }]);
    const { state } = result.settlement;
    this.#states.set(deliveryId, state);
    this.routes.push({ what: "answer", deliveryId, status, response, outcome: outcome.kind, state });
    return result;
  }

  #doubt(attempts: readonly { readonly deliveryId: string }[]): void {
    for (const { deliveryId } of attempts) {
      this.#states.set(deliveryId, "unknown");
      this.routes.push({ what: "doubt", deliveryId });
    }
  }
}
