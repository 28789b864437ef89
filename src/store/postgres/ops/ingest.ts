import type { EventState, InboundEvent } from "../../../core/event.ts";
import type { OfferedToken } from "../../../core/offered-token.ts";
import type { IngestPolicy, IngestResult } from "../../store.ts";
import { type Key, keyOf, newId, slotOf } from "../slot.ts";
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
  const names = preparePeerNames(context);
  const collect = prepareCollect(context);
  const withdraw = prepareWithdraw(context);
  const window = prepareWindow(context);
  const busy = prepareBusy(context);
  const tap = prepareTap(context);
  const insert = prepareInsert(context);

  return async function ingest(event: InboundEvent, policy: IngestPolicy): Promise<IngestResult> {
    const conversationId = await names.find(event);
    const now = clock.now();
    const eventId = newId(chance, "evt", slotOf(conversationId));
    const verdict = await takeKeys(event, eventId, now);
    const { token, redelivered } = event;
    const { rescueLeadMs, waitedMs = () => 0 } = policy;
    const offered = { conversationId, token, redelivered, now, rescueLeadMs, waitedMs: waitedMs() };
    if (verdict.kind === "duplicate") {
      const { eventId: knownId, receivedAt } = verdict;
      const tokenRefreshed = hasToken(offered) && (await tokens.refresh({ eventId: knownId, ...offered }));
      await names.letGo(event);
      return { kind: "duplicate", eventId: knownId, receivedAt: receivedAt ?? now, tokenRefreshed };
    }
    if (verdict.kind === "inconsistent") {
      policy.onInconsistent();
      await tokens.inherit(eventId, verdict.lostEventIds);
    }
    await names.remember(event, conversationId, now);
    const heard = await window.heard({ event, conversationId, now });
    const arrived = { event: heard, conversationId, now, busy: policy.busy ?? "queue" };
    const passedOver = await busy.passOver(arrived, policy.batch);
    const interrupted = await busy.interrupt(arrived);
    const turn = passedOver ?? (await collect({ event: heard, conversationId, now, batch: policy.batch, interrupted }));
    const state = stateOf(turn, passedOver !== null);
    await insert(event, { eventId, conversationId, turnId: turn?.turnId ?? null, state, now });
    if (interrupted !== null && turn !== null) await busy.giveEvents(interrupted.turnId, turn.turnId);
    await withdraw(event, eventId, now);
    const opensWindow = await window.note({ event, conversationId, now });
    const tokenOf = passedOver !== null ? null : (turn?.turnId ?? null);
    const isWaitedFor = hasToken(offered) && (await tokens.keep({ eventId, ...offered }, tokenOf));
    const offersRoad = (await tap({ event, conversationId, now, policy })) || isWaitedFor;
    await names.letGo(event);
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
  const statement = db.prepare<[...Key, ...unknown[]]>(`
    INSERT INTO event (slot, event_id, conversation_id, turn_id, state, platform_event_id, dedup_keys, type, sent_at,
                       received_at, redelivered, sender_id, sender_name, content, raw)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`);

  return async function insert(event: InboundEvent, as: NewEvent): Promise<void> {
    await statement.run(
      ...keyOf(as.eventId),
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
