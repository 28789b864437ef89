import type { AccountHealth } from "../../core/account.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { type PollResult, soonest } from "../../runtime/loop.ts";
import type { AccountCheck, DueAccountCheck } from "../../store/store.ts";
import type { Deps } from "../deps.ts";
import { retryWrite } from "./retry-write.ts";

export type CheckDeps = Pick<
  Deps,
  "store" | "channels" | "clock" | "random" | "stopping" | "ownership" | "runner" | "wake" | "redact" | "report"
>;

/**
 * Asks the platforms about stopped accounts, with back-off, and starts those that are well. Of processes that share the
 * store each check is made by one, which has the account.
 */
export async function checkAccounts(deps: CheckDeps): Promise<PollResult> {
  const { store, channels, ownership, random, runner } = deps;
  if (!ownership.processLease.isValid()) return { more: false, nextInMs: null };
  const stopped = (await store.dueAccountChecks()).filter((one) => channels.find(one.channel, one.account) !== null);
  const isDue = ({ inMs, channel, account }: DueAccountCheck) =>
    inMs === 0 && runner.reserved(nameOf(channel, account)) === 0;
  for (const due of stopped.filter(isDue)) {
    const check = await store.takeAccountCheck({ ...due, random: random.fraction() });
    if (check !== null) start(deps, check);
  }
  return { more: false, nextInMs: soonest(stopped.map(({ inMs }) => (inMs === 0 ? null : inMs))) };
}

const nameOf = (channel: string, account: string) => `check of ${accountKeyOf({ channel, account })}`;

/** As a task: a platform that hangs holds up no other account's check. */
function start(deps: CheckDeps, check: AccountCheck): void {
  const { runner, wake } = deps;
  const free = runner.reserve(nameOf(check.channel, check.account));
  runner.task(
    "check-accounts",
    () => checkOne(deps, check),
    () => {
      free();
      // When the next check is due is known since it was taken.
      wake.signal("check-accounts");
    },
  );
}

async function checkOne(deps: CheckDeps, check: AccountCheck): Promise<void> {
  const { store, channels, wake, redact, report } = deps;
  const { channel, account } = check;
  const said = (await channels.find(channel, account)?.checkAccount?.()) ?? NO_CHECK;
  const health = said.kind === "well" ? said : { ...said, reason: redact(said.reason) };
  const became = await retryWrite(deps, () => store.recordAccountCheck({ ...check, health }));
  report.accountChecked({ channel, account, health, became });
  if (became === "resumed") wake.signal("send");
}

const NO_CHECK: AccountHealth = { kind: "unsure", reason: "the platform has no such check" };
