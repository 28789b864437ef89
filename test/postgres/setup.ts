/** One PostgreSQL for all of these tests; each works in a schema of its own. */
import type { TestProject } from "vitest/node";
import { startPostgres } from "../support/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

/**
 * The library that starts the server ends this process with 0 when nothing is left to do, whatever the runner had set:
 * tests that failed would look like tests that passed.
 */
function keepExitCode(): void {
  process.on("beforeExit", () => process.exit(process.exitCode ?? 0));
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // None of them ends the machine, which is all that an fsync is for.
  const server = await startPostgres({ fsync: false });
  keepExitCode();
  project.provide("postgresUrl", server.url);
  return server.stop;
}
