/**
 * Goal: of a person who was forgotten no word is left in SQLite's files. Rows that are updated, retention and pages that are
 * split leave copies in free space, which deleting the rows doesn't reach.
 * Method: a whole gateway on a real file; two people talk for a while, and the one's content is old enough for retention
 * before she is forgotten. Then the bytes of all files are searched for every piece of what was said.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { forget } from "../src/commands/forget/forget.ts";
import { sqlite } from "../src/store/sqlite/index.ts";
import type { Store } from "../src/store/store.ts";
import { assembleGateway } from "./support/assembled-gateway.ts";
import { seededRandom } from "./support/seeded-random.ts";

const PIECE = 8;
const ANN = { channel: "line", account: "default", peerId: "Uann" };

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-forgotten-"));
  file = join(folder, "turnpike.db");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Letters that say nothing, so that a piece of them is of nobody else. */
function wordsOf(seed: number, count: number): readonly string[] {
  const random = seededRandom(seed);
  const letter = () => "abcdefghijklmnopqrstuvwxyz"[Math.floor(random.fraction() * 26)] ?? "a";
  return Array.from({ length: count }, () => Array.from({ length: 140 }, letter).join(""));
}

/** How many pieces of these words are in the bytes of the database's files. */
function piecesOf(words: readonly string[]): number {
  const bytes = readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");
  const pieces = words.flatMap((word) =>
    Array.from({ length: Math.floor(word.length / PIECE) }, (_, at) => word.slice(at * PIECE, (at + 1) * PIECE)),
  );
  return pieces.filter((piece) => bytes.includes(piece)).length;
}

type Words = { readonly ann: readonly string[]; readonly bob: readonly string[] };

/** Both write, and are answered with their own words. */
async function talk({ ann, bob }: Words, after?: Before): Promise<Before> {
  const whole = assembleGateway({
    file,
    answer: ({ text }) => `${text} indeed`,
    ...(after !== undefined && { after }),
  });
  await whole.start();
  for (const [index, word] of ann.entries()) {
    await whole.simulator.person("Uann").says(word);
    await whole.simulator.person("Ubob").says(bob[index] ?? "");
    await whole.clock.advance(2_000);
  }
  await whole.end();
  return whole;
}

type Before = Pick<ReturnType<typeof assembleGateway>, "world">;

const DAY_MS = 86_400_000;

/** Retention takes the words of the first talk, and there is another one. */
async function talkForDays({ ann, bob }: Words): Promise<void> {
  const half = ann.length / 2;
  const first = await talk({ ann: ann.slice(0, half), bob: bob.slice(0, half) });
  first.world.clock.step(3 * DAY_MS);
  const store = sqlite({ file, clock: first.world.clock });
  const wall = first.world.clock.wall();
  await store.purge({ contentMs: DAY_MS, metadataMs: 30 * DAY_MS, dedupKeysMs: 30 * DAY_MS, wall, limit: 1_000 });
  await store.close();
  await talk({ ann: ann.slice(half), bob: bob.slice(half) }, first);
}

async function withStore<T>(work: (store: Store) => Promise<T>): Promise<T> {
  const store = sqlite({ file });
  try {
    return await work(store);
  } finally {
    await store.close();
  }
}

const WORDS = { ann: wordsOf(1, 36), bob: wordsOf(2, 36) };

test("no piece of what they said is left in any file, and what others said is", async () => {
  await talkForDays(WORDS);
  expect(piecesOf(WORDS.ann)).toBeGreaterThan(100);
  await withStore(async (store) => {
    expect(await forget(store, ANN)).toMatchObject({ kind: "forgotten" });
    expect(await store.eraseDeleted()).toBe("erased");
    expect(piecesOf(WORDS.ann)).toBe(0);
  });
  expect(piecesOf(WORDS.ann)).toBe(0);
  // The newer half of his is still there, in whole.
  const bobs = WORDS.bob.slice(-10);
  expect(piecesOf(bobs)).toBe(bobs.length * Math.floor(140 / PIECE));
});

test("a log that another program reads is named, and emptied when that has ended", async () => {
  await talk({ ann: WORDS.ann.slice(0, 6), bob: WORDS.bob.slice(0, 6) });
  await withStore(async (store) => {
    const reader = new Database(file, { readonly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM event").get();
    await forget(store, ANN);
    expect(await store.eraseDeleted()).toBe("log-in-use");
    reader.close();
    expect(await store.eraseDeleted()).toBe("erased");
    expect(piecesOf(WORDS.ann)).toBe(0);
  });
});

test("the store goes on afterwards, with everything that was not deleted", async () => {
  await talk({ ann: WORDS.ann.slice(0, 6), bob: WORDS.bob.slice(0, 6) });
  await withStore(async (store) => {
    const turns = async () =>
      (await store.listConversations({ channel: null, account: null, before: null, limit: 10 })).items.length;
    const before = await turns();
    const erased = store.eraseDeleted();
    const checked = store.checkCommit();
    expect([await erased, await checked, await turns()]).toEqual(["erased", undefined, before]);
  });
});
