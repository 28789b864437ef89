/** One process of `jobs.ts`: plays its share of the seeds and tells its parent. */
import type { Word } from "./jobs.ts";
import { simulate } from "./simulate.ts";

const say = (word: Word) => void process.send?.(word);
// Without its parent nobody would ever hear the figures.
process.on("disconnect", () => process.exit(1));

const [from = "1", count = "0", channel] = process.argv.slice(2);
const share = { from: Number(from), count: Number(count), channel };
const { coverage, ...total } = await simulate(share, (done) => say({ done }));
process.send?.({ total, pairs: [...coverage.pairs] } satisfies Word, () => process.exit(0));
