import type { Environment } from "../settings/read.ts";
import type { Terminal } from "./terminal.ts";

/** What a command with a folder of its own gets from the command line. */
export interface CommandParts {
  readonly env: Environment;
  readonly terminal: Terminal;
  /** Runs a command, and reports its error. */
  readonly run: (command: () => Promise<void>) => Promise<void>;
}
