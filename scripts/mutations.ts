/**
 * `npm run mutations`: takes away one mechanism at a time and shows that the tests fail. A test that can't fail shows
 * nothing, and neither does a suite in which a promise's mechanism isn't missed.
 *
 * Works in copies of the checkout, two at a time. Exits 1 when a mutation survives, 2 when the list doesn't fit the
 * code any more or the tests fail without a mutation.
 *
 *   --list          names the mutations and what each breaks
 *   --only <name>   only this one; may be given several times
 */
import { parseArgs } from "node:util";
import { apply, Bench, needsServer, readSource, type TestRun } from "./mutations/bench.ts";
import { MUTATIONS } from "./mutations/list.ts";
import type { Mutation, Tests } from "./mutations/mutation.ts";

const AT_ONCE = 2;

interface Finding {
  readonly mutation: Mutation;
  /** The test that failed; `null` when none did. */
  readonly caughtBy: string | null;
}

/** Does the work of each item, as many at a time as there are benches. */
async function onBenches<T>(
  benches: readonly Bench[],
  items: readonly T[],
  work: (bench: Bench, item: T) => Promise<void>,
) {
  const rest = [...items];
  await Promise.all(
    benches.map(async (bench) => {
      for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(bench, item);
    }),
  );
}

/** With nothing taken away the same tests pass, and each mutation has some. Says what is wrong. */
async function baseline(benches: readonly Bench[], mutations: readonly Mutation[]): Promise<string[]> {
  const wanted = new Map<string, Tests>();
  for (const { tests } of mutations) wanted.set(JSON.stringify(tests), tests);
  // A whole file once; and of files of which only parts are wanted, all these at one go. The two stores' suites have the
  // same names, and what is asked of one is not asked of the other.
  const whole = [...wanted.values()].filter(({ named }) => named === undefined).flatMap(({ files }) => files);
  const parts = [...wanted.values()].filter(({ named }) => named !== undefined);
  const joined = [...Map.groupBy(parts, ({ files }) => needsServer(files)).values()].map((same) => ({
    files: [...new Set(same.flatMap(({ files }) => files))],
    named: same.map(({ named }) => named).join("|"),
  }));
  const files = [...new Set(whole)];
  const halves = benches.map((_, index) => ({ files: files.filter((_file, at) => at % benches.length === index) }));
  const passed: string[] = [];
  const wrong: string[] = [];
  await onBenches(
    benches,
    [...joined, ...halves].filter((tests) => tests.files.length > 0),
    async (bench, tests) => {
      const run = await bench.test(tests);
      passed.push(...run.passed);
      if (run.ended === "never") wrong.push(`these tests do not end: ${tests.files.join(" ")}`);
      else if (run.ended === "red")
        wrong.push(run.failed.join("\n") || run.words || "the runner failed without a word");
    },
  );
  for (const { named = "" } of parts) {
    const pattern = new RegExp(named);
    if (!passed.some((name) => pattern.test(name))) wrong.push(`no test has the name ${JSON.stringify(named)}`);
  }
  return wrong;
}

function caught(run: TestRun): string | null {
  if (run.ended === "green" && run.passed.length > 0) return null;
  const [first] = run.failed;
  if (first !== undefined) return first;
  if (run.ended === "never") return "the tests do not end any more";
  throw new Error(`no test ran to its end:\n${run.words}`);
}

async function tryAll(benches: readonly Bench[], mutations: readonly Mutation[]): Promise<Finding[]> {
  const found: Finding[] = [];
  await onBenches(benches, mutations, async (bench, mutation) => {
    const { name, file, edits, tests } = mutation;
    const startedAt = performance.now();
    const run = await bench.without(file, edits, () => bench.test(tests, true));
    const caughtBy = caught(run);
    found.push({ mutation, caughtBy });
    const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1).padStart(5);
    const place = `${found.length}/${mutations.length}`.padStart(7);
    console.log(`${place} ${seconds} s  ${name}: ${caughtBy === null ? "SURVIVED" : `caught by "${caughtBy}"`}`);
  });
  return mutations.flatMap((mutation) => found.filter((one) => one.mutation === mutation));
}

function table(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ mutation }) => mutation.name.length));
  return findings
    .map(
      ({ mutation, caughtBy }) =>
        `${caughtBy === null ? "SURVIVED" : "caught  "}  ${mutation.name.padEnd(width)}  ${mutation.breaks}`,
    )
    .join("\n");
}

function chosen(only: readonly string[]): readonly Mutation[] {
  const unknown = only.filter((name) => !MUTATIONS.some((mutation) => mutation.name === name));
  if (unknown.length > 0) throw new Error(`no mutation has the name ${unknown.join(", ")}; --list names them`);
  return only.length === 0 ? MUTATIONS : MUTATIONS.filter(({ name }) => only.includes(name));
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true }, list: { type: "boolean" } } });
  const mutations = chosen(values.only ?? []);
  // All of them before the first run: a stale list is known at once.
  for (const { file, edits } of mutations) edits.reduce((text, edit) => apply(file, text, edit), readSource(file));
  if (values.list === true) {
    for (const { name, breaks } of mutations) console.log(`${name}\n    ${breaks}`);
    return 0;
  }
  const benches = Array.from({ length: AT_ONCE }, () => new Bench());
  try {
    console.log(`${mutations.length} mutations; first the same tests without any`);
    const wrong = await baseline(benches, mutations);
    if (wrong.length > 0) throw new Error(`without a mutation:\n${wrong.join("\n")}`);
    const findings = await tryAll(benches, mutations);
    const survived = findings.filter(({ caughtBy }) => caughtBy === null).map(({ mutation }) => mutation.name);
    console.log(`\n${table(findings)}\n`);
    const figures = { mutations: findings.length, caught: findings.length - survived.length, survived };
    console.log(`FIGURES ${JSON.stringify(figures)}`);
    return survived.length === 0 ? 0 : 1;
  } finally {
    for (const bench of benches) bench.remove();
  }
}

for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
