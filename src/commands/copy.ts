import { Misconfigured } from "../core/errors.ts";
import { systemClock } from "../runtime/clock.ts";
import { copyHistory } from "../store/copy/history.ts";
import type { Broken } from "../store/copy/laws.ts";
import { describe, openDatabase } from "../store/postgres/open.ts";

/** A line is written each time so many rows more are copied. */
const TOLD_EVERY = 50_000;

/**
 * Moves a gateway's history from SQLite to PostgreSQL and says, line by line, what it does. Throws `Misconfigured` with
 * what to do; the file is never changed but for its schema's version.
 */
export async function copy(from: string, to: string, say: (line: string) => void): Promise<void> {
  const file = fileOf(from);
  if (!/^postgres(ql)?:\/\//.test(to)) {
    throw new Misconfigured("a history moves from SQLite to PostgreSQL: the second address begins with postgres://");
  }
  const clock = systemClock();
  const startedAt = clock.now();
  const { version } = await openDatabase(to, clock, 0);
  say(`from ${file} to ${describe(to)}, schema ${version}`);
  const { rows, broken, aheadMs } = await copyHistory(file, to, {
    step: (sentence) => say(sentence),
    copied(table, done, of) {
      if (done === of || Math.floor(done / TOLD_EVERY) > Math.floor((done - 1) / TOLD_EVERY))
        say(`${table}: ${done} of ${of}`);
    },
  });
  for (const one of broken) say(warning(one));
  if (aheadMs > 0) say(`the database's clock is ${aheadMs} ms behind the history: its time goes on from there`);
  say(
    `${rows} rows in ${Math.ceil((clock.now() - startedAt) / 1_000)} s; all counts are the same, no promise was broken`,
  );
  say(`Now start gateways with the address of ${describe(to)} in TURNPIKE_DATABASE_URL.`);
  say(
    "Never start a gateway with the file again: what waits in it waits in both now, and people would be answered twice.",
  );
}

function fileOf(from: string): string {
  const file = /^sqlite:(?!\/\/|:memory:)(.+)$/.exec(from)?.[1];
  if (file !== undefined) return file;
  throw new Misconfigured("the first address is sqlite: and the path of a file, as in sqlite:data/turnpike.db");
}

function warning({ law, count, ids }: Broken): string {
  return `warning: the file has damage, and so has the copy: ${law} (${count}, as ${ids.join(", ")})`;
}
