/**
 * Fault points of a platform without a retry key: wherever a process dies, stalls or loses an answer, people see at most
 * one copy of everything under `hold`, at most one more under `resend`, and what they don't see is shown as unknown.
 * The calls of a run are counted, and the run is repeated once per call and fault, on real SQLite and a manual clock.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inProcessAgent } from "../../../src/agents/in-process.ts";
import type { Channel } from "../../../src/channels/channel.ts";
import { createGateway, type Gateway, type GatewayOptions } from "../../../src/gateway.ts";
import type { Chance } from "../../../src/runtime/chance.ts";
import { sqlite } from "../../../src/store/sqlite/index.ts";
import type { Store } from "../../../src/store/store.ts";
import { type ManualClock, manualClock } from "../manual-clock.ts";
import { seededChance } from "../seeded-chance.ts";
import { pointsOf } from "./run.ts";
import { FAULTS, type Plan, Tap } from "./tap.ts";
import { tapAgent, tapChannel, tapStore } from "./world.ts";

const SECOND = 1_000;
const SAID = ["one", "two"] as const;

interface Life {
  readonly tap: Tap;
  readonly gateway: Gateway;
}

/** The platform's side, its one person, and our channel to it. */
export interface Platform {
  /** A new one for each life of the gateway. */
  channel(): Channel;
  says(text: string): void;
  seen(): readonly (string | null)[];
  close(): void;
}

export interface Surroundings {
  readonly clock: ManualClock;
  readonly chance: Chance;
  readonly retryDelaysMs: readonly number[];
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
  readonly chance: Chance;
  readonly onUnknown: OnUnknown;
}

function createTapped({ store, tap, platform, clock, chance, onUnknown }: Parts): Gateway {
  return createGateway({
    store: tapStore(store, tap),
    channels: [tapChannel(platform.channel(), tap)],
    agent: tapAgent(
      inProcessAgent((turn) => [`re: ${turn.text}`]),
      tap,
    ),
    batch: { quietMs: 500, maxWaitMs: 2_000 },
    leaseMs: 5_000,
    pollMs: 5_000,
    unknownWaitMs: 8_000,
    onUnknown,
    clock: tap.clockOf(clock),
    chance,
  });
}

function openWorld(put: PutUp, onUnknown: OnUnknown, plan: Plan | null) {
  const folder = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : tmpdir(), "turnpike-faults-"));
  const clock = manualClock();
  const chance = seededChance(5);
  const lives: Life[] = [];
  let store: Store | null = null;
  let current: Life | null = null;
  const platform = put({
    clock,
    chance,
    retryDelaysMs: Array.from({ length: 20 }, () => 3 * SECOND),
    deliver: async (path, body, headers) => {
      if (current === null) throw new Error("connection refused");
      const init = { method: "POST", body: new Uint8Array(body), headers: { ...headers } };
      return (await current.gateway.fetch(new Request(`http://gateway${path}`, init))).status;
    },
  });
  const bury = async () => {
    const dead = store;
    store = null;
    current = null;
    await dead?.close();
  };
  const begin = async (first: Plan | null): Promise<void> => {
    store ??= sqlite({ file: join(folder, "world.db"), clock, chance });
    const tap = new Tap((at) => (first?.at === at ? first.fault : null), {
      death: () => void bury().then(() => begin(null)),
      freeze: () => void begin(null),
    });
    const gateway = createTapped({ store, tap, platform, clock, chance, onUnknown });
    const life = { tap, gateway };
    lives.push(life);
    current = life;
    // One that can't start says so and is started again, as a supervisor would.
    const up = gateway.start().then(
      () => undefined,
      () => bury().then(() => begin(null)),
    );
    await Promise.race([up, tap.struck]);
  };
  return {
    clock,
    platform,
    begin: () => begin(plan),
    calls: () => lives[0]?.tap.calls ?? [],
    thaw: () => {
      for (const { tap } of lives) tap.thaw();
    },
    unknown: async () => (await store?.waiting())?.find(({ state }) => state === "unknown")?.count ?? 0,
    close: async () => {
      for (const { tap } of lives) tap.kill();
      platform.close();
      await store?.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Messages, each some time after the last; then time passes until all that moves has ended. */
async function run(put: PutUp, onUnknown: OnUnknown, plan: Plan | null) {
  const world = openWorld(put, onUnknown, plan);
  try {
    await world.begin();
    for (const text of SAID) {
      world.platform.says(text);
      await world.clock.advance(3 * SECOND);
    }
    await world.clock.advance(20 * SECOND);
    world.thaw();
    await world.clock.advance(30 * SECOND);
    const seen = world.platform.seen();
    return { seen, unknown: await world.unknown(), calls: world.calls() };
  } finally {
    await world.close();
  }
}

const most = { hold: 1, resend: 2 } as const;

function brokenIn({ seen, unknown }: Awaited<ReturnType<typeof run>>, onUnknown: OnUnknown): string[] {
  // A burst may have become one turn while the gateway was away.
  const copies = (text: string) => seen.filter((bubble) => bubble?.includes(text)).length;
  const missing = SAID.filter((text) => copies(text) === 0);
  return [
    ...SAID.filter((text) => copies(text) > most[onUnknown]).map((text) => `${text} was seen ${copies(text)} times`),
    ...(missing.length > unknown ? [`${missing.join(", ")} not seen, and ${unknown} shown as unknown`] : []),
  ];
}

/** Under both policies: once without a fault, to count the calls, and once per call and fault. */
export function faultPointsWithoutRetryKey(put: PutUp): void {
  describe.each(["hold", "resend"] as const)("under %s", (onUnknown) => {
    test("without a fault each message is answered once", async () => {
      const whole = await run(put, onUnknown, null);
      expect(whole.seen).toEqual(SAID.map((text) => `re: ${text}`));
      expect(brokenIn(whole, onUnknown)).toEqual([]);
    });

    // What matters under resend is what it does when it doesn't know.
    const faults = onUnknown === "hold" ? FAULTS : (["die-after", "answer-lost"] as const);
    test.each(faults)("and at every call: %s", { timeout: 120_000 }, async (fault) => {
      const points = pointsOf((await run(put, onUnknown, null)).calls);
      const broken: string[] = [];
      for (const { at, call } of points) {
        const found = brokenIn(await run(put, onUnknown, { at, fault }), onUnknown);
        broken.push(...found.map((sentence) => `at call ${at}, ${call}: ${sentence}`));
      }
      expect(points.length).toBeGreaterThan(10);
      expect(broken).toEqual([]);
    });
  });
}
