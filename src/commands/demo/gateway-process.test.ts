/**
 * Goal: the gateway's process is started, killed, frozen and stopped as it was ordered, and its state says so.
 * Method: real processes of a small program in the gateway's place, on a manual clock.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../test/support/manual-clock.ts";
import type { GatewayWire } from "../../simulator/console-api/wire.ts";
import { GatewayProcess, type LogLine } from "./gateway-process.ts";

/** Says that it is up, begins a line, and ends with SIGTERM; or, told so, complains and ends at once. */
const PROGRAM = `
if (process.argv[2] === "fails") {
  process.stderr.write("turnpike: the port is in use\\nand more\\n");
  process.exit(1);
}
const line = (fields) => process.stdout.write(JSON.stringify({ level: "info", ...fields }) + "\\n");
process.once("SIGTERM", () => {
  line({ msg: "stopped" });
  process.exit(0);
});
line({ msg: "started", admin: "http://127.0.0.1:1", pid: process.pid });
process.stdout.write('{"level":"in');
setInterval(() => {}, 1_000);
`;

let folder: string;
let clock: ManualClock;
let lines: LogLine[];
let states: GatewayWire[];
let gateway: GatewayProcess;

function processOf(...args: string[]): GatewayProcess {
  const program = join(folder, "program.mjs");
  writeFileSync(program, PROGRAM);
  const made = new GatewayProcess({ clock, program, args, env: {}, folder, onLine: (line) => lines.push(line) });
  made.listen((state) => states.push(state));
  return made;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-test-"));
  clock = manualClock();
  lines = [];
  states = [];
  gateway = processOf();
});

afterEach(async () => {
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
});

const namesOf = (all: readonly GatewayWire[]) => all.map(({ state }) => state);
const pids = () => lines.filter(({ msg }) => msg === "started").map(({ pid }) => Number(pid));

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("it is up when it says so, and stops gracefully", async () => {
  expect(gateway.state).toMatchObject({ state: "down", kills: 0, restartAt: null });
  expect(await gateway.start()).toEqual({ kind: "done" });
  expect(gateway.adminUrl).toBe("http://127.0.0.1:1");
  expect(namesOf(states)).toEqual(["starting", "up"]);
  await gateway.stop();
  expect(pids().map(isAlive)).toEqual([false]);
  expect(gateway.adminUrl).toBeNull();
});

test("killed it is down at once, and starts again when its time has come", async () => {
  await gateway.start();
  expect(await gateway.order({ do: "kill", restartAfterMs: 3_000 })).toEqual({ kind: "done" });
  expect(gateway.state).toMatchObject({ state: "down", kills: 1, restartAt: clock.now() + 3_000 });
  expect(gateway.adminUrl).toBeNull();
  expect(pids().map(isAlive)).toEqual([false]);
  await clock.advance(2_999);
  expect(gateway.state.state).toBe("down");
  await clock.advance(1);
  await expect.poll(() => gateway.state).toMatchObject({ state: "up", kills: 1, restartAt: null });
  expect(new Set(pids()).size).toBe(2);
});

test("killed for good it stays down until it is started", async () => {
  await gateway.start();
  await gateway.order({ do: "kill", restartAfterMs: null });
  expect(gateway.state).toMatchObject({ state: "down", restartAt: null });
  expect(clock.nextIn()).toBeNull();
  expect(await gateway.order({ do: "start" })).toEqual({ kind: "done" });
  expect(gateway.state.state).toBe("up");
});

test("a start comes before the one that was to come by itself, which is dropped", async () => {
  await gateway.start();
  await gateway.order({ do: "kill", restartAfterMs: 3_000 });
  await gateway.order({ do: "start" });
  await clock.advance(10_000);
  expect(pids()).toHaveLength(2);
});

test("what can't be done is refused with the reason", async () => {
  const refused = { kind: "refused", why: expect.stringMatching(/^the gateway is /) };
  expect(await gateway.order({ do: "kill", restartAfterMs: null })).toEqual(refused);
  expect(await gateway.order({ do: "freeze", forMs: 5 })).toEqual(refused);
  await gateway.start();
  expect(await gateway.order({ do: "start" })).toEqual(refused);
  const kills = [1, 2].map(() => gateway.order({ do: "kill", restartAfterMs: null }));
  expect(await Promise.all(kills)).toEqual([{ kind: "done" }, refused]);
  expect(gateway.state.kills).toBe(1);
});

test("one that can't start says why, with the first line of its complaint", async () => {
  gateway = processOf("fails");
  expect(await gateway.start()).toEqual({ kind: "refused", why: "turnpike: the port is in use" });
  expect(gateway.state.state).toBe("down");
});

test.skipIf(process.platform !== "linux")("frozen it does nothing, until its time has come or it is told", async () => {
  const isStopped = () => / T /.test(readFileSync(`/proc/${pids()[0]}/stat`, "utf8"));
  await gateway.start();
  expect(await gateway.order({ do: "freeze", forMs: 3_000 })).toEqual({ kind: "done" });
  expect(gateway.state).toMatchObject({ state: "frozen", restartAt: clock.now() + 3_000 });
  await expect.poll(isStopped).toBe(true);
  await clock.advance(3_000);
  expect(gateway.state.state).toBe("up");
  await expect.poll(isStopped).toBe(false);
  await gateway.order({ do: "freeze", forMs: 3_000 });
  await expect.poll(isStopped).toBe(true);
  expect(await gateway.order({ do: "start" })).toEqual({ kind: "done" });
  await expect.poll(isStopped).toBe(false);
});

test.skipIf(process.platform === "win32")("a frozen one can be killed, and stopped", async () => {
  await gateway.start();
  await gateway.order({ do: "freeze", forMs: 60_000 });
  expect(await gateway.order({ do: "kill", restartAfterMs: null })).toEqual({ kind: "done" });
  await gateway.order({ do: "start" });
  await gateway.order({ do: "freeze", forMs: 60_000 });
  await gateway.stop();
  expect(pids().map(isAlive)).toEqual([false, false]);
});

test("one that ends by itself is down", async () => {
  await gateway.start();
  process.kill(pids()[0] ?? 0, "SIGKILL");
  await expect.poll(() => gateway.state).toMatchObject({ state: "down", kills: 0, restartAt: null });
});
