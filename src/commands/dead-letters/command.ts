import { Command } from "commander";
import { OPERATOR_ACTIONS, type OperatorAction } from "../../core/operator-action.ts";
import { configOption } from "../config-option.ts";
import { act, type DeadOptions, list, show, type Terminal } from "./dead.ts";

const DESCRIPTIONS: Readonly<Record<OperatorAction, string>> = {
  replay: "put back to work: a turn goes to the agent again, a delivery to its platform",
  discard: "give up for good; it stays in the history",
  sent: "mark unknown deliveries as sent, because the person has them",
  resend: "send unknown deliveries once more; whoever has the first copy reads it twice",
};

const HELP = `
Works through the admin API of a running gateway (--url, or the gateway that holds the SQLite file; TURNPIKE_ADMIN_TOKEN
from the environment), and in the database itself where none runs or where it is PostgreSQL. It says which.`;

interface Parts {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly terminal: Terminal;
  /** Runs a command to its end and says what went wrong. */
  readonly run: (command: () => Promise<void>) => Promise<void>;
}

/** `turnpike dead …` */
export function deadCommand({ env, terminal, run }: Parts): Command {
  const dead = new Command("dead")
    .description("what waits for a person: dead turns and deliveries, unknown outcomes, parked messages")
    .addHelpText("after", HELP);
  filtered(dead.command("list"))
    .description("what waits, why, and what can be done with it; no word of what people have said")
    .action((options: DeadOptions) => run(() => list(env, options, terminal)));
  common(dead.command("show"))
    .description("one turn or delivery: what was said, and the history of its attempts")
    .argument("<id>", "of a turn or a delivery")
    .action((id: string, options: DeadOptions) => run(() => show(env, id, options, terminal)));
  for (const action of OPERATOR_ACTIONS) {
    const command = filtered(dead.command(action))
      .description(DESCRIPTIONS[action])
      .argument("[ids...]", "of turns or deliveries; or give filters")
      .option("--all", "everything that the action is for")
      .option("--yes", "do it to more than one; without it they are only shown")
      .option("--action-id <id>", "of an earlier command that was cut off: what it did is not done again");
    if (action === "replay") command.option("--force", "a turn though a part of its answer was given");
    command.action((ids: string[], options: DeadOptions) => run(async () => act(env, action, ids, options, terminal)));
  }
  return dead;
}

function common(command: Command): Command {
  return command
    .option("--url <url>", "the admin address of a running gateway, as http://127.0.0.1:8081")
    .addOption(configOption())
    .option("--json", "for programs");
}

function filtered(command: Command): Command {
  return common(command)
    .option("--kind <kind>", "turn or delivery")
    .option("--state <states>", "dead, unknown or parked; several separated by commas")
    .option("--channel <name>", "only this platform")
    .option("--account <name>", "only this account")
    .option("--conversation <id>", "only this conversation (conv_…)")
    .option("--since <time>", "in its state since then: 30m, 2h, 3d or an ISO time");
}
