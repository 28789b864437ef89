import { Command } from "commander";
import { readConfig } from "../../config/config.ts";
import type { CommandParts } from "../command-parts.ts";
import { configOption, type FromFile } from "../config-option.ts";
import { type ForgetOptions, forgetPerson } from "./forget-person.ts";

const HELP = `
On PostgreSQL it works while gateways run. A SQLite file belongs to one process: stop the gateway first; the file is
rewritten at the end, which takes a minute or two a gigabyte and twice its size on the disk. Exits with 1 when no person with
that id is known, when a message to them is being sent (run it again in a minute), or when the bytes could not be
overwritten.`;

/** `turnpike forget …` */
export function forgetCommand({ env, terminal, run }: CommandParts): Command {
  return new Command("forget")
    .description("delete a person's data; deduplication keys stay, so that a redelivered webhook doesn't restore it")
    .argument("<peer>", "the person's id in the platform's webhooks")
    .option("--channel <name>", "only on this platform (default: on each configured one)")
    .option("--account <name>", "only at this account (default: at each configured one)")
    .addOption(configOption())
    .showHelpAfterError()
    .addHelpText("after", HELP)
    .action((peerId: string, options: ForgetOptions & FromFile) =>
      run(async () => {
        const config = readConfig(env, { file: options.config });
        const { text, isDone } = await forgetPerson(config, peerId, options);
        terminal.out(text);
        process.exitCode = isDone ? 0 : 1;
      }),
    );
}
