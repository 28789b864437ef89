/** Stands beside the store and writes down, by the true time, what was committed: the history that some promises are about. */
import type { InboundEvent } from "../../../src/core/event.ts";
import type { IngestResult, SettleAttempt, Settled, StartedAttempt, Store } from "../../../src/store/store.ts";

/** One turn from its first event until it was ready. */
export interface Wait {
  readonly turnId: string;
  /** Watched time (ms, see `Vigil`) when its first event was committed. */
  readonly openedAtMs: number;
  /** Watched time when it needed no more waiting; `null` while it does. */
  endedAtMs: number | null;
}

/** What a route was chosen from, and what was chosen, in the order of the commits. */
export type RouteSeen =
  /** A free answer came, or came again; with `isTrusted: false` nobody can say how long the gateway may trust it. */
  | {
      readonly what: "token";
      readonly at: number;
      /** How far the machine's clock was set forward until now, in sum. */
      readonly aheadMs: number;
      readonly token: string;
      readonly peerId: string;
      /** `null` for a copy: it is in the turn that it was in. */
      readonly turnId: string | null;
      readonly isTrusted: boolean;
    }
  /** Its event is gone, and nobody told the gateway. */
  | { readonly what: "token lost"; readonly token: string }
  /** Its tokens are free for others. */
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
  /** Nobody knows how an attempt of it ended. */
  | { readonly what: "doubt"; readonly deliveryId: string }
  | {
      readonly what: "answer";
      readonly deliveryId: string;
      readonly status: number | null;
      readonly response: string | null;
      /** How the channel read it, and what became of the delivery. */
      readonly outcome: string;
      readonly state: string;
    };

export interface WitnessOptions {
  readonly now: () => number;
  readonly watchedMs: () => number;
  /** How far the machine's clock was set forward, in sum, and how far it is ahead just now. */
  readonly steps: () => { readonly forwardMs: number; readonly aheadMs: number };
  /** What is old may be deleted now. */
  readonly beforePurge: () => Promise<void>;
  /** Something that was old was deleted. */
  readonly onPurge: (what: "turns" | "keys") => void;
  /** A receipt came for a delivery that was in that state. */
  readonly onReceipt: (status: string, state: string) => void;
}

export class Witness {
  readonly waits = new Map<string, Wait>();
  readonly routes: RouteSeen[] = [];
  readonly #options: WitnessOptions;
  /** Where each delivery was last. */
  readonly #states = new Map<string, string>();

  constructor(options: WitnessOptions) {
    this.#options = options;
  }

  watch(store: Store): Store {
    return {
      ...store,
      ingest: async (event, policy) => this.#took(event, await store.ingest(event, policy)),
      sealTurn: async (turnId) => {
        const result = await store.sealTurn(turnId);
        if (result !== "later") this.#end(turnId);
        return result;
      },
      answerTurn: async (answer) => {
        const answered = await store.answerTurn(answer);
        if (answer.done) this.routes.push({ what: "answered", turnId: answer.turnId });
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

  /** Somebody deleted the event that this token came with. */
  lost(token: string): void {
    this.routes.push({ what: "token lost", token });
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
        // A late copy's life ends by the platform's clock, and a clock that is ahead of it sees it end early.
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
