/**
 * Goal: a 200 means that the disk has it; a disk that fails ends the process and a disk that is full costs a 503, and
 * neither costs anything that was acked.
 * Method: the shipped program under strace, which shows its calls to the system in order and can make one of them fail;
 * and on a small disk in memory that another file fills.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { CLI } from "./support/command.ts";
import { outcomes, tell } from "./support/disk-figures.ts";
import { Line } from "./support/disk-posts.ts";
import { SmallDisk, whyNoSmallDisk } from "./support/disk-small.ts";
import { strace, whyNoStrace } from "./support/disk-strace.ts";
import { readTrace, type Verdict, verdictOf } from "./support/disk-trace.ts";
import { gate, until } from "./support/eventually.ts";
import { ackOf } from "./support/until-acked.ts";
import { ACCESS_TOKEN, CHANNEL_SECRET, startWorld, type World } from "./support/world.ts";

const noStrace = whyNoStrace();
const noDisk = whyNoSmallDisk();
const titled = (title: string, reason: string | null) => (reason === null ? title : `${title} (skipped: ${reason})`);

/** Only webhooks commit: nothing becomes due before the test is over. */
const NOTHING_DUE = { TURNPIKE_BATCH_QUIET_MS: "600000", TURNPIKE_BATCH_MAX_WAIT_MS: "600000" };
const AT_ONCE = 64;

/** A webhook of somebody whom nobody has met, as LINE would write it. */
function webhookOf(world: World): string {
  return JSON.stringify({
    destination: world.line.botUserId,
    events: [world.line.events.text(world.somebody().source, "hello")],
  });
}

/** Webhooks that are all there when the process gets to run. */
async function atTheSameMoment(world: World, count: number): Promise<Promise<string>[]> {
  const lines = await Promise.all(Array.from({ length: count }, () => Line.open(world.gateway.webhookUrl)));
  world.gateway.signal("SIGSTOP");
  const posts = await Promise.all(lines.map((line) => line.put(webhookOf(world), CHANNEL_SECRET)));
  world.gateway.signal("SIGCONT");
  return posts.map(({ answer }) => answer);
}

function tellOf(what: string, { acks, syncs, early }: Verdict): void {
  tell({ what, acked: acks, fsyncs: syncs, early: early.length });
}

describe.skipIf(noStrace !== null)(titled("a 200, in the order of the system's calls", noStrace), () => {
  test("each of ten webhooks, one after another, has an fsync of its own between its request and its 200", async () => {
    await using world = await startWorld({ env: NOTHING_DUE });
    await using tracer = await strace(world.gateway.pid);
    for (let n = 0; n < 10; n += 1) await ackOf(world, world.somebody().says("hello"));
    const verdict = verdictOf(readTrace(await tracer.detach()));
    tellOf("webhooks one after another", verdict);
    expect(verdict).toMatchObject({ acks: 10, early: [] });
    expect(verdict.syncs).toBeGreaterThanOrEqual(10);
  });

  test(`of ${AT_ONCE} webhooks at once none is answered before its fsync, and they share a few`, async () => {
    await using world = await startWorld({ env: NOTHING_DUE });
    await using tracer = await strace(world.gateway.pid);
    const lines = await Promise.all(await atTheSameMoment(world, AT_ONCE));
    const acked = lines.filter((line) => line === "HTTP/1.1 200 OK").length;
    // What was too slow for LINE's 2 s is a 503.
    expect(lines.filter((line) => !line.startsWith("HTTP/1.1 503"))).toHaveLength(acked);
    expect(acked).toBeGreaterThan(0);
    const verdict = verdictOf(readTrace(await tracer.detach()));
    tellOf("webhooks at the same moment, in group commits", verdict);
    expect(verdict).toMatchObject({ acks: acked, early: [] });
    expect(verdict.syncs).toBeGreaterThanOrEqual(1);
    expect(verdict.syncs).toBeLessThan(AT_ONCE / 4);
  });
});

describe.skipIf(noStrace !== null)(titled("the check of that order", noStrace), () => {
  const STAND_INS = {
    FULL: "for comparison: a small server with synchronous FULL",
    NORMAL: "for comparison: one that runs synchronous NORMAL, which must be caught",
    eager: "for comparison: one that acks and then commits, which must be caught",
  } as const;

  /** What the check says of a small server that acks three webhooks in that way. */
  async function verdictOn(how: "FULL" | "NORMAL" | "eager"): Promise<Verdict> {
    const folder = mkdtempSync(join(tmpdir(), "turnpike-stand-in-"));
    const script = fileURLToPath(new URL("./support/disk-stand-in.ts", import.meta.url));
    const child = spawn(process.execPath, [script, join(folder, "some.db"), how], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      const [port] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
      await using tracer = await strace(child.pid ?? -1);
      for (let n = 0; n < 3; n += 1) {
        const { answer } = await Line.direct(`http://127.0.0.1:${port.trim()}/webhook`).put("hello", CHANNEL_SECRET);
        expect(await answer).toBe("HTTP/1.1 200 OK");
      }
      const verdict = verdictOf(readTrace(await tracer.detach()));
      tellOf(STAND_INS[how], verdict);
      return verdict;
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test("counts a 200 that was on its way out when strace let go", () => {
    const trace = `
17744 read(22<socket:[1]>, "POST /webhook/line HTTP/1.1\\r\\nhost"..., 65536) = 166
17744 pwrite64(20</d/t.db-wal>, "..."..., 4096, 0) = 4096
17744 fdatasync(20</d/t.db-wal>) = 0
17744 write(22<socket:[1]>, "HTTP/1.1 200 OK\\r\\nDate: Sun"..., 96 <detached ...>`;
    expect(verdictOf(readTrace(trace))).toEqual({ acks: 1, syncs: 1, early: [] });
  });

  test("passes a program that commits with synchronous FULL", async () => {
    expect(await verdictOn("FULL")).toEqual({ acks: 3, syncs: 3, early: [] });
  });

  test("fails one that runs synchronous NORMAL", async () => {
    const unsynced = "what was written was not synced";
    expect(await verdictOn("NORMAL")).toEqual({ acks: 3, syncs: 0, early: [unsynced, unsynced, unsynced] });
  });

  test("fails one that says 200 and then commits", async () => {
    expect((await verdictOn("eager")).early).toHaveLength(3);
  });
});

/** The webhook's commit, and those that follow on a message's way: sealed and claimed, answered and attempted, settled. */
const COMMITS = [1, 2, 3, 4];
const REDELIVERS = { redelivery: { count: 600, intervalMs: 200, timeoutMs: 30_000 } };
const failing = (nth: number) => ["-e", `inject=fsync,fdatasync:error=EIO:when=${nth}+`];

async function endedByTheDisk(world: World): Promise<void> {
  expect(await world.gateway.ended).toEqual({ code: 1, signal: null });
  expect(world.gateway.logs.at(-1)).toMatchObject({ level: "fatal", msg: expect.stringContaining("disk failed") });
}

describe.skipIf(noStrace !== null)(titled("an fsync that fails", noStrace), { concurrent: true }, () => {
  test("ends the process with a clear line, and the webhooks in flight get no 200", async () => {
    await using world = await startWorld({ env: NOTHING_DUE });
    await using _tracer = await strace(world.gateway.pid, failing(1));
    const lines = await Promise.all(await atTheSameMoment(world, 8));
    await endedByTheDisk(world);
    expect(lines.filter((line) => line.includes("200"))).toEqual([]);
  });

  test.each(COMMITS)("as number %i on a message's way loses nothing, and nobody is answered twice", async (nth) => {
    await using world = await startWorld({ line: REDELIVERS });
    const [ann, ben, cal] = [world.somebody(), world.somebody(), world.somebody()];
    const model = gate();
    ben.isAnsweredBy(async (turn) => {
      await model.opened;
      return answers(`re: ${turn.text}`);
    });
    await ann.says("answered before");
    await ben.says("with the agent");
    await Promise.all([ann.hasSeen(1), ann.settled(), ben.hasTurns(1)]);
    await using _tracer = await strace(world.gateway.pid, failing(nth));
    const { webhook } = await cal.says("on its way");
    // The process may also be too slow for LINE's 2 s, under strace and beside five others: then LINE sends it again.
    expect(webhook.status).toBeOneOf(nth === 1 ? [null] : [200, 503]);
    await endedByTheDisk(world);
    model.open();
    await world.restart();
    await Promise.all([ben.hasSeen(1), cal.hasSeen(1)]);
    await world.settled();
    const wanted = [
      [ann, "re: answered before"],
      [ben, "re: with the agent"],
      [cal, "re: on its way"],
    ] as const;
    // LINE got a 200 for the third too, from the process that ended or from the next.
    tell({ what: "messages while an fsync fails (EIO)", acked: wanted.length, ...outcomes(wanted) });
    expect(wanted.map(([person]) => person.texts())).toEqual(wanted.map(([, text]) => [text]));
  });
});

/** The gateway again, on a disk that is so small and holds nothing else. */
async function ontoSmallDisk(world: World, megabytes: number): Promise<SmallDisk> {
  await world.gateway.term();
  const disk = new SmallDisk(dirname(world.gateway.file), megabytes);
  await world.restart();
  return disk;
}

async function statusOf(world: World, path: string): Promise<number> {
  return (await fetch(`${world.gateway.url}${path}`)).status;
}

describe.skipIf(noDisk !== null)(titled("a full disk", noDisk), () => {
  test("is a 503 before the ack; the process lives on, isn't ready, and recovers by itself", async () => {
    await using world = await startWorld({ line: REDELIVERS });
    using disk = await ontoSmallDisk(world, 8);
    const [ann, ben, cal] = [world.somebody(), world.somebody(), world.somebody()];
    const model = gate();
    ben.isAnsweredBy(async (turn) => {
      await model.opened;
      return answers(`re: ${turn.text}`);
    });
    await ann.says("answered before");
    await ben.says("with the agent");
    await Promise.all([ann.hasSeen(1), ann.settled(), ben.hasTurns(1)]);

    disk.fill();
    expect((await cal.says("no room")).webhook.status).toBe(503);
    model.open();
    await until("not ready", async () => (await statusOf(world, "/ready")) === 503);
    expect(await statusOf(world, "/health")).toBe(200);
    await world.gateway.hasLogged("webhook refused: the platform will send it again", { code: 503 }, 3);
    expect(ben.seen()).toEqual([]);
    const { pid } = world.gateway;

    disk.makeRoom();
    await Promise.all([ben.hasSeen(1), cal.hasSeen(1)]);
    await until("ready again", async () => (await statusOf(world, "/ready")) === 200);
    await world.settled();
    const wanted = [
      [ann, "re: answered before"],
      [ben, "re: with the agent"],
      [cal, "re: no room"],
    ] as const;
    const refused = world.line.webhooks.filter(({ status }) => status === 503).length;
    tell({ what: "messages around a full disk", acked: wanted.length, refused, ...outcomes(wanted) });
    expect(wanted.map(([person]) => person.texts())).toEqual(wanted.map(([, text]) => [text]));
    // The answer waited for the disk, so the agent wasn't asked a second time, and no process was needed but the one.
    expect(ben.turns()).toHaveLength(1);
    expect(world.gateway.pid).toBe(pid);
    expect(world.gateway.logged("started")).toHaveLength(2);
  });
});

/** Every statfs(2) of the program answers this file system: its type is the first word of what the system writes. */
const NFS = [
  "-f",
  "-qq",
  "-o",
  "/dev/null",
  "-e",
  "trace=statfs",
  "-e",
  "inject=statfs:poke_exit=@arg2=6969000000000000",
];

const noNfs = noStrace ?? (spawnSync("strace", [...NFS, "true"]).status === 0 ? null : "this strace can't show one");

test.skipIf(noNfs !== null)(titled("a folder on a network file system is refused, and gets no file", noNfs), () => {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-nfs-"));
  try {
    const env = { LINE_CHANNEL_SECRET: CHANNEL_SECRET, LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN };
    const how = { cwd: folder, env: { PATH: process.env.PATH, ...env }, timeout: 120_000 };
    const { status, stderr } = spawnSync("strace", [...NFS, process.execPath, CLI, "start"], how);
    expect(status).toBe(1);
    expect(String(stderr)).toMatch(/data is on NFS, a network file system.*use PostgreSQL/);
    expect(readdirSync(join(folder, "data"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
