/** One PostgreSQL for all of these tests; each works in a schema of its own. */
import type { TestProject } from "vitest/node";
import { keepExitCode, startPostgres } from "../support/postgres.ts";

declare module "vitest" {
  interface ProvidedContext {
    readonly postgresUrl: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // None of them ends the machine, which is all that an fsync is for.
  const server = await startPostgres({ fsync: false });
  keepExitCode();
  project.provide("postgresUrl", server.url);
  return server.stop;
}
