/** What `turnpike doctor --json` found, run as a process of its own. */
import type { ReportedFinding } from "../../../src/commands/doctor/report.ts";
import { type Environment, runCommand } from "../support/command.ts";

export interface Examined {
  readonly code: number | null;
  readonly findings: readonly ReportedFinding[];
  /** Everything that it wrote. */
  readonly output: string;
}

export async function examined(env: Environment, ...options: readonly string[]): Promise<Examined> {
  await using command = runCommand(["doctor", "--json", ...options], env);
  const { code } = await command.ended;
  const output = command.stdout() + command.stderr();
  if (command.stderr() !== "") throw new Error(`the doctor said on stderr: ${command.stderr()}`);
  const { findings } = JSON.parse(command.stdout()) as { findings: readonly ReportedFinding[] };
  return { code, findings, output };
}

/** What is wrong: the faults and the warnings. */
export function troubles({ findings }: Examined) {
  return findings.flatMap((finding) => ("why" in finding ? [finding] : []));
}
