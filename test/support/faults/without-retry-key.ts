/**
 * Fault points of a platform without a retry key: wherever a process dies, stalls or loses an answer, people see at most
 * one copy of everything under `hold`, at most one more under `resend`, and what they don't see is shown as unknown.
 * The calls of a run are counted, and the run is repeated once per call and fault, on real SQLite and a manual clock.
 */
import { rmSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import type { Channel } from "../../../src/channels/channel.ts";
import type { Fault as PlatformFault } from "../../../src/channels/simulation/faults.ts";
import { createGateway, type Gateway, type GatewayOptions, type Running } from "../../../src/gateway.ts";
import type { Random } from "../../../src/runtime/random.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";
import { seededRandom } from "../seeded-random.ts";
import { emptySqlite } from "../stores/empty-sqlite.ts";
import { pointsOf } from "./run.ts";
import { FAULTS, type Plan, Tap } from "./tap.ts";
import { type BotScenario, SCENARIOS, SECOND } from "./without-retry-key-scenarios.ts";
import { tapAgent, tapChannel, tapStore } from "./world.ts";

/** 1: every call. More: every so many, from another place in each run. */
const STEP = Number(process.env.TURNPIKE_TEST_FAULT_STEP ?? 29);

interface GatewayRun {
  readonly tap: Tap;
  readonly gateway: Gateway;
  running: Running | null;
}

/** The platform's side, its people, and our channel to it. */
export interface Platform {
  /** A new one for each run of the gateway. */
  channel(): Channel;
  says(person: number, text: string): void;
  /** The first webhook once more. */
  repeats(): void;
  fault(fault: PlatformFault): void;
  seen(person: number): readonly (string | null)[];
  close(): void;
}

export interface Surroundings {
  readonly clock: ManualClock;
  readonly random: Random;
  readonly retryDelaysMs: readonly number[];
  /** How late receipts come. */
  readonly receiptDelayMs: number;
  /** Brings a webhook to the gateway that lives, and answers with its status. */
  deliver(path: string, body: Uint8Array, headers: Readonly<Record<string, string>>): Promise<number>;
}

export type PutUp = (surroundings: Surroundings) => Platform;

type OnUnknown = NonNullable<GatewayOptions["onUnknown"]>;

interface Parts {
  readonly store: Store;
  readonly tap: Tap;
  readonly platform: Platform;
  readonly clock: ManualClock;
  readonly random: Random;
  readonly onUnknown: OnUnknown;
  readonly scenario: BotScenario;
}

function createTapped({ store, tap, platform, clock, random, onUnknown, scenario }: Parts): Gateway {
  return createGateway({
    // A process and its rival share one open file here: it is closed when the last of them is gone.
    store: tapStore({ ...store, close: async () => undefined }, tap),
    channels: [tapChannel(platform.channel(), tap)],
    agent: tapAgent(
      inProcessAgent((turn) => scenario.agent(turn, clock)),
      tap,
    ),
    batch: { quietMs: 500, maxWaitMs: 2_000 },
    leaseMs: 5_000,
    pollMs: 5_000,
    unknownWaitMs: 8_000,
    onUnknown,
    clock: tap.clockOf(clock),
    random,
  });
}

interface Setting {
  readonly put: PutUp;
  readonly onUnknown: OnUnknown;
  readonly scenario: BotScenario;
}

function openWorld({ put, onUnknown, scenario: story }: Setting, plan: Plan | null) {
  const { folder, file } = emptySqlite();
  const clock = manualClock();
  const random = seededRandom(5);
  const gatewayRuns: GatewayRun[] = [];
  let store: Store | null = null;
  let current: GatewayRun | null = null;
  const platform = put({
    clock,
    random,
    receiptDelayMs: story.receiptDelayMs ?? 0,
    retryDelaysMs: Array.from({ length: 20 }, () => 3 * SECOND),
    deliver: async (path, body, headers) => {
      if (current === null) throw new Error("connection refused");
      const init = { method: "POST", body: new Uint8Array(body), headers: { ...headers } };
      return (await current.gateway.fetch(new Request(`http://gateway${path}`, init))).status;
    },
  });
  const bury = async () => {
    const dead = store;
    [store, current] = [null, null];
    await dead?.close();
  };
  const begin = async (first: Plan | null): Promise<void> => {
    store ??= sqlite({ file, clock, random });
    const tap = new Tap((at) => (first?.at === at ? first.fault : null), {
      death: () => void bury().then(() => begin(null)),
      freeze: () => void begin(null),
    });
    const gateway = createTapped({ store, tap, platform, clock, random, onUnknown, scenario: story });
    const gatewayRun: GatewayRun = { tap, gateway, running: null };
    gatewayRuns.push(gatewayRun);
    current = gatewayRun;
    // One that can't start says so and is started again, as a supervisor would.
    const up = gateway.start().then(
      (running) => {
        gatewayRun.running = running;
      },
      () => bury().then(() => begin(null)),
    );
    await Promise.race([up, tap.struck]);
  };
  return {
    clock,
    platform,
    begin: () => begin(plan),
    /** As an operator does it. One that dies or stands still on its way out is killed, and another begins. */
    async restart() {
      const leaving = current;
      // One whose file is closed under it, because it died or stood still, has nothing to say.
      leaving?.running?.stop().catch(() => undefined);
      await clock.advance(10 * SECOND);
      if (current !== leaving) return;
      leaving?.tap.kill();
      await bury();
      await begin(null);
    },
    calls: () => gatewayRuns[0]?.tap.calls ?? [],
    thaw: () => {
      for (const { tap } of gatewayRuns) tap.thaw();
    },
    unknown: async () => (await store?.countWaiting())?.find(({ state }) => state === "unknown")?.count ?? 0,
    close: async () => {
      for (const { tap } of gatewayRuns) tap.kill();
      platform.close();
      await store?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What people do; then time passes until all that moves has ended. */
async function run(setting: Setting, plan: Plan | null) {
  const { scenario } = setting;
  const world = openWorld(setting, plan);
  try {
    await world.begin();
    await scenario.play(world);
    await world.clock.advance(20 * SECOND);
    world.thaw();
    await world.clock.advance(30 * SECOND);
    const seen = scenario.said.map((_, person) => world.platform.seen(person));
    return { seen, unknown: await world.unknown(), calls: world.calls() };
  } finally {
    await world.close();
  }
}

const most = { hold: 1, resend: 2 } as const;

function brokenIn({ seen, unknown }: Awaited<ReturnType<typeof run>>, { onUnknown, scenario }: Setting): string[] {
  const broken: string[] = [];
  let missing = 0;
  for (const [person, said] of scenario.said.entries()) {
    // A burst may have become one turn while the gateway was away.
    const copies = (text: string) => seen[person]?.filter((bubble) => bubble?.includes(text)).length ?? 0;
    for (const text of said) {
      if (copies(text) > most[onUnknown]) broken.push(`${person} has ${text} ${copies(text)} times`);
      if (copies(text) === 0) missing += 1;
    }
  }
  return missing > unknown ? [...broken, `${missing} not seen, and ${unknown} shown as unknown`] : broken;
}

/** Under both policies: once without a fault, to count the calls, and once per call and fault. */
export function faultPointsWithoutRetryKey(put: PutUp): void {
  const numbered = SCENARIOS.map((scenario, place) => [scenario.name, scenario, place] as const);
  describe.each(["hold", "resend"] as const)("under %s", (onUnknown) => {
    describe.each(numbered)("%s", (_, scenario, place) => {
      const setting = { put, onUnknown, scenario };
      test("without a fault each message is answered once", async () => {
        const whole = await run(setting, null);
        expect(whole.seen.map((bubbles) => bubbles.length)).toEqual(scenario.said.map((said) => said.length));
        expect(brokenIn(whole, setting)).toEqual([]);
      });

      // To die before a call is to die after the one before it: once is enough. And what matters under resend is what
      // it does when it doesn't know.
      const inHold = place === 0 ? FAULTS : (["die-after", "answer-lost", "freeze"] as const);
      const faults = onUnknown === "hold" ? inHold : (["die-after", "answer-lost"] as const);
      const which = STEP === 1 ? "every call" : `every ${STEP}th call`;
      test.each(faults)(`and at ${which}: %s`, { timeout: 120_000 }, async (fault) => {
        const all = pointsOf((await run(setting, null)).calls);
        const points = all.filter((_point, index) => index % STEP === place % Math.min(STEP, all.length));
        const broken: string[] = [];
        for (const { at, call } of points) {
          const found = brokenIn(await run(setting, { at, fault }), setting);
          broken.push(...found.map((sentence) => `at call ${at}, ${call}: ${sentence}`));
        }
        expect(all.length).toBeGreaterThan(5);
        expect(points.length).toBeGreaterThan(0);
        expect(broken).toEqual([]);
      });
    });
  });
}
