/**
 * Verifies that a platform is only its folder, its entry in `src/channels/index.ts` and its export in `src/index.ts`:
 * removes them in a copy of the tree, and checks that the rest builds and passes. `with-channel.ts` is the opposite.
 *
 *   node scripts/without-channel.ts messenger         types, architecture and the channels' suite
 *   node scripts/without-channel.ts messenger --all   the same with every unit and conformance test
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tryChannels } from "./channel-trial.ts";

/** Files that name a platform, with the number of lines: its import and its entry; its export. */
const LISTS = { "src/channels/index.ts": 2, "src/index.ts": 1 } as const;

/** The file without the lines of that platform. */
export function withoutEntry(path: keyof typeof LISTS, list: string, name: string): string {
  const isOfIt = (line: string) =>
    new RegExp(`^(import|export) .* from "\\./(channels/)?${name}/`).test(line) ||
    new RegExp(`^ {2}${name}: .*,$`).test(line);
  const lines = list.split("\n");
  const kept = lines.filter((line) => !isOfIt(line));
  if (lines.length - kept.length !== LISTS[path]) {
    throw new Error(`${path} must name ${name} on exactly ${LISTS[path]} lines`);
  }
  return kept.join("\n");
}

/** The soak measures certain platforms, and these tests play people on each. */
const BY_NAME =
  /^(bench\/soak\/|src\/simulator\/(control-commands|screens)\.test|test\/(support\/people-on-platforms|regression_(edited-message|human-answer))\b)/;

function main([name, ...options]: readonly string[]): void {
  if (name === undefined || !/^[a-z]+$/.test(name)) throw new Error("usage: without-channel.ts <name> [--all]");
  tryChannels({
    keeps: (path) => !path.startsWith(`src/channels/${name}/`) && !BY_NAME.test(path),
    change(folder) {
      for (const path of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
        const list = join(folder, path);
        writeFileSync(list, withoutEntry(path, readFileSync(list, "utf8"), name));
      }
    },
    tests: options.includes("--all") ? null : [],
  });
  process.stdout.write(`\nWithout ${name} everything else builds and passes.\n`);
}

if (import.meta.main) main(process.argv.slice(2));
