import { systemClock } from "../runtime/clock.ts";
import { describeStore, prepareCopy, type Violation } from "../store/index.ts";

/** Progress is written after this number of rows. */
const PROGRESS_ROWS = 50_000;

/**
 * Copies a gateway's history from SQLite to PostgreSQL and reports progress line by line. Throws `Misconfigured` with
 * what to do. The file isn't changed, except by schema migrations.
 */
export async function copy(from: string, to: string, say: (line: string) => void): Promise<void> {
  const clock = systemClock();
  const startedAt = clock.now();
  const copying = await prepareCopy(from, to, clock);
  say(`from ${describeStore(from)} to ${describeStore(to)}, schema ${copying.version}`);
  const { rows, violations, aheadMs } = await copying.run({
    step: (sentence) => say(sentence),
    copied(table, done, of) {
      if (done === of || Math.floor(done / PROGRESS_ROWS) > Math.floor((done - 1) / PROGRESS_ROWS))
        say(`${table}: ${done} of ${of}`);
    },
  });
  for (const one of violations) say(warning(one));
  if (aheadMs > 0)
    say(`the database's clock is ${aheadMs} ms behind the history: the store's clock continues from the history`);
  say(`${rows} rows in ${Math.ceil((clock.now() - startedAt) / 1_000)} s; all row counts match, all invariants hold`);
  say(`Now start gateways with the URL of ${describeStore(to)} in TURNPIKE_DATABASE_URL.`);
  say(
    "Never start a gateway with the file again: its pending turns and deliveries are in both now, and people would be answered twice.",
  );
}

function warning({ invariant, count, ids }: Violation): string {
  return `warning: the file violates an invariant, and so does the copy: ${invariant} (${count}, such as ${ids.join(", ")})`;
}
