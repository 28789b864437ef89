/**
 * Goal: however processes race for a conversation, no two of them ever hold it (G6, G7).
 * Method: two processes claim the same turn thousands of times, each giving it back at once; some let their lease run out first
 * and write all the same. The fences under which they could write are compared.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { postgres } from "../../src/store/postgres/index.ts";
import { freshSchema, patient } from "../support/postgres.ts";
import { message, policy } from "../support/stores/samples.ts";

const RACES = Number(process.env.TURNPIKE_TEST_RACES ?? 2_000);
const PROCESSES = ["one", "other"];
const RACER = fileURLToPath(new URL("support-race/racer.ts", import.meta.url));

interface Had {
  readonly held: readonly number[];
  readonly lost: readonly number[];
  readonly raced: number;
}

let url: string;
let drop: () => Promise<void>;
beforeAll(async () => {
  ({ url, drop } = await freshSchema(inject("postgresUrl"), "race"));
});
afterAll(() => drop());

async function race(turnId: string, owner: string): Promise<Had> {
  const child = spawn(process.execPath, [RACER, patient(url), turnId, owner, String(RACES / PROCESSES.length)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const output: Buffer[] = [];
  child.stdout.on("data", (part: Buffer) => output.push(part));
  const [code] = await once(child, "close");
  expect(code).toBe(0);
  return JSON.parse(Buffer.concat(output).toString()) as Had;
}

test(`two processes that race for a turn ${RACES} times never both hold it`, { timeout: 300_000 }, async () => {
  const store = await postgres({ url });
  const { turnId } = (await store.ingest(message("m1", { effect: "collect-now" }), policy())) as { turnId: string };
  const all = await Promise.all(PROCESSES.map((owner) => race(turnId, owner)));
  const held = all.flatMap((had) => had.held);
  const lost = all.flatMap((had) => had.lost);
  // Each fence was given once, and whoever was refused under one had lost it.
  const given = [...held, ...lost].sort((a, b) => a - b);
  expect(given).toEqual(Array.from({ length: given.length }, (_, index) => index + 1));
  expect(all.reduce((sum, had) => sum + had.raced, 0)).toBe(RACES);
  expect(lost.length).toBeGreaterThan(0);
  expect(all.every((had) => had.held.length > 0)).toBe(true);
  await store.close();
});
