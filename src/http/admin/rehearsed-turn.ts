/** An ended turn as its agent got it, made of what is stored. Only reads the database, and asks no platform. */
import type { Conversation } from "../../core/conversation.ts";
import type { TurnEvent } from "../../core/event.ts";
import type { ClaimedTurn, TurnState } from "../../core/turn.ts";
import type { Deps } from "../../pipeline/deps.ts";
import { type EnrichDeps, enrichTurn } from "../../pipeline/support/enrich-turn.ts";
import type { Timeline } from "../../store/operator.ts";
import type { TranscriptEvent, TranscriptTurn } from "../../store/operator-transcript.ts";
import type { ContextPolicy, Store } from "../../store/store.ts";

export type RehearsedTurnDeps = EnrichDeps & Pick<Deps, "random">;

export type RehearsedTurn =
  /** `hasContext`: its context is what it was, also if there was none. */
  | { readonly kind: "turn"; readonly turn: ClaimedTurn; readonly hasContext: boolean }
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
  const [found, detail] = await Promise.all([store.findTurn(turnId), store.readItem(turnId)]);
  const ended = detail?.entries.find((entry) => entry.kind === "turn");
  if (found === null || ended === undefined) return { kind: "no-such-turn" };
  if (!ENDED.includes(ended.state)) return { kind: "not-ended", state: ended.state };
  const isDeleted = detail?.entries.some((entry) => entry.kind === "event" && entry.contentDeleted) === true;
  const { conversation } = found;
  const events = await withoutTakenBack(store, found.events);
  if (isDeleted || ended.contentDeleted || events.length === 0) return { kind: "words-deleted" };
  const context = await contextOf(store, { turn: ended, conversation, policy: settings.context });
  const turn: ClaimedTurn = {
    turnId: random.id("rehearsal"),
    fence: 0,
    attempt: 1,
    conversation,
    events,
    context: context ?? [],
    replyBy: null,
    firstEventAt: ended.at,
    claimedAt: clock.now(),
  };
  // A name that isn't stored would be asked for at the platform.
  const withoutCalls = { ...deps, stopping, settings: { ...settings, namesWaitMs: 0 } };
  return { kind: "turn", turn: await enrichTurn(withoutCalls, turn), hasContext: context !== null };
}

/** What a person took back after an agent had it stays in its turn, and is given to no other agent. */
async function withoutTakenBack(store: Store, events: readonly TurnEvent[]): Promise<readonly TurnEvent[]> {
  const kept: TurnEvent[] = [];
  for (const event of events) {
    if (event.content.message === undefined || (await store.readEvent(event.eventId)) !== null) kept.push(event);
  }
  return kept;
}

/** Of a conversation's newest turns so many are looked through: what is further back isn't found. */
const PAGE_TURNS = 100;
const PAGES_MAX = 20;

const SAID = ["message", "postback", "echo"];

interface Sealed {
  readonly turn: TranscriptTurn;
  readonly conversation: Conversation;
  readonly policy: ContextPolicy;
}

/** As a claim reads it: messages beside the turns, from the sealing of the turn before. `null`: not found. */
async function contextOf(store: Store, sealed: Sealed): Promise<readonly TurnEvent[] | null> {
  const { conversationId } = sealed.conversation;
  if (sealed.policy.maxEvents === 0) return [];
  let beside: readonly TranscriptEvent[] = [];
  let before: string | null = null;
  for (let page = 0; page < PAGES_MAX; page++) {
    const timeline: Timeline | null = await store.readTimeline({
      conversationId,
      limit: PAGE_TURNS,
      before,
      types: SAID,
    });
    if (timeline === null) return null;
    const events = timeline.entries.filter((entry) => entry.kind === "event");
    beside = [...events.filter((event) => isOutsideTurns(event) && !event.contentDeleted), ...beside];
    const previous = previousOf(sealed.turn, timeline);
    if (previous !== undefined || timeline.next === null) return pickContext(beside, sealed, previous?.sealedAt ?? 0);
    before = timeline.next;
  }
  return null;
}

const isOutsideTurns = ({ turnId, state }: TranscriptEvent) => turnId === null && state === "stored";

function previousOf({ at }: TranscriptTurn, { entries }: Timeline): TranscriptTurn | undefined {
  const turns = entries.filter((entry) => entry.kind === "turn");
  return turns.findLast((turn) => turn.at < at && turn.state !== "empty" && turn.state !== "skipped");
}

function pickContext(
  beside: readonly TranscriptEvent[],
  { turn, conversation, policy }: Sealed,
  sealedBefore: number,
): readonly TurnEvent[] {
  // With one person all that was said since, with several what isn't too old.
  const oldest = conversation.kind === "user" ? 0 : turn.at - policy.maxAgeMs - 1;
  const after = Math.max(sealedBefore, oldest);
  const until = turn.sealedAt ?? turn.at;
  return beside
    .filter(({ at }) => at > after && at <= until)
    .slice(-policy.maxEvents)
    .map(toTurnEvent)
    .toSorted((a, b) => a.sentAt - b.sentAt);
}

function toTurnEvent(event: TranscriptEvent): TurnEvent {
  const { eventId, platformEventId, type, sentAt, at, redelivered, sender, content } = event;
  return { eventId, platformEventId, type, sentAt, receivedAt: at, redelivered, sender, content };
}
