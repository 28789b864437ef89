/** One process of `jobs.ts`: plays its share of the seeds and tells its parent. */
import type { Word } from "./jobs.ts";
import { type Share, simulate } from "./simulate.ts";
import { storeFixtureOf } from "./store-fixtures.ts";

const say = (word: Word) => void process.send?.(word);
// Without its parent nobody would ever hear the figures.
process.on("disconnect", () => process.exit(1));

const share = JSON.parse(process.argv[2] ?? "{}") as Share;
const storeFixture = await storeFixtureOf(share);
const { coverage, ...total } = await simulate(share, (done) => say({ done }), storeFixture);
await storeFixture[Symbol.asyncDispose]();
process.send?.({ total, pairs: [...coverage.pairs] } satisfies Word, () => process.exit(0));
