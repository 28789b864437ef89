import type { EventState, InboundEvent } from "../../../core/event.ts";
import type { OfferedToken } from "../../../core/offered-token.ts";
import { conversationId as idOf } from "../../conversation-id.ts";
import type { IngestPolicy, IngestResult } from "../../store.ts";
import { newId } from "../ids.ts";
import { prepareBusy } from "./busy.ts";
import { prepareCollect } from "./collect.ts";
import type { Context } from "./context.ts";
import { prepareDedupKeys } from "./dedup-keys.ts";
import { prepareOfferedToken } from "./offered-token.ts";
import { preparePeerNames } from "./peer-names.ts";
import { prepareTap } from "./tap.ts";
import { prepareWindow } from "./window.ts";
import { prepareWithdraw } from "./withdraw.ts";

export function prepareIngest(context: Context) {
  const { clock, chance } = context;
  const takeKeys = prepareDedupKeys(context);
  const tokens = prepareOfferedToken(context);
  const conversationOf = preparePeerNames(context);
  const collect = prepareCollect(context);
  const withdraw = prepareWithdraw(context);
  const window = prepareWindow(context);
  const busy = prepareBusy(context);
  const tap = prepareTap(context);
  const insert = prepareInsert(context);

  return function ingest(event: InboundEvent, policy: IngestPolicy): IngestResult {
    const now = clock.now();
    const eventId = newId(chance, "evt", idOf(event.conversation));
    const verdict = takeKeys(event, eventId, now);
    const isCopy = verdict.kind === "duplicate";
    const conversationId = isCopy ? idOf(event.conversation) : conversationOf(event);
    const { token, redelivered } = event;
    const { rescueLeadMs, waitedMs = () => 0 } = policy;
    const offered = { conversationId, token, redelivered, now, rescueLeadMs, waitedMs: waitedMs() };
    if (isCopy) {
      const { eventId: knownId, receivedAt } = verdict;
      const tokenRefreshed = hasToken(offered) && tokens.refresh({ eventId: knownId, ...offered });
      return { kind: "duplicate", eventId: knownId, receivedAt: receivedAt ?? now, tokenRefreshed };
    }
    if (verdict.kind === "inconsistent") {
      policy.onInconsistent();
      tokens.inherit(eventId, verdict.lostEventIds);
    }
    const heard = window.heard({ event, conversationId, now });
    const arrived = { event: heard, conversationId, now, busy: policy.busy ?? "queue" };
    const passedOver = busy.passOver(arrived, policy.batch);
    const interrupted = busy.interrupt(arrived);
    const turn = passedOver ?? collect({ event: heard, conversationId, now, batch: policy.batch, interrupted });
    const state = stateOf(turn, passedOver !== null);
    insert(event, { eventId, conversationId, turnId: turn?.turnId ?? null, state, now });
    if (interrupted !== null && turn !== null) busy.giveEvents(interrupted.turnId, turn.turnId);
    withdraw(event, eventId, now);
    const opensWindow = window.note({ event, conversationId, now });
    const tokenOf = passedOver !== null ? null : (turn?.turnId ?? null);
    const isWaitedFor = hasToken(offered) && tokens.keep({ eventId, ...offered }, tokenOf);
    const offersRoad = tap({ event, conversationId, now, policy }) || isWaitedFor;
    return {
      kind: verdict.kind === "inconsistent" ? "healed" : "accepted",
      eventId,
      conversationId,
      receivedAt: now,
      turnId: turn?.turnId ?? null,
      turnReady: turn?.ready ?? false,
      offersRoad: offersRoad || opensWindow,
      isSkipped: passedOver !== null,
      interrupted: interrupted?.turnId ?? null,
    };
  };
}

function hasToken<T extends { readonly token: OfferedToken | null }>(
  of: T,
): of is T & { readonly token: OfferedToken } {
  return of.token !== null;
}

function stateOf(turn: object | null, isPassedOver: boolean): EventState {
  if (isPassedOver) return "skipped";
  return turn === null ? "stored" : "accepted";
}

interface NewEvent {
  readonly eventId: string;
  readonly conversationId: string;
  readonly turnId: string | null;
  readonly state: EventState;
  readonly now: number;
}

function prepareInsert({ db }: Context) {
  const statement = db.prepare(`
    INSERT INTO event (event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                       received_at, redelivered, sender_id, sender_name, content, raw)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);

  return function insert(event: InboundEvent, as: NewEvent): void {
    statement.run(
      as.eventId,
      as.conversationId,
      as.turnId,
      as.state,
      event.platformEventId,
      JSON.stringify(event.dedupKeys),
      event.type,
      event.sentAt,
      as.now,
      event.redelivered ? 1 : 0,
      event.sender?.id ?? null,
      event.sender?.name ?? null,
      JSON.stringify(event.content),
      JSON.stringify(event.raw),
    );
  };
}
