/** Goal: a platform is its folder and its lines in two lists. Method: scripts that take one away, and add one, in a copy. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { CHANNELS } from "../../src/channels/index.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const isListed = Object.keys(CHANNELS).includes("messenger");

test.skipIf(!isListed).each([
  ["without-channel", "Without messenger everything else builds and passes."],
  ["with-channel", "With acme, made of messenger, everything builds and passes."],
])("%s.ts messenger: the rest builds and passes", { timeout: 180_000 }, (script, result) => {
  const { status, stdout } = spawnSync(process.execPath, [`scripts/${script}.ts`, "messenger"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(stdout).toContain(result);
  expect(status).toBe(0);
});
