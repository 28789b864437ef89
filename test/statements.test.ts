/**
 * Goal: one message on its common way asks the database little.
 * Method: a whole gateway with real SQLite and LINE's simulator; one text, no quiet time, one reply. What SQLite is asked
 * is counted between the driver and the database.
 */
import { afterEach, expect, test } from "vitest";
import { assembleGateway } from "./support/assembled-gateway.ts";
import { countStatements } from "./support/statement-counter.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** The driver's own, around each group of operations and each of them. */
const FRAME = /^(BEGIN|COMMIT|SAVEPOINT|RELEASE|SELECT total_changes|UPDATE probe|PRAGMA)/;

test("a message takes few statements and transactions", async () => {
  const counter = countStatements();
  ends.push(counter.stop);
  const whole = assembleGateway({ answer: ({ text }) => `echo ${text}` });
  ends.push(whole.end);
  await whole.start();
  const ann = whole.simulator.person("Uann");
  await ann.says("the first, whose conversation is new");
  await whole.clock.settle();
  counter.take();
  await ann.says("hi");
  await whole.clock.settle();
  const asked = counter.take();
  expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toContain("echo hi");
  let isInside = false;
  let statements = 0;
  let reads = 0;
  for (const words of asked) {
    if (words.startsWith("BEGIN")) isInside = true;
    if (words.startsWith("COMMIT")) isInside = false;
    if (FRAME.test(words)) continue;
    if (isInside) statements += 1;
    else reads += 1;
  }
  const transactions = asked.filter((words) => words.startsWith("BEGIN")).length;
  expect({ statements, transactions, reads }).toEqual({ statements: 18, transactions: 3, reads: 0 });
});
