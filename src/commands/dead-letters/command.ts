import { Command } from "commander";
import { ITEM_ACTIONS, type ItemAction } from "../../core/operator-action.ts";
import { LISTED_STATES } from "../../store/operator.ts";
import type { CommandParts } from "../command-parts.ts";
import { withConnectOptions } from "../operator/connect-options.ts";
import { act, type DeadOptions, list, show } from "./dead.ts";

const DESCRIPTIONS: Readonly<Record<ItemAction, string>> = {
  replay: "retry dead turns (at the agent) and deliveries (at the platform)",
  discard: "give up dead turns and deliveries for good; they stay in the history",
  sent: "mark unknown deliveries as sent, because the person has received them",
  resend: "send unknown deliveries once more; a person who received the first copy gets a second one",
};

const HELP = `
Uses the admin API of a running gateway (--url, or the gateway that has the SQLite file open; TURNPIKE_ADMIN_TOKEN from
the environment), or the database directly when none runs or it is PostgreSQL. The output says which.`;

/** `turnpike dead …` */
export function deadCommand({ env, terminal, run }: CommandParts): Command {
  const dead = new Command("dead")
    .description(
      "dead letters: dead turns and deliveries, unknown outcomes, parked deliveries, turns that fail, what a stopped account holds",
    )
    .addHelpText("after", HELP);
  filtered(dead.command("list"))
    .description("list them, with the reason and the possible actions; without message content")
    .action((options: DeadOptions) => run(() => list(env, options, terminal)));
  withConnectOptions(dead.command("show"))
    .description("show one turn or delivery: its messages and the history of its attempts")
    .argument("<id>", "id of a turn or a delivery")
    .action((id: string, options: DeadOptions) => run(() => show(env, id, options, terminal)));
  for (const action of ITEM_ACTIONS) {
    const command = filtered(dead.command(action))
      .description(DESCRIPTIONS[action])
      .argument("[ids...]", "ids of turns or deliveries; or use filters")
      .option("--all", "all that the action applies to")
      .option("--yes", "required for more than one; without it they are only listed")
      .option("--action-id <id>", "action id of an interrupted command, to continue it without repeating actions");
    if (action === "replay") command.option("--force", "replay a turn even if a part of its answer was sent");
    command.action((ids: string[], options: DeadOptions) => run(async () => act(env, action, ids, options, terminal)));
  }
  return dead;
}

function filtered(command: Command): Command {
  return withConnectOptions(command)
    .option("--kind <kind>", "turn or delivery")
    .option("--state <states>", `${LISTED_STATES.join(", ")}; several separated by commas`)
    .option("--channel <name>", "only this platform")
    .option("--account <name>", "only this account")
    .option("--conversation <id>", "only this conversation: its id (conv_…), or any id of the person or group in it")
    .option("--since <time>", "waits since then or later: 30m, 2h, 3d or an ISO time");
}
