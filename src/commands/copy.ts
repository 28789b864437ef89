import { systemClock } from "../runtime/clock.ts";
import { describeStore, prepareCopy, type Violation } from "../store/index.ts";

/** A line is written each time so many rows more are copied. */
const TOLD_EVERY = 50_000;

/**
 * Moves a gateway's history from SQLite to PostgreSQL and says, line by line, what it does. Throws `Misconfigured` with
 * what to do; the file is never changed but for its schema's version.
 */
export async function copy(from: string, to: string, say: (line: string) => void): Promise<void> {
  const clock = systemClock();
  const startedAt = clock.now();
  const copying = await prepareCopy(from, to, clock);
  say(`from ${describeStore(from)} to ${describeStore(to)}, schema ${copying.version}`);
  const { rows, violations, aheadMs } = await copying.run({
    step: (sentence) => say(sentence),
    copied(table, done, of) {
      if (done === of || Math.floor(done / TOLD_EVERY) > Math.floor((done - 1) / TOLD_EVERY))
        say(`${table}: ${done} of ${of}`);
    },
  });
  for (const one of violations) say(warning(one));
  if (aheadMs > 0) say(`the database's clock is ${aheadMs} ms behind the history: its time goes on from there`);
  say(
    `${rows} rows in ${Math.ceil((clock.now() - startedAt) / 1_000)} s; all counts are the same, no promise was broken`,
  );
  say(`Now start gateways with the address of ${describeStore(to)} in TURNPIKE_DATABASE_URL.`);
  say(
    "Never start a gateway with the file again: what waits in it waits in both now, and people would be answered twice.",
  );
}

function warning({ invariant, count, ids }: Violation): string {
  return `warning: the file has damage, and so has the copy: ${invariant} (${count}, as ${ids.join(", ")})`;
}
