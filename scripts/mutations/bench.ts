/** Copies of the checkout in which something can be taken away, and its tests run. */
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Edit, Tests } from "./mutation.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** A mutant may never end. That is noticed too. */
const LIMIT_MS = 120_000;
/** Without a mutation all that is asked for runs at one go. */
const ALL_LIMIT_MS = 600_000;
/** One test of a mutant: several times what these take while they pass. Some mutants make a test wait for ever. */
const HANGS_AFTER_MS = 12_000;

export interface TestRun {
  /** Whole names. */
  readonly passed: readonly string[];
  readonly failed: readonly string[];
  readonly ended: "green" | "red" | "never";
  /** What the runner said where no test failed and it isn't green. */
  readonly words: string;
}

export class Bench {
  readonly #folder = mkdtempSync(join(tmpdir(), "turnpike-mutations-"));

  #end: () => void = () => {};

  constructor() {
    // Also when it is interrupted: nothing of it stays behind.
    process.once("exit", () => {
      this.#end();
      this.remove();
    });
    // The working tree as it stands: what isn't committed yet is tested too.
    const listed = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: ROOT });
    for (const path of listed.toString().split("\0")) {
      // Deleted and not committed yet; or a link to a folder, which git lists as a file.
      if (path === "" || statSync(join(ROOT, path), { throwIfNoEntry: false })?.isFile() !== true) continue;
      mkdirSync(dirname(join(this.#folder, path)), { recursive: true });
      cpSync(join(ROOT, path), join(this.#folder, path));
    }
    linkModules(join(ROOT, "node_modules"), join(this.#folder, "node_modules"));
  }

  /** Makes the edits, does the work, and puts the file back. Throws when a place isn't there exactly once. */
  async without<T>(file: string, edits: readonly Edit[], work: () => Promise<T>): Promise<T> {
    const path = join(this.#folder, file);
    const text = readFileSync(path, "utf8");
    writeFileSync(
      path,
      edits.reduce((changed, edit) => apply(file, changed, edit), text),
    );
    try {
      return await work();
    } finally {
      writeFileSync(path, text);
    }
  }

  /** `untilFirst`: one failure is enough. */
  async test({ files, named }: Tests, untilFirst = false): Promise<TestRun> {
    const report = join(this.#folder, "report.json");
    rmSync(report, { force: true });
    // PostgreSQL's project starts a server before its first test: only for those that need one.
    const projects = ["unit", "conformance", "thorough", ...(needsServer(files) ? ["postgres"] : [])];
    const args = ["run", ...projects.flatMap((name) => ["--project", name]), "--maxWorkers=1", ...files];
    args.push("--reporter=json", `--outputFile=${report}`);
    if (named !== undefined) args.push("-t", named);
    if (untilFirst) args.push("--bail=1");
    const vitest = join(ROOT, "node_modules/vitest/vitest.mjs");
    // A group of its own, so that its workers end with it.
    // Every fault point: a mechanism may be missed at one only.
    const env = {
      ...process.env,
      TURNPIKE_TEST_FAULT_STEP: "1",
      ...(untilFirst && { TURNPIKE_TEST_HANGS_AFTER_MS: String(HANGS_AFTER_MS) }),
    };
    const child = spawn(process.execPath, [vitest, ...args], { cwd: this.#folder, detached: true, env });
    const words: Buffer[] = [];
    child.stdout.on("data", (part: Buffer) => words.push(part));
    child.stderr.on("data", (part: Buffer) => words.push(part));
    this.#end = () => {
      const isThere = child.exitCode === null && child.signalCode === null;
      if (isThere && child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
    let isLate = false;
    const timer = setTimeout(
      () => {
        isLate = true;
        this.#end();
      },
      untilFirst ? LIMIT_MS : ALL_LIMIT_MS,
    );
    const [code] = await once(child, "close");
    clearTimeout(timer);
    this.#end = () => {};
    const ended = isLate ? "never" : code === 0 ? "green" : "red";
    const { passed, failed, said } = readReport(report);
    return { passed, failed, ended, words: `${Buffer.concat(words)}\n${said}`.trim() };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export function needsServer(files: readonly string[]): boolean {
  return files.some((file) => file.startsWith("test/postgres/"));
}

/** Throws when the edit's place isn't there exactly once. */
export function apply(file: string, text: string, { find, put }: Edit): string {
  const places = text.split(find).length - 1;
  if (places === 1) return text.replace(find, () => put);
  throw new Error(`the list is stale: ${file} has this ${places} times, and must have it once:\n${find}`);
}

export function readSource(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}

/** Entry by entry: a folder that belongs to the copy keeps the runner's cache out of the checkout. */
function linkModules(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (!name.startsWith(".")) symlinkSync(join(from, name), join(to, name));
  }
  symlinkSync(join(from, ".bin"), join(to, ".bin"));
}

interface Report {
  readonly testResults: readonly {
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

function readReport(file: string): { passed: string[]; failed: string[]; said: string } {
  if (!existsSync(file)) return { passed: [], failed: [], said: "" };
  const { testResults } = JSON.parse(readFileSync(file, "utf8")) as Report;
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  const names = (wanted: string) => tests.filter(({ status }) => status === wanted).map(({ fullName }) => fullName);
  const said = testResults.map(({ message }) => message).join("\n");
  return { passed: names("passed"), failed: names("failed"), said };
}
