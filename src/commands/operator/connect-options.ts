import type { Command } from "commander";
import { configOption } from "../config-option.ts";

/** Options of every command that looks at or decides what an operator may: where the gateway is, and the output's form. */
export function withConnectOptions(command: Command): Command {
  return command
    .option("--url <url>", "admin URL of a running gateway, such as http://127.0.0.1:8081")
    .addOption(configOption())
    .option("--json", "output as JSON");
}
