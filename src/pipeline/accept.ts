import { type Channel, Malformed, type Normalized, type Verified } from "../channels/channel.ts";
import type { BatchPolicy } from "../core/batch.ts";
import { whenBusy } from "../core/busy.ts";
import type { InboundEvent } from "../core/event.ts";
import { isTooDeep, JSON_DEPTH_MAX } from "../core/json-depth.ts";
import { batchFor } from "../core/rollout.ts";
import { rescueLeadMs } from "../core/route.ts";
import { leaves, withoutEcho } from "../runtime/discretion.ts";
import { reasonOf } from "../runtime/log.ts";
import type { LogFields } from "../runtime/log-fields.ts";
import type { IngestResult } from "../store/store.ts";
import type { Deps } from "./deps.ts";
import { storeReceipt } from "./support/receipt.ts";

export type Accepted =
  /** Everything in it is committed. */
  | { readonly kind: "stored" }
  /** The signature is wrong or missing. Nothing was looked at. */
  | { readonly kind: "unauthorized" }
  | { readonly kind: "malformed"; readonly reason: string }
  /** Signed, but for another of our identities than the address it came to. */
  | { readonly kind: "misdirected"; readonly reason: string }
  /** Signed, and more than this account may send: the platform must send it again. */
  | { readonly kind: "too-many"; readonly reason: string }
  /** Not stored, or not in time: the platform must send it again. */
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * Verifies, normalizes and stores one webhook. `stored` means that all of it survives a crash.
 *
 * `siblings` are other accounts of the platform at the same address, whose parts it may carry too; `null` when the
 * address names one account and no other.
 */
export async function accept(
  deps: Deps,
  channel: Channel,
  body: Uint8Array,
  headers: Headers,
  siblings: readonly Channel[] | null = null,
): Promise<Accepted> {
  const startedAt = deps.clock.now();
  const cameAt = deps.standstill.waitingSince();
  const turnIds = new Set<string>();
  const read = readParts([channel, ...(siblings ?? [])], body, headers);
  if ("kind" in read) return read;
  const { parts, unclaimed } = read;
  if (siblings === null && unclaimed.length > 0) {
    return { kind: "misdirected", reason: `the webhook is for ${unclaimed.join(", ")}, and this address for another` };
  }
  const entered = deps.intake.enter(accountsOf(parts));
  if (entered.kind === "full") return { kind: "unavailable", reason: `${entered.account} has too many on their way` };
  if (entered.kind === "too-many") return { kind: "too-many", reason: `${entered.account} sends too many a second` };
  noteIgnored(deps, channel, parts, unclaimed);
  const work = storeAll(deps, channel, parts, { turnIds, cameAt }).finally(() => entered.leave());
  const result = await withinBudget(deps, channel, startedAt, work);
  const endedAt = deps.clock.now();
  if (result.kind === "stored") noteAck(deps, channel, parts, { bytes: body.length, ackMs: endedAt - startedAt });
  const failure = result.kind === "unavailable" ? result.reason : null;
  for (const turnId of turnIds) {
    deps.traces.note(turnId, "webhook", { from: startedAt, to: endedAt, headers, failure });
  }
  return result;
}

function noteAck(
  { metrics, log }: Deps,
  { name: channel, account }: Channel,
  parts: readonly Normalized[],
  ack: { readonly bytes: number; readonly ackMs: number },
): void {
  metrics.ackSeconds.observe({ channel }, ack.ackMs / 1_000);
  const count = (of: (part: Normalized) => number) => parts.reduce((sum, part) => sum + of(part), 0);
  const events = count((part) => part.events.length);
  const receipts = count((part) => part.receipts?.length ?? 0);
  log.info(
    { channel, account, events, receipts, ignored: count(({ ignored }) => ignored), ...ack },
    "webhook accepted",
  );
}

interface Parts {
  /** What each account at the address finds in the body. */
  readonly parts: readonly Normalized[];
  /** Identities that none of them is. */
  readonly unclaimed: readonly string[];
}

function readParts(channels: readonly Channel[], body: Uint8Array, headers: Headers): Parts | Accepted {
  const verified = channels
    .map((channel) => ({ channel, webhook: channel.verify(body, headers) }))
    .filter((one): one is { channel: Channel; webhook: Verified } => one.webhook !== null);
  if (verified.length === 0) return { kind: "unauthorized" };
  if (isTooDeep(body)) return { kind: "malformed", reason: `the body is nested deeper than ${JSON_DEPTH_MAX} levels` };
  try {
    const parts = verified.map(({ channel, webhook }) => channel.normalize(webhook));
    if (parts.some(({ events }) => events.some(isUnkeepable))) {
      return { kind: "malformed", reason: "an id in the body holds a NUL" };
    }
    const claimed = new Set(verified.map(({ channel }) => channel.identity));
    const named = new Set(parts.flatMap(({ elsewhere = [] }) => elsewhere));
    return { parts, unclaimed: [...named].filter((identity) => !claimed.has(identity)) };
  } catch (error) {
    if (error instanceof Malformed) return { kind: "malformed", reason: error.message };
    throw error;
  }
}

/** PostgreSQL keeps no text with a NUL in it. What a person wrote is kept as JSON, where it is written otherwise. */
function isUnkeepable({ platformEventId, dedupKeys, conversation, sender, token }: InboundEvent): boolean {
  const ids = [platformEventId, ...dedupKeys, conversation.peerId, sender?.id, sender?.name, token?.token];
  return ids.some((id) => id?.includes("\u0000") === true);
}

/** What isn't ours is answered with 200 all the same: a platform that is refused for an hour sends nothing any more. */
function noteIgnored(deps: Deps, channel: Channel, parts: readonly Normalized[], unclaimed: readonly string[]): void {
  const ignored = parts.reduce((count, part) => count + part.ignored, unclaimed.length);
  const facts = { channel: channel.name, account: channel.account };
  if (ignored > 0)
    deps.metrics.events.inc({ channel: channel.name, outcome: "ignored", account: channel.account }, ignored);
  if (unclaimed.length > 0) {
    deps.log.warn({ ...facts, identities: unclaimed.join(",") }, "webhook for an account that isn't ours");
  }
}

/** `<channel>/<account>` of everything in it. */
function accountsOf(parts: readonly Normalized[]): readonly string[] {
  const names = parts.flatMap(({ events, receipts = [] }) => [
    ...events.map(({ conversation: { channel, account } }) => `${channel}/${account}`),
    ...receipts.map(({ channel, account }) => `${channel}/${account}`),
  ]);
  return [...new Set(names)];
}

interface Webhook {
  /** The turns that its events are in. */
  readonly turnIds: Set<string>;
  /** When it came, or may have come (epoch ms): a token's minute runs while it waits for us. */
  readonly cameAt: number;
}

async function storeAll(
  deps: Deps,
  channel: Channel,
  parts: readonly Normalized[],
  webhook: Webhook,
): Promise<Accepted> {
  const failures = await Promise.all([
    ...parts.flatMap(({ events }) => events).map((event) => storeOne(deps, channel, event, webhook)),
    ...parts.flatMap(({ receipts = [] }) => receipts).map((receipt) => storeReceipt(deps, receipt)),
  ]);
  const failure = failures.find((reason) => reason !== null);
  return failure === undefined ? { kind: "stored" } : { kind: "unavailable", reason: failure };
}

/** Why it could not be stored; `null` when it was. */
async function storeOne(
  deps: Deps,
  channel: Channel,
  event: InboundEvent,
  { turnIds, cameAt }: Webhook,
): Promise<string | null> {
  const from = deps.clock.now();
  let inconsistent = false;
  let ingested: IngestResult;
  try {
    const result = await deps.store.ingest(event, {
      batch: batchFor(event.conversation, batchOf(deps, event), deps.settings.rollout),
      busy: whenBusy(event, deps.settings.busy),
      rescueLeadMs: rescueLeadMs(channel.token?.marginMs ?? 0),
      waitedMs: () => deps.clock.now() - cameAt,
      ...(channel.economy === null ? {} : { notice: channel.economy.notice }),
      onInconsistent: () => {
        inconsistent = true;
      },
    });
    ingested = result;
  } catch (error) {
    if (inconsistent) deps.metrics.recoveryFailed.inc();
    const { platformEventId, type, conversation } = event;
    const { account } = conversation;
    // A database quotes what it could not take.
    const reason = withoutEcho(reasonOf(error), leaves([event.content, event.raw, event.sender, event.token]));
    deps.log.error(
      { channel: channel.name, account, platformEventId, type, reason },
      "event not stored: the platform is told to send it again",
    );
    return reason;
  } finally {
    if (inconsistent) deps.metrics.inconsistent.inc();
  }
  noteIngested(deps, event, ingested);
  if (ingested.kind !== "duplicate" && ingested.turnId !== null) {
    const { turnId, eventId, kind } = ingested;
    const attributes = { "turnpike.event": eventId, "turnpike.outcome": kind };
    deps.traces.note(turnId, "ingest", { from, to: deps.clock.now(), attributes });
    turnIds.add(turnId);
  }
  return null;
}

function batchOf({ settings }: Deps, { conversation }: InboundEvent): BatchPolicy {
  return settings.accountBatch[`${conversation.channel}/${conversation.account}`] ?? settings.batch;
}

/** The platform takes a late 200 for none, and sends again: then 503 is the honest answer. What is stored stays. */
async function withinBudget(
  deps: Deps,
  channel: Channel,
  startedAt: number,
  work: Promise<Accepted>,
): Promise<Accepted> {
  const late: Accepted = { kind: "unavailable", reason: `not committed within ${channel.ackBudgetMs} ms` };
  const { promise: timedOut, resolve } = Promise.withResolvers<Accepted>();
  const cancel = deps.clock.after(channel.ackBudgetMs, () => resolve(late));
  const result = await Promise.race([work, timedOut]);
  cancel();
  // A commit that blocks the process lets the promise win over a timer that should have fired long ago.
  return deps.clock.now() - startedAt > channel.ackBudgetMs ? late : result;
}

function noteIngested(deps: Deps, event: InboundEvent, result: IngestResult): void {
  const { channel, account, peerId } = event.conversation;
  const facts = {
    channel,
    account,
    peer: peerId,
    eventId: result.eventId,
    platformEventId: event.platformEventId,
    type: event.type,
    sentAt: new Date(event.sentAt).toISOString(),
    lagMs: result.receivedAt - event.sentAt,
    redelivered: event.redelivered,
    text: event.content.message?.text,
  };
  deps.metrics.events.inc({ channel, outcome: result.kind, account });
  switch (result.kind) {
    case "duplicate": {
      const message = event.redelivered ? "skip replying due to redelivery" : "duplicate event";
      deps.log.info({ ...facts, tokenRefreshed: result.tokenRefreshed }, message);
      return;
    }
    case "healed":
      deps.metrics.recovered.inc();
      deps.log.error(facts, "inconsistent: the key is known but its event is missing");
      deps.log.info({ ...facts, ...takenIn(result) }, "recovered: the event was taken in again under the same key");
      break;
    case "accepted":
      if (!result.isSkipped) deps.log.info({ ...facts, ...takenIn(result) }, "event accepted");
      break;
    default:
      result satisfies never;
      return;
  }
  if (result.offersRoad) deps.wake.signal("send");
  if (result.isSkipped) {
    noteSkipped(deps, facts, result.turnId);
    return;
  }
  if (result.interrupted !== null) noteInterrupted(deps, facts, result.interrupted);
  if (result.turnId !== null) deps.wake.signal(result.turnReady ? "claim" : "seal");
}

/** A turn that is full, or that an event makes due at once, is sealed with that event. */
function takenIn({ conversationId, turnId, turnReady }: Exclude<IngestResult, { kind: "duplicate" }>) {
  return { conversationId, turnId, state: turnId === null ? undefined : turnReady ? "ready" : "collecting" };
}

function noteSkipped(deps: Deps, facts: LogFields, turnId: string | null): void {
  deps.metrics.turns.inc({ outcome: "skipped" });
  deps.log.info({ ...facts, turnId }, "event skipped: it only serves the screen, and the conversation is busy");
}

function noteInterrupted(deps: Deps, facts: LogFields, turnId: string): void {
  deps.metrics.turns.inc({ outcome: "empty" });
  deps.log.info({ ...facts, turnId }, "turn interrupted: its events are in the turn of this one");
  // Where the agent works in this process, it is told at once. Elsewhere the next renewal of the lease finds the fence moved.
  deps.answered.release(turnId);
}
