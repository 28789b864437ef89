/**
 * `npm run simulate:seeds -- --seeds 200 --from 1`: runs that many seeds of the fault simulation in two processes.
 * `--jobs 1`: sequentially in this process, as always for a single seed.
 * `--channel whatsapp`: all on that channel, instead of the one that each seed chooses.
 * `npm run simulate:seeds -- --seed 17`: repeats one seed and prints all its violations.
 * `--without recovery`: negative control, with that mechanism removed.
 * `--store postgres`: on a temporary PostgreSQL, or on that of `TURNPIKE_TEST_POSTGRES_URL`.
 * Exits with 1 when a seed has a violation. The last line is
 * `FIGURES { seeds, acked, lost, doubled, unknown, crashes, faults, coverage, … }`.
 */
import { parseArgs } from "node:util";
import { keepExitCode, startPostgres } from "../test/support/postgres.ts";
import { simulateInJobs } from "../test/support/simulation/jobs.ts";

keepExitCode();

const { values } = parseArgs({
  options: {
    seeds: { type: "string" },
    seed: { type: "string" },
    from: { type: "string" },
    jobs: { type: "string" },
    channel: { type: "string" },
    without: { type: "string" },
    store: { type: "string", default: "sqlite" },
  },
});
const whole = (name: string, text: string): number => {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${name}: read ${JSON.stringify(text)}; allowed is a whole number`);
};
const from = whole("from", values.seed ?? values.from ?? "1");
const count = values.seed === undefined ? whole("seeds", values.seeds ?? "200") : 1;
const jobs = Math.min(count, whole("jobs", values.jobs ?? "2"));

const startedAt = performance.now();
const seconds = () => `${((performance.now() - startedAt) / 1_000).toFixed(1)} s`;
if (!["sqlite", "postgres"].includes(values.store)) {
  throw new Error(`--store: read ${JSON.stringify(values.store)}; allowed is sqlite or postgres`);
}
const server = values.store === "postgres" ? await startPostgres({ fsync: false }) : null;
const onChannel = values.channel === undefined ? "" : `--channel ${values.channel} `;
const again = `npm run simulate:seeds -- ${server === null ? "" : "--store postgres "}${onChannel}--seed`;
const everySo = server === null ? 200 : 10;
const share = {
  from,
  count,
  channel: values.channel,
  without: values.without,
  ...(server !== null && { postgresUrl: server.url }),
};
const total = await simulateInJobs(share, jobs, (done) => {
  if (done % everySo === 0) console.log(`${done} of ${count} seeds, ${seconds()}`);
}).finally(() => server?.stop());

console.log(`\n${total.coverage.table()}\n`);
const { unknownSeen, unknownUnseen } = total.figures;
const figures = {
  seeds: count,
  from,
  channels: total.channels,
  ...total.figures,
  unknown: unknownSeen + unknownUnseen,
  crashes: total.crashes,
  broken: total.failures.length,
  pairs: total.coverage.pairs.size,
};
console.log({ ...figures, took: seconds() });
for (const { seed, channel, broken } of total.failures) {
  console.log(`\nseed ${seed}, ${channel} (again: ${again} ${seed})`);
  for (const sentence of broken) console.log(`  ${sentence}`);
}
if (total.failures.length > 0) {
  console.log(`\n${total.failures.length} seeds with violations: ${total.failures.map(({ seed }) => seed).join(" ")}`);
  process.exitCode = 1;
}
console.log(
  `FIGURES ${JSON.stringify({ ...figures, faults: total.coverage.byFault(), coverage: Object.fromEntries(total.coverage.pairs) })}`,
);
