/**
 * Goal: no ack for a database whose file is gone. SQLite goes on writing to a file without a name, and to one that was moved:
 * webhooks got 200, `/ready` 200, and after a restart nothing of it was there.
 * Method: a whole gateway on a real file, which is deleted, moved or replaced between two webhooks.
 */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sqlite } from "../src/store/sqlite/index.ts";
import { type AssembledGateway, assembleGateway } from "./support/assembled-gateway.ts";

let outer: string;
let folder: string;
let file: string;
let whole: AssembledGateway;

beforeEach(async () => {
  outer = mkdtempSync(join(tmpdir(), "turnpike-displaced-"));
  folder = join(outer, "data");
  file = join(folder, "turnpike.db");
  whole = assembleGateway({ file });
  await whole.start();
  expect(await webhook()).toBe(200);
});

afterEach(async () => {
  await whole.end();
  rmSync(outer, { recursive: true, force: true });
});

let count = 0;

async function webhook(): Promise<number> {
  count += 1;
  const body = JSON.stringify({
    destination: whole.simulator.botUserId,
    events: [whole.simulator.events.text({ type: "user", userId: `Uann${count}` }, "hello")],
  });
  const bytes = new TextEncoder().encode(body);
  return (await whole.post("/webhook/line", bytes, whole.simulator.sign(bytes))).status;
}

async function ready() {
  // The check's answer is kept for a second.
  await whole.clock.advance(1_000);
  const response = await whole.get("/ready");
  return { status: response.status, body: await response.json() };
}

const DISPLACED = { status: 503, body: { reason: expect.stringMatching(/file was deleted or replaced.*restart/) } };

const wal = () => `${file}-wal`;
const lock = () => `${file}-lock`;

function copyInPlace(path: string): void {
  copyFileSync(path, `${path}.copy`);
  renameSync(`${path}.copy`, path);
}

describe.each([
  ["the folder is deleted", () => rmSync(folder, { recursive: true })],
  ["the folder is moved away", () => renameSync(folder, `${folder}-old`)],
  ["the file is deleted", () => rmSync(file)],
  ["the file is replaced by a copy", () => copyInPlace(file)],
  ["the log is deleted", () => rmSync(wal())],
  ["the log is replaced by a copy", () => copyInPlace(wal())],
  ["the lock is deleted, so that a second process can start", () => rmSync(lock())],
])("when %s", (_, displace) => {
  test("webhooks are refused, readiness fails, and the log names the file", async () => {
    displace();
    expect([await webhook(), await webhook()]).toEqual([503, 503]);
    expect(await ready()).toMatchObject(DISPLACED);
    const reasons = whole.lines.filter(({ level }) => level === "error").map(({ fields }) => String(fields.reason));
    expect(reasons.join("\n")).toMatch(
      /data\/turnpike\.db\S* was (deleted or moved|replaced) while the gateway used it/,
    );
    expect(JSON.stringify(await ready())).not.toContain(folder);
  });
});

test("when the same files are back, the gateway goes on", async () => {
  renameSync(folder, `${folder}-old`);
  expect([await webhook(), await webhook()]).toEqual([503, 503]);
  renameSync(`${folder}-old`, folder);
  expect(await webhook()).toBe(200);
  expect(await ready()).toMatchObject({ status: 200 });
});

test("a process that starts in the file's place keeps what it takes in when the first one ends", async () => {
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  const next = sqlite({ file });
  await next.checkCommit();
  const before = new Database(file, { readonly: true });
  const stored = () => before.prepare<[], { written_at: number }>("SELECT written_at FROM probe").get()?.written_at;
  const writtenAt = stored();
  expect(await webhook()).toBe(503);
  await whole.end();
  expect(existsSync(wal())).toBe(true);
  await next.checkCommit();
  expect(stored()).toBeGreaterThanOrEqual(writtenAt ?? Number.POSITIVE_INFINITY);
  before.close();
  await next.close();
  const after = new Database(file, { readonly: true });
  expect(after.prepare("SELECT count(*) FROM event").pluck().get()).toBe(0);
  after.close();
});
