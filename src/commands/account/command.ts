import { Command } from "commander";
import type { CommandParts } from "../command-parts.ts";
import { withConnectOptions } from "../operator/connect-options.ts";
import { type AccountOptions, list, start } from "./account.ts";

const HELP = `
An account is stopped when the platform refuses its token or its permission. The gateway then asks the platform about it,
and starts it again by itself. What waits for it: turnpike dead list --state pending.
It connects as turnpike dead does; the output says how.`;

/** `turnpike account …` */
export function accountCommand({ env, terminal, run }: CommandParts): Command {
  const account = new Command("account")
    .description("accounts that are stopped: what the platform says, what waits, and their start")
    .addHelpText("after", HELP);
  withConnectOptions(account.command("list"))
    .description("list the accounts: working, stopped or resuming, and why")
    .action((options: AccountOptions) => run(() => list(env, options, terminal)));
  withConnectOptions(account.command("start"))
    .description("start a stopped account: one delivery is sent first, and the others when the platform takes it")
    .argument("<account>", "<channel>/<account>, such as line/default")
    .option("--action-id <id>", "action id of an interrupted command, to repeat it safely")
    .action((name: string, options: AccountOptions) => run(() => start(env, name, options, terminal)));
  return account;
}
