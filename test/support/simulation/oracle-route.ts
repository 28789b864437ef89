/** G9: the cheapest route first, and never silently past the quota. */
import type { RouteSeen } from "./commit-recorder.ts";

export interface RouteInvariant {
  readonly tokenTtlMs: number;
  readonly marginMs: number;
  /** Two commits of one moment may be this far apart. */
  readonly graceMs: number;
  /** Retention deletes a turn that is older. */
  readonly metadataMs: number;
}

interface FreeAnswer {
  readonly token: string;
  readonly peerId: string;
  /** How far the clock was ahead when it first came. */
  cameAheadMs: number;
  turnId: string | null;
  at: number;
  aheadMs: number;
  isUsed: boolean;
  /** Nobody can say whether the gateway may still trust it. */
  isLost: boolean;
}

interface Sending {
  isPaid: boolean;
  isInDoubt: boolean;
  isOutOfQuota: boolean;
}

type Seen<What extends RouteSeen["what"]> = RouteSeen & { readonly what: What };

export function needlesslyPaidRoutes(seen: readonly RouteSeen[], invariant: RouteInvariant): string[] {
  const free = new Map<string, FreeAnswer>();
  const answered = new Set<string>();
  const sendings = new Map<string, Sending>();
  const sendingOf = (deliveryId: string): Sending => {
    const known = sendings.get(deliveryId) ?? { isPaid: false, isInDoubt: false, isOutOfQuota: false };
    sendings.set(deliveryId, known);
    return known;
  };
  const broken: string[] = [];
  for (const one of seen) {
    switch (one.what) {
      case "token":
        offer(free, one, invariant);
        break;
      case "token lost": {
        const known = free.get(one.token);
        if (known !== undefined) known.isLost = true;
        break;
      }
      case "answered":
        answered.add(one.turnId);
        break;
      case "decision":
        // What may have arrived may still have.
        Object.assign(sendingOf(one.deliveryId), { isPaid: false, isOutOfQuota: false });
        break;
      case "doubt":
        sendingOf(one.deliveryId).isInDoubt = true;
        break;
      case "attempt":
        broken.push(...attempted(one, sendingOf(one.deliveryId), { free, answered, invariant }));
        break;
      case "answer":
        broken.push(...told(one, sendingOf(one.deliveryId)));
        break;
      default:
        one satisfies never;
    }
  }
  return broken;
}

function offer(free: Map<string, FreeAnswer>, one: Seen<"token">, { metadataMs }: RouteInvariant): void {
  const { token, peerId, turnId, at, aheadMs, isTrusted } = one;
  const known = free.get(token);
  if (known === undefined) {
    free.set(token, { token, peerId, turnId, at, aheadMs, cameAheadMs: aheadMs, isUsed: false, isLost: !isTrusted });
    return;
  }
  const isDeleted = turnId === null && aheadMs - known.cameAheadMs >= metadataMs;
  known.at = at;
  known.aheadMs = aheadMs;
  known.turnId = turnId ?? known.turnId;
  // Taken in again, it is as old as that.
  if (turnId !== null) known.cameAheadMs = aheadMs;
  // A copy of an event that is gone brings nothing back; one that was taken in again does.
  if (!isTrusted || isDeleted) known.isLost = true;
  else if (turnId !== null) known.isLost = false;
}

interface Choice {
  readonly free: ReadonlyMap<string, FreeAnswer>;
  readonly answered: ReadonlySet<string>;
  readonly invariant: RouteInvariant;
}

function attempted(attempt: Seen<"attempt">, sending: Sending, { free, answered, invariant }: Choice): string[] {
  const { deliveryId, turnId, token } = attempt;
  const used = free.get(token ?? "");
  if (used !== undefined) used.isUsed = true;
  if (attempt.route === "reply") return [];
  if (sending.isOutOfQuota && !sending.isInDoubt) {
    return [`G9: ${deliveryId} went the paid route again after it was told that the month's quota is gone`];
  }
  // Once it may have been accepted on the paid route, only the same again can't make a second copy.
  if (sending.isPaid || sending.isInDoubt) return [];
  sending.isPaid = true;
  const better = [...free.values()].find(
    (one) =>
      one.peerId === attempt.peerId &&
      !(one.isUsed || one.isLost) &&
      one.aheadMs === attempt.aheadMs &&
      attempt.at - one.at + invariant.marginMs + invariant.graceMs < invariant.tokenTtlMs &&
      one.turnId !== null &&
      (one.turnId === turnId || answered.has(one.turnId)),
  );
  if (better === undefined) return [];
  const lifeLeftMs = invariant.tokenTtlMs - (attempt.at - better.at);
  const whose = better.turnId === turnId ? "its turn's own" : "an answered turn's";
  return [`G9: ${deliveryId} went a paid route while ${whose} reply token had ${lifeLeftMs} ms to live`];
}

function told({ deliveryId, status, response, state }: Seen<"answer">, sending: Sending): string[] {
  if (status !== 429 || !/monthly limit/i.test(response ?? "")) return [];
  sending.isOutOfQuota = true;
  if (state === "parked" || sending.isInDoubt) return [];
  return [`G9: ${deliveryId} was refused for the month's quota and is ${state}, where nobody sees why it waits`];
}
