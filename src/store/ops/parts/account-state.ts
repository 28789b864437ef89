import {
  ACCOUNT_STOPS,
  type AccountMove,
  type AccountStatus,
  STEADY_AFTER_MS,
  showsWell,
} from "../../../core/account.ts";
import type { Route, SendOutcomeKind, Settlement } from "../../../core/delivery.ts";
import { assert } from "../../../core/errors.ts";
import { backoffMs } from "../../../core/retry.ts";
import { statement } from "../../statement.ts";
import type { Transaction } from "../../transaction.ts";

/*
 * What the outcome of a call does to its account; the states are drawn in `core/account.ts`. Each write's conditions are about
 * the account's own row, so that of two transactions that meet there one finds what the other has written.
 */

interface Account {
  channel: string;
  account: string;
}

interface Slow extends Account {
  slowUntil: number;
  slowSince: number | null;
  now: number;
}

// A wait that the platform named stands until it is over, whatever other limited calls say.
const SLOW = statement<Slow>(
  ({ greatest }) => `
  INSERT INTO account AS a (channel, account, slow_until, slow_since) VALUES (:channel, :account, :slowUntil, :slowSince)
  ON CONFLICT (channel, account) DO UPDATE SET slow_until = ${greatest("a.slow_until", "excluded.slow_until")},
    slow_since = CASE WHEN a.slow_until <= :now THEN excluded.slow_since
                      WHEN a.slow_since IS NULL OR excluded.slow_since IS NULL THEN NULL
                      ELSE ${greatest("a.slow_since", "excluded.slow_since")} END`,
);

const END_SLOWDOWN = statement<Account & { startedAt: number; now: number }>(`
  UPDATE account SET slow_until = 0, slow_since = NULL
  WHERE channel = :channel AND account = :account AND slow_until > :now AND slow_since < :startedAt`);

const REFUSE_TEMPLATE = statement<Account & { reason: string; now: number }>(`
  INSERT INTO account (channel, account, template_refused_reason, template_refused_at)
  VALUES (:channel, :account, :reason, :now)
  ON CONFLICT (channel, account) DO UPDATE SET template_refused_reason = excluded.template_refused_reason,
                                               template_refused_at = excluded.template_refused_at`);

const ACCEPT_TEMPLATE = statement<Account & { startedAt: number }>(`
  UPDATE account SET template_refused_reason = NULL, template_refused_at = NULL
  WHERE channel = :channel AND account = :account AND template_refused_at < :startedAt`);

/** Part of `settleAttempt`: the account's own template was accepted. A call that began before it was refused proves nothing. */
export async function acceptTemplate(
  tx: Transaction,
  { channel, account, started_at: startedAt }: Account & { readonly started_at: number },
): Promise<void> {
  await tx.run(ACCEPT_TEMPLATE, { channel, account, startedAt });
}

interface Stop extends Account {
  reason: string;
  now: number;
  stops: number;
  checkAt: number;
  startedAt: number;
}

// Calls that were on their way when it stopped change neither why it did nor when it is asked about. One that began before
// it was last started says nothing.
const STOP = statement<Stop>(`
  INSERT INTO account AS a (channel, account, status, stopped_reason, stopped_at, stops, check_at)
  VALUES (:channel, :account, 'stopped', :reason, :now, :stops, :checkAt)
  ON CONFLICT (channel, account) DO UPDATE SET status = 'stopped', stopped_reason = excluded.stopped_reason,
                 stopped_at = excluded.stopped_at, stops = excluded.stops, check_at = excluded.check_at, checks = 0,
                 check_reason = NULL, probe_id = NULL, probe_until = NULL
  WHERE a.status <> 'stopped' AND (a.started_at IS NULL OR a.started_at <= :startedAt)`);

const WORK = statement<Account & { deliveryId: string }>(`
  UPDATE account SET status = 'working', probe_id = NULL, probe_until = NULL
  WHERE channel = :channel AND account = :account AND status = 'resuming' AND probe_id = :deliveryId`);

const CLAIM_PROBE = statement<Account & { deliveryId: string; until: number; now: number }>(`
  UPDATE account SET probe_id = :deliveryId, probe_until = :until
  WHERE channel = :channel AND account = :account AND status = 'resuming'
    AND (probe_until IS NULL OR probe_until <= :now)`);

const RELEASE_PROBE = statement<Account & { deliveryId: string }>(`
  UPDATE account SET probe_id = NULL, probe_until = NULL
  WHERE channel = :channel AND account = :account AND probe_id = :deliveryId`);

const EXHAUSTED = statement<Account & { now: number }>(`
  INSERT INTO account AS a (channel, account, quota_exhausted_at) VALUES (:channel, :account, :now)
  ON CONFLICT (channel, account) DO UPDATE SET quota_exhausted_at = coalesce(a.quota_exhausted_at, excluded.quota_exhausted_at)`);

const NOT_EXHAUSTED = statement<Account & { startedAt: number }>(`
  UPDATE account SET quota_exhausted_at = NULL
  WHERE channel = :channel AND account = :account AND quota_exhausted_at < :startedAt`);

/** The account as it is when the outcome comes in. */
export interface AccountView {
  readonly channel: string;
  readonly account: string;
  readonly account_status: AccountStatus | null;
  readonly account_stops: number | null;
  readonly account_started_at: number | null;
  readonly account_slow_until: number | null;
  readonly slow_since: number | null;
  readonly quota_exhausted_at: number | null;
}

/** SQL: the columns of `AccountView` beside its name, of the account that is joined under that name. */
export const accountColumns = (joined: string) => `
  ${joined}.status AS account_status, ${joined}.stops AS account_stops,
  ${joined}.started_at AS account_started_at, ${joined}.slow_until AS account_slow_until, ${joined}.slow_since, ${joined}.quota_exhausted_at`;

export interface AboutAccount {
  readonly deliveryId: string;
  readonly outcome: SendOutcomeKind;
  readonly route: Route;
  /** When the call began. */
  readonly startedAt: number;
  readonly settlement: Settlement;
  /** 0 ≤ random < 1, for the jitter. */
  readonly random: number;
  readonly now: number;
}

/** Part of what settles an attempt. Last in its transaction, because the account's row is shared by all conversations. */
export async function updateAccount(tx: Transaction, view: AccountView, about: AboutAccount): Promise<AccountMove> {
  const { channel, account } = view;
  const { settlement, now } = about;
  await slowDown(tx, view, about);
  const { templateRefused } = settlement;
  if (templateRefused !== null) await tx.run(REFUSE_TEMPLATE, { channel, account, reason: templateRefused, now });
  await updateQuota(tx, view, about);
  if (settlement.stopAccount !== null) {
    const { startedAt, random } = about;
    const isSteady = now - (view.account_started_at ?? 0) >= STEADY_AFTER_MS;
    const stops = isSteady ? 1 : (view.account_stops ?? 0) + 1;
    const checkAt = now + backoffMs(stops, ACCOUNT_STOPS, random);
    const stop = { channel, account, reason: settlement.stopAccount, now, stops, checkAt, startedAt };
    return (await tx.run(STOP, stop)).changes === 1 ? "stopped" : null;
  }
  const move = view.account_status === "resuming" ? await endProbe(tx, view, about) : null;
  return move ?? (await endSlowdown(tx, view, about));
}

async function slowDown(tx: Transaction, { channel, account }: AccountView, about: AboutAccount): Promise<void> {
  const { settlement, startedAt, now } = about;
  const { slowAccountUntil: slowUntil, isNamedWait } = settlement;
  if (slowUntil === null) return;
  await tx.run(SLOW, { channel, account, slowUntil, slowSince: isNamedWait ? null : startedAt, now });
}

/**
 * The platform took a call that began after the limited one, so it doesn't limit the whole account. A conversation has one
 * call at a time: the accepted one is another person's.
 */
async function endSlowdown(
  tx: Transaction,
  { channel, account, slow_since: since, account_slow_until: until }: AccountView,
  { outcome, startedAt, now }: AboutAccount,
): Promise<AccountMove> {
  if (outcome !== "sent" || since === null || since >= startedAt || (until ?? 0) <= now) return null;
  return (await tx.run(END_SLOWDOWN, { channel, account, startedAt, now })).changes === 1 ? "slowdown-ended" : null;
}

async function endProbe(tx: Transaction, { channel, account }: AccountView, about: AboutAccount): Promise<AccountMove> {
  const probe = { channel, account, deliveryId: about.deliveryId };
  if (!showsWell(about.outcome)) {
    await tx.run(RELEASE_PROBE, probe);
    return null;
  }
  return (await tx.run(WORK, probe)).changes === 1 ? "working" : null;
}

async function updateQuota(tx: Transaction, view: AccountView, about: AboutAccount): Promise<void> {
  const { channel, account, quota_exhausted_at: exhaustedAt } = view;
  const { outcome, route, startedAt, now } = about;
  if (outcome === "quota-exhausted") await tx.run(EXHAUSTED, { channel, account, now });
  // A paid call that began before proves nothing.
  if (outcome === "sent" && route !== "reply" && exhaustedAt !== null) {
    await tx.run(NOT_EXHAUSTED, { channel, account, startedAt });
  }
}

/** Whether that delivery may be the one that tries an account which resumes; then no other is until it is settled, or then. */
export async function claimProbe(
  tx: Transaction,
  { channel, account, deliveryId, until, now }: Account & { deliveryId: string; until: number; now: number },
): Promise<boolean> {
  return (await tx.run(CLAIM_PROBE, { channel, account, deliveryId, until, now })).changes === 1;
}

/** No call was made of it: another may be the probe. */
export async function releaseProbe(tx: Transaction, probe: Account & { deliveryId: string }): Promise<void> {
  const { channel, account, deliveryId } = probe;
  await tx.run(RELEASE_PROBE, { channel, account, deliveryId });
}

interface ReceiptView extends AccountView {
  readonly last_started_at: number;
}

const SELECT_OF_DELIVERY = statement<{ deliveryId: string }, ReceiptView>(`
  SELECT c.channel, c.account, ${accountColumns("a")},
         (SELECT max(started_at) FROM attempt AS t WHERE t.delivery_id = d.delivery_id) AS last_started_at
  FROM delivery AS d JOIN conversation AS c ON c.conversation_id = d.conversation_id
  LEFT JOIN account AS a ON a.channel = c.channel AND a.account = c.account
  WHERE d.delivery_id = :deliveryId`);

/** The same for an outcome that a receipt brought, long after the call. */
export async function updateAccountByReceipt(
  tx: Transaction,
  about: Omit<AboutAccount, "startedAt">,
): Promise<AccountMove> {
  const { slowAccountUntil, stopAccount, templateRefused } = about.settlement;
  if (slowAccountUntil === null && stopAccount === null && templateRefused === null) return null;
  const view = await tx.get(SELECT_OF_DELIVERY, { deliveryId: about.deliveryId });
  assert(view !== undefined, `${about.deliveryId} has a receipt and no row`);
  return await updateAccount(tx, view, { ...about, startedAt: view.last_started_at });
}
