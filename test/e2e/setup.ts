import { build } from "../../scripts/build.ts";
import { embedMigrations } from "../../scripts/embed-migrations.ts";

/** The end-to-end tests run what is shipped, so it is built once before them. */
export async function setup(): Promise<void> {
  await embedMigrations(new URL("../../src/store/", import.meta.url));
  await build();
}
