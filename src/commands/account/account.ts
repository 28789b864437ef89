import { z } from "zod";
import { COMMAND_LINE_ACTOR } from "../../core/admin-token.ts";
import { accountKeyOf } from "../../core/conversation.ts";
import { Misconfigured } from "../../core/errors.ts";
import { WIRE } from "../../http/admin/wire.ts";
import { systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import type { Environment } from "../../settings/read.ts";
import type { AccountState } from "../../store/operator.ts";
import { type ConnectOptions, withConnection } from "../operator/connect.ts";
import { ageOf, printable, type Terminal } from "../terminal.ts";

export interface AccountOptions extends ConnectOptions {
  readonly json?: boolean;
  readonly actionId?: string;
}

export function list(env: Environment, options: AccountOptions, terminal: Terminal): Promise<void> {
  return withConnection(env, options, terminal, async ({ client }) => {
    const accounts = await client.listAccounts();
    if (options.json === true) return terminal.out(JSON.stringify(z.encode(WIRE.accountStates, { accounts })));
    const now = systemClock().now();
    for (const account of accounts) terminal.out(describeAccount(account, now));
    if (accounts.length === 0) terminal.out("No account has received an event yet.");
  });
}

export function start(env: Environment, name: string, options: AccountOptions, terminal: Terminal): Promise<void> {
  const [, channel, account] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
  if (channel === undefined || account === undefined) {
    throw new Misconfigured(`read ${JSON.stringify(name)}; allowed: <channel>/<account>, such as line/default`);
  }
  return withConnection(env, options, terminal, async ({ client }) => {
    const { actionId = systemRandom().id("act") } = options;
    const accounts = await client.listAccounts();
    if (!accounts.some((one) => one.channel === channel && one.account === account)) {
      const known = accounts.map(accountKeyOf).join(", ") || "none yet";
      throw new Misconfigured(`there is no account ${JSON.stringify(name)}; known: ${known}`);
    }
    const started = await client.startAccount({ actionId, actor: COMMAND_LINE_ACTOR, channel, account });
    if (options.json === true) terminal.out(JSON.stringify({ actionId, ...started }));
    if (started.kind === "not-stopped") throw new Misconfigured(`${name} is not stopped: nothing was done`);
    if (options.json !== true) terminal.out(`${name}: stopped → resuming. One delivery is sent first.`);
  });
}

/** One account, with why it is stopped, what the platform said last, and what waits. */
function describeAccount(
  { channel, account, status, stopped, check, waiting, slowUntil }: AccountState,
  now: number,
): string {
  const accountKey = accountKeyOf({ channel, account });
  const lines = [`${accountKey}  ${status}`];
  if (stopped !== null) lines.push(`  for ${ageOf(now - stopped.at)}: ${stopped.reason}`);
  if (check !== null) {
    const said = check.said === null ? "" : `, and answered: ${check.said}`;
    lines.push(`  the platform was asked ${check.made} times${said}; again in ${ageOf(check.nextAt - now)}`);
  }
  if (status === "stopped")
    lines.push(
      `  ${waiting} ${waiting === 1 ? "delivery waits" : "deliveries wait"}; possible: turnpike account start ${accountKey}`,
    );
  if (status === "resuming") lines.push(`  one delivery is sent first; ${waiting} wait`);
  if (slowUntil !== null) lines.push(`  rate limited for ${ageOf(slowUntil - now)}`);
  return lines.map(printable).join("\n");
}
