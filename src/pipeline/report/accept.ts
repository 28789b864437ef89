import type { Channel, Normalized } from "../../channels/channel.ts";
import type { InboundEvent } from "../../core/event.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { EventDuplicates } from "../../runtime/duplicates.ts";
import type { LogFields } from "../../runtime/log-fields.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import type { IngestResult } from "../../store/store.ts";

type Account = Pick<Channel, "name" | "account">;

export type AcceptOutcome =
  /** Events that are not stored, and platform ids of accounts that aren't configured at the URL. */
  | { readonly kind: "ignored"; readonly at: Account; readonly count: number; readonly unclaimed: readonly string[] }
  | ({ readonly kind: "ingested"; readonly result: IngestResult; readonly startedAt: number } & OfEvent)
  | ({ readonly kind: "not-ingested"; readonly at: Account; readonly reason: string } & OfEvent)
  /** The answer to the whole webhook: `failure` is `null` when all of it is stored. */
  | {
      readonly kind: "answered";
      readonly at: Account;
      readonly parts: readonly Normalized[];
      /** The turns that its events are in. */
      readonly turnIds: ReadonlySet<string>;
      readonly bytes: number;
      readonly headers: Headers;
      readonly startedAt: number;
      readonly endedAt: number;
      readonly failure: string | null;
    };

interface OfEvent {
  readonly event: InboundEvent;
  /** Its key was known and its event was missing, though retention had not deleted it. */
  readonly isInconsistent: boolean;
}

type Of<K extends AcceptOutcome["kind"]> = Extract<AcceptOutcome, { kind: K }>;

type Watched = Telemetry & { readonly clock: Clock; readonly eventDuplicates: EventDuplicates };

export function reportAccept(watched: Watched) {
  return (outcome: AcceptOutcome): void => {
    switch (outcome.kind) {
      case "ignored":
        ignored(watched, outcome);
        return;
      case "ingested":
        ingested(watched, outcome);
        return;
      case "not-ingested":
        notIngested(watched, outcome);
        return;
      case "answered":
        answered(watched, outcome);
        return;
      default:
        outcome satisfies never;
    }
  };
}

function ignored({ metrics, log }: Telemetry, { at, count, unclaimed }: Of<"ignored">): void {
  const { name: channel, account } = at;
  if (count > 0) metrics.events.inc({ channel, outcome: "ignored", account }, count);
  if (unclaimed.length > 0) {
    log.warn({ channel, account, identities: unclaimed.join(",") }, "webhook for an account that isn't ours");
  }
}

function answered({ metrics, log, traces }: Telemetry, outcome: Of<"answered">): void {
  const { at, parts, turnIds, bytes, headers, startedAt, endedAt, failure } = outcome;
  const { name: channel, account } = at;
  if (failure === null) {
    const ackMs = endedAt - startedAt;
    metrics.ackSeconds.observe({ channel }, ackMs / 1_000);
    const count = (of: (part: Normalized) => number) => parts.reduce((sum, part) => sum + of(part), 0);
    const events = count((part) => part.events.length);
    const receipts = count((part) => part.receipts?.length ?? 0);
    const facts = { channel, account, events, receipts, ignored: count((part) => part.ignored), bytes, ackMs };
    // Each event and receipt has a line of its own.
    log[events + receipts > 0 ? "debug" : "info"](facts, "webhook accepted");
  }
  for (const turnId of turnIds) traces.record(turnId, "webhook", { from: startedAt, to: endedAt, headers, failure });
}

function notIngested({ metrics, log }: Telemetry, { at, event, reason, isInconsistent }: Of<"not-ingested">): void {
  const { platformEventId, type, conversation } = event;
  if (isInconsistent) {
    metrics.inconsistent.inc();
    metrics.recoveryFailed.inc();
  }
  log.error(
    { channel: at.name, account: conversation.account, platformEventId, type, reason },
    "event not stored: the platform is told to send it again",
  );
}

/** Label of `events_total` by the result's kind. */
const EVENT_OUTCOMES = { accepted: "accepted", recovered: "healed", duplicate: "duplicate" } as const;

function ingested(watched: Watched, outcome: Of<"ingested">): void {
  const { metrics, traces, clock } = watched;
  const { event, result, startedAt, isInconsistent } = outcome;
  const { channel, account } = event.conversation;
  if (isInconsistent) metrics.inconsistent.inc();
  metrics.events.inc({ channel, outcome: EVENT_OUTCOMES[result.kind], account });
  logIngested(watched, event, result);
  if (result.kind === "duplicate" || result.turnId === null) return;
  const { turnId, eventId, kind } = result;
  const attributes = { "turnpike.event": eventId, "turnpike.outcome": kind };
  traces.record(turnId, "ingest", { from: startedAt, to: clock.now(), attributes });
}

function logIngested({ metrics, log, eventDuplicates }: Watched, event: InboundEvent, result: IngestResult): void {
  const facts = factsOf(event, result);
  switch (result.kind) {
    case "duplicate": {
      const message = event.redelivered ? "skip replying due to redelivery" : "duplicate event";
      const { eventId, conversationId, turnId, tokenRefreshed } = result;
      eventDuplicates.came(eventId, { redelivered: event.redelivered, tokenRefreshed });
      log.info({ ...facts, conversationId, turnId: turnId ?? undefined, tokenRefreshed }, message);
      return;
    }
    case "recovered":
      metrics.recovered.inc();
      log.error(facts, "inconsistent: the key is known but its event is missing");
      log.info({ ...facts, ...ingestFacts(result) }, "recovered: the event was taken in again under the same key");
      break;
    case "accepted":
      if (!result.isSkipped) log.info({ ...facts, ...ingestFacts(result) }, "event accepted");
      break;
    default:
      result satisfies never;
      return;
  }
  if (result.handover === "paused") log.info(facts, "handover: a human agent has answered, the bot pauses");
  if (result.handover === "greeting") log.info(facts, "handover: an automatic greeting, the bot goes on");
  const { isSkipped, turnId, interrupted } = result;
  if (isSkipped) {
    metrics.turns.inc({ outcome: "skipped" });
    log.info({ ...facts, turnId }, "event skipped: it is UI-only and the conversation is busy");
  } else if (interrupted !== null) {
    metrics.turns.inc({ outcome: "empty" });
    log.info({ ...facts, turnId: interrupted }, "turn interrupted: its events moved to the next turn");
  }
}

function factsOf(event: InboundEvent, { eventId, receivedAt }: IngestResult): LogFields {
  const { channel, account, peerId } = event.conversation;
  return {
    channel,
    account,
    peer: peerId,
    eventId,
    platformEventId: event.platformEventId,
    type: event.type,
    sentAt: new Date(event.sentAt).toISOString(),
    lagMs: receivedAt - event.sentAt,
    redelivered: event.redelivered,
    text: event.content.message?.text,
  };
}

/** An event that fills the turn, or makes it due at once, also seals it. */
function ingestFacts({ conversationId, turnId, turnReady }: Exclude<IngestResult, { kind: "duplicate" }>) {
  return { conversationId, turnId, state: turnId === null ? undefined : turnReady ? "ready" : "collecting" };
}
