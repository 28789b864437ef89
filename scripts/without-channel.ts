/**
 * Verifies that a platform is only its folder, its entry in `src/channels/index.ts` and its export in `src/index.ts`:
 * removes them in a copy of the tree, and checks that the rest builds and passes.
 *
 *   node scripts/without-channel.ts messenger         types, architecture and the channels' suite
 *   node scripts/without-channel.ts messenger --all   the same with every unit and conformance test
 */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Files that name a platform, with the number of lines: its import and its entry; its export. */
const LISTS = { "src/channels/index.ts": 2, "src/index.ts": 1 } as const;
/** Fast tests of the parts that depend on channels. */
const QUICK = [
  "test/architecture.test.ts",
  "test/channels.conformance.test.ts",
  "test/channels-table.test.ts",
  "test/settings.test.ts",
  "src/config/config.test.ts",
  "src/http/webhooks.test.ts",
];

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

/** Copies tracked and untracked files, except ignored ones and those of the channel. */
function copyWithout(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-without-"));
  const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
  for (const path of listed.toString().split("\n").filter(Boolean)) {
    if (path.startsWith(`src/channels/${name}/`)) continue;
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(ROOT, path), join(folder, path), { errorOnExist: false });
  }
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  for (const path of Object.keys(LISTS) as (keyof typeof LISTS)[]) {
    const list = join(folder, path);
    writeFileSync(list, withoutEntry(path, readFileSync(list, "utf8"), name));
  }
  return folder;
}

function run(folder: string, command: string, args: readonly string[]): void {
  const path = `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}`;
  const done = spawnSync(command, args, { cwd: folder, stdio: "inherit", env: { ...process.env, PATH: path } });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed without the channel`);
}

function main([name, ...options]: readonly string[]): void {
  if (name === undefined || !/^[a-z]+$/.test(name)) throw new Error("usage: without-channel.ts <name> [--all]");
  const folder = copyWithout(name);
  try {
    // Regenerates the tables that name every channel.
    run(folder, "node", ["scripts/channels-table.ts"]);
    run(folder, "node", ["scripts/settings-table.ts"]);
    run(folder, "tsc", ["--noEmit", "-p", "."]);
    const files = options.includes("--all") ? [] : QUICK;
    run(folder, "vitest", ["run", "--project", "unit", "--project", "conformance", ...files]);
    process.stdout.write(`\nWithout ${name} everything else builds and passes.\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) main(process.argv.slice(2));
