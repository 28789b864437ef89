/**
 * Goal: what a killed process was working on goes on when the next one starts, not when its lease ends: a reply token lives
 * a minute (§6.6).
 * Method: a file as such a process leaves it; time stands still after the start.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sqlite } from "../src/store/sqlite/index.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";
import { bot } from "./support/bots.ts";
import { manualClock } from "./support/manual-clock.ts";
import { seededRandom } from "./support/seeded-random.ts";
import { readyTurns } from "./support/stores/ready-turns.ts";
import { attemptOf, message, outgoing, policy } from "./support/stores/samples.ts";

const LEASE_MS = 60_000;

let folder: string;
let file: string;
let whole: AssembledGateway;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-reclaim-"));
  file = join(folder, "turnpike.db");
});

afterEach(async () => {
  await whole.end();
  rmSync(folder, { recursive: true });
});

async function claimOne(store: Store) {
  await store.ingest(message("m1", { effect: "collect-now" }), policy());
  const [turnId = ""] = (await readyTurns(store, 1)).due;
  const turn = await store.claimTurn({ turnId, owner: "killed", leaseMs: LEASE_MS });
  if (turn === null || turn === "empty") throw new Error("there is no turn to claim");
  return turn;
}

/** What the process before had done when it was killed. */
async function left(work: (store: Store) => Promise<unknown>): Promise<void> {
  const store = sqlite({ file, clock: manualClock(), random: seededRandom(3) });
  await work(store);
  await store.close();
}

test("a turn that was with the agent is with the agent again at once", async () => {
  await left(claimOne);
  const { asked, ask } = bot();
  whole = assembleGateway({ file, answer: ask });
  await whole.start();
  await whole.clock.settle();
  expect(asked.map(({ turn }) => turn.attempt)).toEqual([2]);
});

test("a call that was on its way is known as unknown at once", async () => {
  await left(async (store) => {
    const { turnId, fence } = await claimOne(store);
    const { deliveryIds } = await store.answerTurn({
      ...{ turnId, fence, messages: outgoing("hi"), messagesPerCall: 5 },
      done: true,
    });
    await store.startAttempt({ ...attemptOf(deliveryIds[0] ?? ""), owner: "killed", leaseMs: LEASE_MS });
  });
  whole = assembleGateway({ file });
  await whole.start();
  await whole.clock.settle();
  expect(whole.messages()).toContain("attempt lease expired: its outcome is unknown");
});
