import { z } from "zod";
import { COMMAND_LINE_ACTOR } from "../../core/admin-token.ts";
import { Misconfigured } from "../../core/errors.ts";
import { WIRE } from "../../http/admin/wire.ts";
import { systemClock } from "../../runtime/clock.ts";
import { systemRandom } from "../../runtime/random.ts";
import type { AccountState } from "../../store/operator.ts";
import type { FromFile } from "../config-option.ts";
import { connectDeadLetters, type DeadLettersConnection } from "../dead-letters/connect.ts";
import type { Terminal } from "../dead-letters/dead.ts";
import { ageOf, printable } from "../dead-letters/format.ts";

export interface AccountOptions extends FromFile {
  readonly url?: string;
  readonly json?: boolean;
  readonly actionId?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

async function withConnection(
  env: Environment,
  options: AccountOptions,
  terminal: Terminal,
  work: (connection: DeadLettersConnection) => Promise<void>,
): Promise<void> {
  const connection = await connectDeadLetters(env, options);
  terminal.info(`(${connection.where})`);
  try {
    await work(connection);
  } finally {
    await connection.close();
  }
}

export function list(env: Environment, options: AccountOptions, terminal: Terminal): Promise<void> {
  return withConnection(env, options, terminal, async ({ letters }) => {
    const accounts = await letters.listAccounts();
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
  return withConnection(env, options, terminal, async ({ letters }) => {
    const { actionId = systemRandom().id("act") } = options;
    const accounts = await letters.listAccounts();
    if (!accounts.some((one) => one.channel === channel && one.account === account)) {
      const known = accounts.map((one) => `${one.channel}/${one.account}`).join(", ") || "none yet";
      throw new Misconfigured(`there is no account ${JSON.stringify(name)}; known: ${known}`);
    }
    const started = await letters.startAccount({ actionId, actor: COMMAND_LINE_ACTOR, channel, account });
    if (options.json === true) terminal.out(JSON.stringify({ actionId, ...started }));
    if (started.kind === "not-stopped") throw new Misconfigured(`${name} is not stopped: nothing was done`);
    if (options.json !== true) terminal.out(`${name}: stopped → resuming. One delivery is sent first.`);
  });
}

/** One account, with why it is stopped, what the platform said last, and what waits. */
function describeAccount(
  { channel, account, status, stopped, check, held, slowUntil }: AccountState,
  now: number,
): string {
  const lines = [`${channel}/${account}  ${status}`];
  if (stopped !== null) lines.push(`  for ${ageOf(now - stopped.at)}: ${stopped.reason}`);
  if (check !== null) {
    const said = check.said === null ? "" : `, and answered: ${check.said}`;
    lines.push(`  the platform was asked ${check.made} times${said}; again in ${ageOf(check.nextAt - now)}`);
  }
  if (status === "stopped")
    lines.push(
      `  ${held} ${held === 1 ? "delivery waits" : "deliveries wait"}; possible: turnpike account start ${channel}/${account}`,
    );
  if (status === "resuming") lines.push(`  one delivery is sent first; ${held} wait`);
  if (slowUntil !== null) lines.push(`  rate limited for ${ageOf(slowUntil - now)}`);
  return lines.map(printable).join("\n");
}
