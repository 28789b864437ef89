/** A copy of the checkout in which a platform is taken away or added, and what must build and pass in it. */
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
/** Fast tests of the parts that depend on channels. */
const QUICK = [
  "test/architecture.test.ts",
  "test/channels.conformance.test.ts",
  "test/channels-table.test.ts",
  "test/settings.test.ts",
  "src/config/config.test.ts",
  "src/http/webhooks.test.ts",
];

export interface Trial {
  /** Whether the file is copied. Default: each. */
  readonly keeps?: (path: string) => boolean;
  /** Changes the copy. */
  readonly change: (folder: string) => void;
  /** Tests beside the fast ones; `null`: every unit and conformance test. */
  readonly tests: readonly string[] | null;
}

/** Throws when something fails in the changed copy. Copies tracked and untracked files, except ignored ones. */
export function tryChannels({ keeps = () => true, change, tests }: Trial): void {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-channels-"));
  try {
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: ROOT });
    for (const path of listed.toString().split("\n").filter(Boolean).filter(keeps)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      cpSync(join(ROOT, path), join(folder, path), { errorOnExist: false });
    }
    symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
    change(folder);
    // Regenerates the tables that name every channel.
    run(folder, "node", ["scripts/channels-table.ts"]);
    run(folder, "node", ["scripts/settings-table.ts"]);
    run(folder, "tsc", ["--noEmit", "-p", "."]);
    const files = tests === null ? [] : [...QUICK, ...tests];
    run(folder, "vitest", ["run", "--project", "unit", "--project", "conformance", ...files]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(folder: string, command: string, args: readonly string[]): void {
  const path = `${join(ROOT, "node_modules", ".bin")}:${process.env.PATH}`;
  const done = spawnSync(command, args, { cwd: folder, stdio: "inherit", env: { ...process.env, PATH: path } });
  if (done.status !== 0) throw new Error(`${command} ${args.join(" ")} failed`);
}
