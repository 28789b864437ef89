/** An ended turn as its agent got it, made of what is stored. Only reads the database, and asks no platform. */
import type { ClaimedTurn, TurnState } from "../../core/turn.ts";
import type { Deps } from "../../pipeline/deps.ts";
import { type EnrichDeps, enrichTurn } from "../../pipeline/support/enrich-turn.ts";

export type RehearsedTurnDeps = EnrichDeps & Pick<Deps, "random">;

export type RehearsedTurn =
  | { readonly kind: "turn"; readonly turn: ClaimedTurn }
  | { readonly kind: "no-such-turn" }
  | { readonly kind: "not-ended"; readonly state: TurnState }
  /** By retention, or all of it was taken back. */
  | { readonly kind: "words-deleted" };

const ENDED: readonly TurnState[] = ["done", "dead"];

/**
 * Under an id and a fence that no lease has: an answer to the reply API finds no turn. Its free tokens are used or expired,
 * so there is no `replyBy`. `stopping` ends its waiting for the database.
 */
export async function rehearsedTurn(
  deps: RehearsedTurnDeps,
  turnId: string,
  stopping: AbortSignal,
): Promise<RehearsedTurn> {
  const { store, clock, random, settings } = deps;
  const ended = await store.readTurn({ turnId, context: settings.context });
  if (ended === null) return { kind: "no-such-turn" };
  if (!ENDED.includes(ended.state)) return { kind: "not-ended", state: ended.state };
  const { conversation, events, context, firstEventAt } = ended;
  if (ended.contentDeleted || events.length === 0) return { kind: "words-deleted" };
  const turn: ClaimedTurn = {
    turnId: random.id("rehearsal"),
    fence: 0,
    attempt: 1,
    conversation,
    events,
    context,
    replyBy: null,
    firstEventAt,
    claimedAt: clock.now(),
  };
  // A name that isn't stored would be asked for at the platform.
  const withoutCalls = { ...deps, stopping, settings: { ...settings, namesWaitMs: 0 } };
  return { kind: "turn", turn: await enrichTurn(withoutCalls, turn) };
}
