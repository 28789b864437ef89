/**
 * Goal: a store that is unavailable for a while, and an end of the process in good order, cost time and nothing else.
 * Method: as in `pipeline.test.ts`; the store is unavailable by a wrapped seam, and a process that follows another has its file.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { AgentFunction } from "../src/agents/in-process.ts";
import { Unavailable } from "../src/core/errors.ts";
import type { Store } from "../src/store/store.ts";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "./support/assembled-gateway.ts";
import { bot, patientBot } from "./support/bots.ts";

const POLL_MS = 1_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  await whole.start();
  return whole;
}

const ann = (whole: AssembledGateway) => whole.simulator.person("Uann");
const screen = (whole: AssembledGateway) => whole.simulator.seenBy("Uann").map(({ text }) => text);

/** Every method of the store is unavailable while `isUnavailable()`. */
function breakable(store: Store, isUnavailable: () => boolean): Store {
  return new Proxy(store, {
    get(target, name, receiver) {
      const method = Reflect.get(target, name, receiver);
      if (typeof method !== "function" || name === "close") return method;
      return async (...args: unknown[]) => {
        if (isUnavailable()) throw new Unavailable("the database can't commit (SQLITE_FULL)");
        return await Reflect.apply(method, target, args);
      };
    },
  });
}

function temporaryFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-pipeline-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "turnpike.db");
}

describe("a store that is unavailable for a while", () => {
  async function withStore(answer: AgentFunction, settings: NonNullable<AssemblyOptions["settings"]> = {}) {
    const disk = { isUnavailable: false };
    const whole = await started({
      answer,
      settings,
      wrapStore: (store) => breakable(store, () => disk.isUnavailable),
      line: { redelivery: { count: 5, intervalMs: 10_000 } },
    });
    return { whole, disk };
  }

  test("means 503, and the copy that comes later is answered once", async () => {
    const { asked, ask } = bot();
    const { whole, disk } = await withStore(ask);
    disk.isUnavailable = true;
    expect((await ann(whole).says("hi")).webhook.status).toBe(503);
    await whole.clock.advance(8_000);
    expect((await whole.get("/ready")).status).toBe(503);
    disk.isUnavailable = false;
    await whole.clock.advance(2_000);
    expect((await whole.get("/ready")).status).toBe(200);
    expect(asked).toHaveLength(1);
    expect(screen(whole)).toEqual(["echo hi"]);
  });

  test("doesn't cost the agent's answer, nor a second question", async () => {
    const { asked, ask, answers } = patientBot();
    const { whole, disk } = await withStore(ask);
    await ann(whole).says("hi");
    await whole.clock.settle();
    disk.isUnavailable = true;
    answers[0]?.resolve("worth a model call");
    await whole.clock.advance(15_000);
    expect(screen(whole)).toEqual([]);
    disk.isUnavailable = false;
    await whole.clock.advance(POLL_MS);
    expect(screen(whole)).toEqual(["worth a model call"]);
    expect(asked).toHaveLength(1);
  });

  test("doesn't forget what LINE said meanwhile: the call is made once", async () => {
    const { ask } = bot();
    const { whole, disk } = await withStore(ask);
    whole.simulator.faults.next("reply", { at: "slow", delayMs: 1_000 });
    await ann(whole).says("hi");
    await whole.clock.settle();
    disk.isUnavailable = true;
    await whole.clock.advance(8_000);
    disk.isUnavailable = false;
    await whole.clock.advance(5_000);
    expect(screen(whole)).toEqual(["echo hi"]);
    expect(whole.simulator.calls).toHaveLength(1);
    expect(await whole.count("deliveries_total", { outcome: "sent" })).toBe(1);
  });

  test("longer than a lease costs another question and never another answer", async () => {
    const { asked, ask, answers } = patientBot();
    const { whole, disk } = await withStore(ask, { leaseMs: 3_000 });
    await ann(whole).says("hi");
    await whole.clock.settle();
    disk.isUnavailable = true;
    await whole.clock.advance(10_000);
    disk.isUnavailable = false;
    await whole.clock.advance(5_000);
    for (const answer of answers) answer.resolve("the answer");
    await whole.clock.advance(5_000);
    expect(screen(whole)).toEqual(["the answer"]);
    expect(asked.length).toBeLessThanOrEqual(2);
  });
});

describe("stop()", () => {
  test("hands a turn back that doesn't end, within ten seconds, and the next life asks at once", async () => {
    const file = temporaryFile();
    const first = patientBot();
    const whole = assembleGateway({ answer: first.ask, file });
    const running = await whole.start();
    await ann(whole).says("hi");
    await whole.clock.settle();
    let hasStopped = false;
    const stopped = running.stop().then(() => {
      hasStopped = true;
    });
    await whole.clock.settle();
    expect((await ann(whole).says("too late")).webhook.status).toBe(503);
    await whole.clock.advance(10_000);
    expect(hasStopped).toBe(true);
    await stopped;
    expect(first.asked[0]?.signal.aborted).toBe(true);
    expect(whole.messages()).toContain("turn handed back: the next owner starts at once");

    const { asked, ask } = bot();
    const next = await started({ answer: ask, file, after: whole });
    await next.clock.settle();
    expect(asked.map(({ turn }) => [turn.text, turn.attempt])).toEqual([["hi", 2]]);
    expect(screen(next)).toEqual(["echo hi"]);
    expect(asked[0]?.turn.fence).toBeGreaterThan(first.asked[0]?.turn.fence ?? 0);
  });

  test("lets an agent finish that needs a few seconds; what it said is sent once", async () => {
    const file = temporaryFile();
    const { ask, answers } = patientBot();
    const whole = assembleGateway({ answer: ask, file });
    const running = await whole.start();
    await ann(whole).says("hi");
    await whole.clock.settle();
    const stopped = running.stop();
    await whole.clock.advance(3_000);
    answers[0]?.resolve("just in time");
    await whole.clock.settle();
    await stopped;

    const again = bot();
    const next = await started({ answer: again.ask, file, after: whole });
    await next.clock.settle();
    expect(again.asked).toEqual([]);
    expect(screen(next)).toEqual(["just in time"]);
    expect(next.simulator.calls).toHaveLength(1);
  });

  test("called twice ends twice, and not before the end", async () => {
    const { ask } = patientBot();
    const whole = assembleGateway({ answer: ask });
    const running = await whole.start();
    await ann(whole).says("hi");
    await whole.clock.settle();
    const ended: string[] = [];
    void running.stop().then(() => ended.push("first"));
    void running.stop().then(() => ended.push("second"));
    await whole.clock.settle();
    expect(ended).toEqual([]);
    await whole.clock.advance(10_000);
    expect(new Set(ended)).toEqual(new Set(["first", "second"]));
  });
});
