/** As `negative-controls.ts`, for platforms without a retry key: what only a receipt, a window or an account's name holds up. */
import type { InboundReceipt } from "../../../src/core/inbound-receipt.ts";
import type { RouteDecision } from "../../../src/core/route.ts";
import type { SettleAttempt, StartAttempt } from "../../../src/store/attempt.ts";
import type { Store } from "../../../src/store/store.ts";
import { inStore, type NegativeControl } from "./negative-controls.ts";
import type { SafeguardOverrides } from "./safeguard-overrides.ts";

const UNHEARD = { deliveries: [] };

/** Receipts that are answered with 200 and never written down. */
function deaf(store: Store, isUnheard: (receipt: InboundReceipt) => boolean): Partial<Store> {
  return { recordReceipt: (args) => (isUnheard(args.receipt) ? Promise.resolve(UNHEARD) : store.recordReceipt(args)) };
}

function onRoute(change: (decision: RouteDecision) => RouteDecision): SafeguardOverrides {
  return inStore((store) => ({
    startAttempt: (start: StartAttempt) =>
      store.startAttempt({
        ...start,
        decide: (view) => {
          const decided = start.decide(view);
          if (decided === null) return null;
          const decision = change(decided.decision);
          // The call that would be made if nothing had been tried before.
          const first = start.decide({ ...view, routeInput: { ...view.routeInput, earlier: [] } });
          const call = decided.call ?? first?.call ?? null;
          const routeReason = decided.routeReason ?? first?.routeReason ?? null;
          return call === null ? decided : { decision, routeReason, call };
        },
      }),
  }));
}

type Report = SettleAttempt["report"];

function onReport(change: (report: Report) => Report): SafeguardOverrides {
  return inStore((store) => ({
    settleAttempt: (settle) => store.settleAttempt({ ...settle, report: change(settle.report) }),
  }));
}

/** What is certain becomes the end of it. */
function refusing(...kinds: readonly Report["outcome"]["kind"][]): SafeguardOverrides {
  return onReport((report) => {
    const { outcome } = report;
    if (outcome.kind === "sent" || !kinds.includes(outcome.kind)) return report;
    return { ...report, outcome: { kind: "refused", reason: outcome.reason } };
  });
}

/** As if a delivery had one message, however often it was tried. */
const ONE = ["wamid.one"];

const OPEN = { kind: "paid", route: "session" } as const;
const UNKNOWN_THOUGH_SAID = /^G8: .* is unknown although its (echo|sent|delivered|read) was acked$/;

/** Words that came while the call was under way. */
function deafDuringCalls(): SafeguardOverrides {
  const underWay = new Set<string>();
  return inStore((store) => ({
    ...deaf(store, ({ deliveryId }) => underWay.has(deliveryId ?? "")),
    startAttempt: async (start) => {
      const started = await store.startAttempt(start);
      if (started?.kind === "send") underWay.add(started.deliveryId);
      return started;
    },
    settleAttempt: (settle) => {
      underWay.delete(settle.deliveryId);
      return store.settleAttempt(settle);
    },
  }));
}

export const NEGATIVE_CONTROLS_WITHOUT_RETRY_KEY: readonly NegativeControl[] = [
  {
    without: "the echo that settles (G8)",
    channel: "messenger",
    overrides: () => inStore((store) => deaf(store, () => true)),
    verdict: UNKNOWN_THOUGH_SAID,
  },
  {
    without: "the status that settles (G8)",
    channel: "whatsapp",
    overrides: () => inStore((store) => deaf(store, () => true)),
    verdict: UNKNOWN_THOUGH_SAID,
  },
  {
    without: "a receipt that comes before its call's answer (G8)",
    channel: "whatsapp",
    overrides: deafDuringCalls,
    verdict: UNKNOWN_THOUGH_SAID,
  },
  {
    without: "the failure after a 200 (§6.5)",
    channel: "whatsapp",
    overrides: () => inStore((store) => deaf(store, ({ status }) => status === "failed")),
    verdict: /^G8: .* has not .*, and its delivery is sent$/,
  },
  {
    without: "the message that a word is about (G8)",
    channel: "whatsapp",
    overrides: () =>
      inStore((store) => ({
        recordReceipt: (args) =>
          store.recordReceipt({ ...args, receipt: { ...args.receipt, platformMessageIds: ONE } }),
        settleAttempt: (settle) => {
          const { outcome } = settle.report;
          if (outcome.kind !== "sent") return store.settleAttempt(settle);
          const report = { ...settle.report, outcome: { ...outcome, platformMessageIds: ONE } };
          return store.settleAttempt({ ...settle, report });
        },
      })),
    verdict: /^G8: .* (times|and its delivery is sent)$/,
    from: 61,
  },
  {
    without: "the hold of what may have arrived (G8)",
    channel: "messenger",
    overrides: () => onRoute((decision) => (decision.kind === "wait" || decision.kind === "hold" ? OPEN : decision)),
    verdict: /^G8: .* times$/,
  },
  {
    without: "the setting that nothing is sent again (G8)",
    channel: "whatsapp",
    overrides: () =>
      onRoute((decision) => (decision.kind === "hold" ? { ...OPEN, evidence: decision.reason } : decision)),
    verdict: /^G8: .* was sent again under hold: /,
  },
  {
    without: "the record of a second try (G8)",
    channel: "messenger",
    overrides: () =>
      onRoute((decision) => (decision.kind === "paid" ? { kind: "paid", route: decision.route } : decision)),
    verdict: /^G8: .* times$/,
  },
  {
    without: "the end after one more try (G8)",
    channel: "messenger",
    overrides: () =>
      onRoute((decision) =>
        decision.kind === "hold" && decision.reason.includes("already sent again")
          ? { ...OPEN, evidence: decision.reason }
          : decision,
      ),
    verdict: /^G8: .* times, once more than is recorded$/,
  },
  {
    without: "the parking outside the window (G11)",
    channel: "messenger",
    overrides: () => refusing("window-closed"),
    verdict: /^G11: .* is dead /,
  },
  {
    without: "the person's word that opens the window (G11)",
    channel: "whatsapp",
    overrides: () =>
      inStore((store) => ({
        ingest: ({ windowMs: _, ...event }, policy) => store.ingest(event, policy),
      })),
    verdict: /^G11: .* is parked /,
  },
  {
    without: "the next try of what was too fast (G11)",
    channel: "whatsapp",
    overrides: () => refusing("retry", "rate-limited"),
    verdict: /^G11: .* is dead /,
  },
  {
    without: "the account in a chat's name (G6)",
    channel: "messenger",
    overrides: () =>
      inStore((store) => ({
        ingest: (event, policy) =>
          store.ingest({ ...event, conversation: { ...event.conversation, account: "first" } }, policy),
      })),
    verdict: /^G6: turns were handed out as of first/,
  },
  {
    without: "the one name of a person with several (G6)",
    channel: "whatsapp",
    overrides: () =>
      inStore((store) => ({
        ingest: ({ peerIds, ...event }, policy) => {
          const peerId = peerIds?.reassignable ?? event.conversation.peerId;
          return store.ingest({ ...event, conversation: { ...event.conversation, peerId } }, policy);
        },
      })),
    verdict: /^G6: turns were handed out as of /,
  },
  {
    without: "the wait for what came before to arrive (G6)",
    channel: "whatsapp",
    overrides: () =>
      inStore((store) => ({
        startAttempt: (start) =>
          store.startAttempt({
            ...start,
            decide: (view) => {
              const decided = start.decide(view);
              return decided && { ...decided, call: decided.call && { ...decided.call, awaitDeliveredMs: 0 } };
            },
          }),
      })),
    verdict: /^G6: .* got .* before /,
  },
];
