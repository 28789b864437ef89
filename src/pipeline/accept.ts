import { type Channel, Malformed, type Normalized, type Verified } from "../channels/channel.ts";
import { type BatchPolicy, dueAt } from "../core/batch.ts";
import { whenBusy } from "../core/busy.ts";
import { type AccountKey, accountKeyOf } from "../core/conversation.ts";
import type { InboundEvent } from "../core/event.ts";
import { isTooDeep, JSON_DEPTH_MAX } from "../core/json-depth.ts";
import { batchFor } from "../core/rollout.ts";
import { tokenFallbackLeadMs } from "../core/route.ts";
import { reasonOf } from "../runtime/log.ts";
import { stringValues, stripQuotedInput } from "../runtime/redaction.ts";
import type { IngestResult } from "../store/store.ts";
import { type ClaimDeps, reservePlace } from "./claim.ts";
import type { Deps } from "./deps.ts";
import { type ReceiptDeps, storeReceipt } from "./support/store-receipt.ts";

export type Accepted =
  /** Everything in the webhook is committed. */
  | { readonly kind: "stored" }
  /** The signature is wrong or missing. Nothing was parsed. */
  | { readonly kind: "unauthorized" }
  | { readonly kind: "malformed"; readonly reason: string }
  /** Signed, but for another account than its URL names. */
  | { readonly kind: "misdirected"; readonly reason: string }
  /** Signed, but over the account's rate limit: the platform must send it again. */
  | { readonly kind: "too-many"; readonly reason: string }
  /** Not stored, or not in time: the platform must send it again. */
  | { readonly kind: "unavailable"; readonly reason: string };

export type AcceptDeps = ReceiptDeps & ClaimDeps;

/**
 * Verifies, normalizes and stores one webhook. `stored` means that all of it survives a crash.
 *
 * `siblings` are other accounts of the platform at the same URL, whose events it may contain too; `null` when the URL
 * names one account.
 */
export async function accept(
  deps: AcceptDeps,
  channel: Channel,
  body: Uint8Array,
  headers: Headers,
  siblings: readonly Channel[] | null = null,
): Promise<Accepted> {
  const startedAt = deps.clock.now();
  const arrivedAt = deps.inbound.stallDetector.earliestArrivalAt();
  const turnIds = new Set<string>();
  const read = readParts([channel, ...(siblings ?? [])], body, headers);
  if ("kind" in read) return read;
  const { parts, unclaimed } = read;
  if (siblings === null && unclaimed.length > 0) {
    return {
      kind: "misdirected",
      reason: `the webhook is for ${unclaimed.join(", ")}, and this URL for another account`,
    };
  }
  const admission = deps.inbound.admission.acquire(accountKeysOf(parts));
  if (admission.kind === "full")
    return { kind: "unavailable", reason: `${admission.accountKey} has too many webhooks in flight` };
  if (admission.kind === "too-many")
    return { kind: "too-many", reason: `${admission.accountKey} sends too many webhooks a second` };
  // Events of unknown accounts are answered 200 too: a platform whose webhooks fail for an hour stops sending them.
  const ignored = parts.reduce((count, part) => count + part.ignored, unclaimed.length);
  deps.report.accept({ kind: "ignored", at: channel, count: ignored, unclaimed });
  const work = storeAll(deps, channel, parts, { turnIds, arrivedAt }).finally(() => admission.release());
  const result = await withinBudget(deps, channel, startedAt, work);
  const endedAt = deps.clock.now();
  const failure = result.kind === "unavailable" ? result.reason : null;
  const answered = { at: channel, parts, turnIds, bytes: body.length, headers, startedAt, endedAt, failure };
  deps.report.accept({ kind: "answered", ...answered });
  return result;
}

interface Parts {
  /** Each account's events and receipts in the body. */
  readonly parts: readonly Normalized[];
  /** Platform ids of accounts in the body that aren't configured at this URL. */
  readonly unclaimed: readonly string[];
}

function readParts(channels: readonly Channel[], body: Uint8Array, headers: Headers): Parts | Accepted {
  const verified = channels
    .map((channel) => ({ channel, webhook: channel.verify(body, headers) }))
    .filter((one): one is { channel: Channel; webhook: Verified } => one.webhook !== null);
  if (verified.length === 0) return { kind: "unauthorized" };
  if (isTooDeep(body)) return { kind: "malformed", reason: `the body is nested deeper than ${JSON_DEPTH_MAX} levels` };
  try {
    const parts = verified.map(({ channel, webhook }) => storable(channel.normalize(webhook)));
    if (parts.some(({ unstorable }) => unstorable > 0) && parts.every(isEmptyPart)) {
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

const isEmptyPart = ({ events, receipts = [] }: Normalized) => events.length === 0 && receipts.length === 0;

/**
 * PostgreSQL can't store NUL in a text. Message content is stored as JSON, which escapes it; a name is cleaned; an event with
 * such an id is left out, and takes no other along.
 */
function storable(normalized: Normalized): Normalized & { readonly unstorable: number } {
  const events = normalized.events.filter((event) => !isUnstorable(event)).map(withCleanName);
  const unstorable = normalized.events.length - events.length;
  return { ...normalized, events, unstorable, ignored: normalized.ignored + unstorable };
}

function isUnstorable({ platformEventId, dedupKeys, conversation, sender, token }: InboundEvent): boolean {
  const ids = [platformEventId, ...dedupKeys, conversation.peerId, sender?.id, token?.token];
  return ids.some((id) => id?.includes("\u0000") === true);
}

function withCleanName(event: InboundEvent): InboundEvent {
  const { sender } = event;
  if (!sender?.name?.includes("\u0000")) return event;
  return { ...event, sender: { ...sender, name: sender.name.replaceAll("\u0000", "\uFFFD") } };
}

/** Of all events and receipts. */
function accountKeysOf(parts: readonly Normalized[]): readonly AccountKey[] {
  const keys = parts.flatMap(({ events, receipts = [] }) => [
    ...events.map(({ conversation }) => accountKeyOf(conversation)),
    ...receipts.map(accountKeyOf),
  ]);
  return [...new Set(keys)];
}

interface Webhook {
  /** The turns that its events are in. */
  readonly turnIds: Set<string>;
  /** Earliest possible arrival (epoch ms): a reply token's life runs while the webhook waits for us. */
  readonly arrivedAt: number;
}

async function storeAll(
  deps: AcceptDeps,
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

/** Resolves to why the event could not be stored; `null` when it was. */
async function storeOne(
  deps: AcceptDeps,
  channel: Channel,
  event: InboundEvent,
  { turnIds, arrivedAt }: Webhook,
): Promise<string | null> {
  const startedAt = deps.clock.now();
  const batch = batchFor(event.conversation, batchOf(deps, event), deps.settings.rollout);
  const place = isDueAtOnce(event, batch) ? reservePlace(deps, event.conversation) : null;
  let isInconsistent = false;
  let result: IngestResult;
  try {
    result = await deps.store.ingest(event, {
      batch,
      busy: whenBusy(event, deps.settings.busy),
      tokenFallbackLeadMs: tokenFallbackLeadMs(channel.token?.marginMs ?? 0),
      waitedMs: () => deps.clock.now() - arrivedAt,
      ...(channel.costPolicy === null ? {} : { systemMessage: channel.costPolicy.systemMessage }),
      handover: deps.settings.handover,
      onInconsistent: () => {
        isInconsistent = true;
      },
      ...(place !== null && { claim: place.terms }),
    });
  } catch (error) {
    place?.end(null);
    // A database's error may quote the values.
    const reason = stripQuotedInput(
      reasonOf(error),
      stringValues([event.content, event.raw, event.sender, event.token]),
    );
    deps.report.accept({ kind: "not-ingested", at: channel, event, reason, isInconsistent });
    return reason;
  }
  deps.report.accept({ kind: "ingested", event, result, startedAt, isInconsistent });
  place?.end(result.kind === "duplicate" ? null : result.claimed);
  wakeStages(deps, result, Math.min(batch.quietMs, batch.maxWaitMs));
  if (result.kind !== "duplicate" && result.turnId !== null) turnIds.add(result.turnId);
  return null;
}

function batchOf({ settings }: Pick<Deps, "settings">, { conversation }: InboundEvent): BatchPolicy {
  return settings.accountBatch[accountKeyOf(conversation)] ?? settings.batch;
}

/** The event alone makes a turn that waits for nothing. */
function isDueAtOnce({ effect, part }: InboundEvent, batch: BatchPolicy): boolean {
  if (effect === "store") return false;
  const isIncomplete = part !== undefined && part.total > 1;
  const alone = { firstEventAt: 0, lastEventAt: 0, eventCount: 1, immediate: effect === "collect-now", isIncomplete };
  return dueAt(alone, batch) <= 0;
}

/** The platform counts a late 200 as a failure and sends again: then the answer is 503. What is stored stays. */
async function withinBudget(
  { clock }: Pick<Deps, "clock">,
  channel: Channel,
  startedAt: number,
  work: Promise<Accepted>,
): Promise<Accepted> {
  const late: Accepted = { kind: "unavailable", reason: `not committed within ${channel.ackBudgetMs} ms` };
  const { promise: timedOut, resolve } = Promise.withResolvers<Accepted>();
  const cancel = clock.after(channel.ackBudgetMs, () => resolve(late));
  const result = await Promise.race([work, timedOut]);
  cancel();
  // A commit that blocks the event loop lets the promise win over a timer that is overdue.
  return clock.now() - startedAt > channel.ackBudgetMs ? late : result;
}

/** Wakes the loops that the stored event concerns. `quietMs`: before that no turn that it opened is due. */
function wakeStages({ wake, turnCompletions }: AcceptDeps, result: IngestResult, quietMs: number): void {
  if (result.kind === "duplicate") return;
  if (result.offersRoute) wake.signal("send");
  if (result.isSkipped) return;
  // An agent call of this process is cancelled at once. Another process's next lease renewal is fenced.
  if (result.interrupted !== null) {
    turnCompletions.release(result.interrupted);
    wake.signal("claim");
  }
  if (result.turnId === null || result.claimed !== null) return;
  if (result.turnReady) wake.signal("claim");
  // With the events of an interrupted turn it may be due sooner.
  else wake.signal("seal", result.interrupted === null ? quietMs : 0);
}
