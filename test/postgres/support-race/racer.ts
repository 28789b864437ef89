/**
 * One of the processes that race for a turn. It claims, looks whether its fence is the only live one by writing under it,
 * and gives the turn back at once, so that the others can race for it again. Now and then it lets its lease run out and
 * only then writes. Prints what it had as one line of JSON.
 */
import { Fenced } from "../../../src/core/errors.ts";
import { postgres } from "../../../src/store/postgres/index.ts";

const [url = "", turnId = "", owner = "", rounds = ""] = process.argv.slice(2);
const RETRY = { baseMs: 0, capMs: 0, maxAttempts: 1_000_000, maxAgeMs: 1_000_000_000 };
/** Every so many claims the lease is as short as a lease can be. */
const FREEZE_EVERY = 50;

const store = await postgres({ url, connections: 2 });
/** Fences under which this process wrote, and those that it was refused. */
const held: number[] = [];
const lost: number[] = [];
let raced = 0;

while (raced < Number(rounds)) {
  const freezes = held.length % FREEZE_EVERY === FREEZE_EVERY - 1;
  const turn = await store.claimTurn({ turnId, owner, leaseMs: freezes ? 1 : 60_000 });
  raced += 1;
  if (turn === null || turn === "empty") continue;
  const { fence } = turn;
  // The turn may be the other's by the time that this comes back.
  if (freezes) await store.expireLeases({ limit: 10, retry: RETRY, random: 0 });
  try {
    await store.failTurn({ turnId, fence, failure: { kind: "handed-back" }, retry: RETRY, random: 0 });
    held.push(fence);
  } catch (error) {
    if (!(error instanceof Fenced)) throw error;
    lost.push(fence);
  }
}
await store.close();
process.stdout.write(`${JSON.stringify({ held, lost, raced })}\n`);
