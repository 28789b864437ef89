/** Mechanisms taken out at a seam, each with what the oracle must then say: an oracle that can't condemn shows nothing. */
import type { LeasedTurn } from "../../../src/core/turn.ts";
import type { IngestResult, Store } from "../../../src/store/store.ts";
import { separateTransactions } from "../separate-transactions.ts";
import type { SafeguardOverrides } from "./safeguard-overrides.ts";

export interface NegativeControl {
  /** What is missing. */
  readonly without: string;
  /** For one run. */
  readonly overrides: () => SafeguardOverrides;
  readonly verdict: RegExp;
  /** Where the mechanism matters. Default: LINE. */
  readonly channel?: string;
  /** Where to begin to look (default 1): an earlier seed misses it too seldom. */
  readonly from?: number;
}

const STORED_NOWHERE: IngestResult = {
  kind: "accepted",
  eventId: "evt_nowhere",
  conversationId: "conv_nowhere",
  receivedAt: 0,
  turnId: null,
  turnReady: false,
  claimed: null,
  offersRoute: false,
  isSkipped: false,
  interrupted: null,
  handover: null,
};

/** Each method is a transaction of its own, so that a control needs to change one method only. */
export function inStore(change: (store: Store) => Partial<Store>): SafeguardOverrides {
  return {
    store(store) {
      const separate = separateTransactions(store);
      return { ...separate, ...change(separate) };
    },
  };
}

/** No delivery is shown a reply token. */
export function withoutTokens(): SafeguardOverrides {
  return inStore((store) => ({
    startAttempt: (start) =>
      store.startAttempt({
        ...start,
        decide: (view) => start.decide({ ...view, routeInput: { ...view.routeInput, tokens: [] } }),
      }),
  }));
}

let copies = 0;

export const NEGATIVE_CONTROLS: readonly NegativeControl[] = [
  {
    without: "the commit before the ack (G1)",
    overrides: () =>
      inStore((store) => ({
        ingest: async (event, policy) => {
          void store.ingest(event, policy).catch(() => undefined);
          return STORED_NOWHERE;
        },
      })),
    verdict: /^G1.* not handed out/,
  },
  {
    without: "the key that knows a copy (G2)",
    overrides: () =>
      inStore((store) => ({
        ingest: (event, policy) => {
          copies += 1;
          return store.ingest({ ...event, dedupKeys: [`${event.platformEventId} ${copies}`] }, policy);
        },
      })),
    verdict: /^G2: /,
  },
  {
    without: "a check of what is marked as redelivered (G3)",
    overrides: () =>
      inStore((store) => ({
        ingest: (event, policy) => (event.redelivered ? Promise.resolve(STORED_NOWHERE) : store.ingest(event, policy)),
      })),
    verdict: /^G1\/G4: /,
  },
  {
    without: "the recovery of a lost row (G3)",
    overrides: () => {
      const known = new Set<string>();
      return inStore((store) => ({
        ingest: async (event, policy) => {
          if (known.has(event.platformEventId)) return STORED_NOWHERE;
          const result = await store.ingest(event, policy);
          known.add(event.platformEventId);
          return result;
        },
      }));
    },
    verdict: /not recovered \(G3\)$/,
  },
  {
    without: "the last of several events (G4)",
    overrides: () =>
      inStore((store) => ({
        claimTurn: async (claim) => {
          const turn = await store.claimTurn(claim);
          return turn === null || turn === "empty" ? turn : { ...turn, events: turn.events.slice(0, 1) };
        },
      })),
    verdict: /^G1\/G4: .* not handed out/,
  },
  {
    without: "the longest wait (G5)",
    overrides: () =>
      inStore((store) => ({
        ingest: (event, policy) =>
          store.ingest(event, { ...policy, batch: { quietMs: 1_500, maxWaitMs: 60_000, maxEvents: 50 } }),
      })),
    verdict: /^G5: /,
  },
  {
    without: "the order in a turn (G6)",
    overrides: () =>
      inStore((store) => ({
        claimTurn: async (claim) => {
          const turn = await store.claimTurn(claim);
          return turn === null || turn === "empty" ? turn : { ...turn, events: turn.events.toReversed() };
        },
      })),
    verdict: /^G6: .* was handed out before/,
  },
  {
    without: "the freeze of a turn that is complete (§6.2)",
    overrides: () =>
      inStore((store) => ({
        claimTurn: async (claim) => {
          const turn = await store.claimTurn(claim);
          if (turn === null || turn === "empty" || turn.attempt > 1) return turn;
          return { ...turn, events: turn.events.slice(0, 1) };
        },
      })),
    verdict: /^§6\.2: .* was handed out with /,
  },
  {
    without: "a fence of its own for each hand-out (G6)",
    overrides: () => {
      const given = new Map<string, number>();
      const own = <T extends LeasedTurn>(held: T): T => ({ ...held, fence: given.get(held.turnId) ?? held.fence });
      return inStore((store) => ({
        claimTurn: async (claim) => {
          const turn = await store.claimTurn(claim);
          if (turn === null || turn === "empty") return turn;
          given.set(turn.turnId, turn.fence);
          return { ...turn, fence: 1 };
        },
        renewLease: (held) => store.renewLease(own(held)),
        answerTurn: (answer) => store.answerTurn(own(answer)),
        failTurn: (failed) => store.failTurn(own(failed)),
      }));
    },
    verdict: /^G6: .* which was given before$/,
  },
  {
    without: "the fence of an answer (G7)",
    overrides: () =>
      inStore((store) => ({
        answerTurn: async (answer) => {
          const newest = await store.findTurn(answer.turnId);
          return await store.answerTurn({ ...answer, fence: newest?.fence ?? answer.fence });
        },
      })),
    verdict: /^G7: /,
    from: 188,
  },
  {
    without: "the number of a post that is repeated (G8)",
    overrides: () => inStore((store) => ({ answerTurn: (answer) => store.answerTurn({ ...answer, key: null }) })),
    verdict: /^G8: .* times$/,
  },
  {
    without: "the retry key (G8)",
    overrides: () => ({
      platformClient: (platformClient) => ({
        ...platformClient,
        post: (path, { "x-line-retry-key": _, ...headers }, body) => platformClient.post(path, headers, body),
      }),
    }),
    verdict: /^G8: .* times$/,
  },
  {
    without: "the free route (G9)",
    overrides: withoutTokens,
    verdict: /^G9: .* reply token had /,
  },
  {
    without: "the parking at the end of the quota (G9)",
    overrides: () =>
      inStore((store) => ({
        settleAttempt: (settle) => {
          const { outcome } = settle.report;
          if (outcome.kind !== "quota-exhausted") return store.settleAttempt(settle);
          const again = { kind: "retry", reason: outcome.reason, retryAfterMs: 0 } as const;
          return store.settleAttempt({ ...settle, report: { ...settle.report, outcome: again } });
        },
      })),
    verdict: /^G9: .* quota/,
  },
  {
    without: "the 503 of a store that is unavailable (G10)",
    overrides: () =>
      inStore((store) => ({
        ingest: (event, policy) => store.ingest(event, policy).catch(() => STORED_NOWHERE),
      })),
    verdict: /^G1\/G4: .* not handed out/,
  },
  {
    without: "the end of a lease that ran out (G11)",
    overrides: () =>
      inStore(() => {
        const nothing = async () => ({ turnsReady: 0, turnsDead: 0, attemptsUnknown: [] });
        return { expireLeases: nothing, reclaimOrphanedLeases: nothing };
      }),
    verdict: /^G11: /,
  },
  {
    without: "an end of the shutdown (§6.6)",
    overrides: () => ({ running: (running) => ({ ...running, stop: () => new Promise<void>(() => {}) }) }),
    verdict: /^§6\.6: /,
  },
];

/** The first whose name has these words. */
export function negativeControlNamed(words: string): NegativeControl {
  const found = NEGATIVE_CONTROLS.find(({ without }) => without.includes(words));
  if (found !== undefined) return found;
  const names = NEGATIVE_CONTROLS.map(({ without }) => without).join("; ");
  throw new Error(`no mechanism is called ${JSON.stringify(words)}; there are: ${names}`);
}
