/** Goal: a platform is its folder and its entry in the list. Method: the script that takes both away in a copy. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CHANNELS } from "../../src/channels/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const isListed = Object.keys(CHANNELS).includes("messenger");

test.skipIf(!isListed)("without Messenger everything else builds and passes", { timeout: 180_000 }, () => {
  const args = ["scripts/without-channel.ts", "messenger"];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  expect(stdout).toContain("Without messenger everything else builds and passes.");
  expect(status).toBe(0);
});
