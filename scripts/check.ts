/**
 * `npm run check`: all checks without a network or a second process.
 *
 * The first steps are independent and single-threaded, so they run in parallel; their output is printed in order. The
 * tests run last and print directly, so that the output ends with vitest's summary.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Result {
  readonly ok: boolean;
  readonly seconds: string;
  readonly output: string;
}

// Incremental: unchanged files aren't checked again.
const INCREMENTAL = ["--noEmit", "--incremental", "--tsBuildInfoFile"];
const TYPES = ["--declaration", ...INCREMENTAL, "node_modules/.cache/types.tsbuildinfo"];
const CONSOLE_TYPES = [...INCREMENTAL, "node_modules/.cache/console-types.tsbuildinfo"];

const CHECKS: readonly Step[] = [
  { name: "format and lint", command: "biome", args: ["check", "--diagnostic-level=warn", "--colors=off", "."] },
  { name: "types", command: "tsc", args: ["-p", "tsconfig.json", ...TYPES] },
  { name: "types of the console", command: "tsc", args: ["-p", "console/tsconfig.json", ...CONSOLE_TYPES] },
];

const TESTS: Step = {
  name: "architecture, unit and conformance tests",
  command: "vitest",
  args: ["run", "--project", "unit", "--project", "conformance"],
};

const root = new URL("../", import.meta.url);
const binaries = new URL("node_modules/.bin/", root).pathname;
const { PATH = "" } = process.env;
const env = { ...process.env, PATH: `${binaries}:${PATH}` };

async function run(step: Step, stdio: "pipe" | "inherit"): Promise<Result> {
  const startedAt = performance.now();
  const child = spawn(step.command, step.args, { cwd: root, env, stdio: ["ignore", stdio, stdio] });
  const output: Buffer[] = [];
  child.stdout?.on("data", (part: Buffer) => output.push(part));
  child.stderr?.on("data", (part: Buffer) => output.push(part));
  const [code] = await once(child, "close");
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  return { ok: code === 0, seconds, output: Buffer.concat(output).toString() };
}

function report(step: Step, result: Result): void {
  console.log(`${result.ok ? "ok    " : "FAILED"} ${result.seconds.padStart(5)} s  ${step.name}`);
  if (!result.ok && result.output !== "") console.log(`\n${result.output.trimEnd()}\n`);
}

async function main(): Promise<boolean> {
  const running = CHECKS.map((step) => ({ step, result: run(step, "pipe") }));
  for (const { step, result } of running) {
    report(step, await result);
    if (!(await result).ok) return false;
  }
  console.log(`             ${TESTS.name}`);
  const tests = await run(TESTS, "inherit");
  if (!tests.ok) report(TESTS, tests);
  return tests.ok;
}

if (!(await main())) process.exit(1);
