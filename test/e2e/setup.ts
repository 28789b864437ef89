import { build } from "../../scripts/build.ts";

/** The end-to-end tests run what is shipped, so it is built once before them. */
export async function setup(): Promise<void> {
  await build();
}
