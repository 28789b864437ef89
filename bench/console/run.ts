/**
 * `npm run bench:console`: what an open console costs the acks, what its pages cost with a long history, and what a held log
 * costs while lines come. Needs a built package and Chromium. `-- acks`, `-- scale` or `-- lines` for one of them.
 * BENCH_MINUTES for a longer time of the log.
 */
import { print } from "../support/section.ts";
import { acks } from "./acks.ts";
import { logLines } from "./log-lines.ts";
import { scale } from "./scale.ts";

const asked = process.argv.slice(2);
for (const [name, part] of Object.entries({ acks, scale, lines: logLines })) {
  if (asked.length === 0 || asked.includes(name)) print(await part());
}
