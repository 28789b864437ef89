/** People, LINE, a balancer, some gateways on one PostgreSQL, and bots: what is done to them is the test's own. */
import { expect } from "vitest";
import { pause, systemClock } from "../../../src/runtime/clock.ts";
import { type RunningLine, startLine } from "../../../src/simulator/index.ts";
import { seededRandom } from "../../support/seeded-random.ts";
import { Killer } from "../support-kill/killer.ts";
import { openEchoAgent } from "../support-kill/observers.ts";
import { type People, peerIdOf, startPeople } from "../support-kill/people.ts";
import { LENGTHY, verdictOf } from "../support-kill/verdict.ts";
import { type Balancer, type BalancerOptions, openBalancer } from "./balancer.ts";
import { type Fleet, startFleet } from "./processes.ts";

const PEOPLE = Array.from({ length: 12 }, (_, index) => `${index % 4 === 0 ? LENGTHY : "p"}${index}`);
const SETTLE_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 50;

const clock = systemClock();

export interface Scene {
  readonly simulator: RunningLine;
  readonly fleet: Fleet;
  readonly balancer: Balancer;
  readonly people: People;
  readonly complaints: readonly string[];
}

export interface SceneOptions {
  readonly databaseUrl: string;
  readonly seed: number;
  /** For each gateway: whether it reaches a bot. */
  readonly hasAgent: readonly boolean[];
  readonly env?: Readonly<Record<string, string>>;
  readonly balancer?: BalancerOptions;
}

export async function setScene(
  { databaseUrl, seed, hasAgent, env = {}, balancer: looks = {} }: SceneOptions,
  cleanup: (() => unknown)[],
): Promise<Scene> {
  const random = (offset: number) => seededRandom(seed + offset);
  const killer = new Killer(clock, random(0));
  const secrets = { channel: "channel-secret", token: "token", agent: `whsec_${btoa("agent")}` };
  const agents = await Promise.all(
    hasAgent.map((_, place) => openEchoAgent({ secret: secrets.agent, killer, clock, random: random(10 + place) })),
  );
  cleanup.push(() => Promise.all(agents.map((agent) => agent.close())));
  const simulator = await startLine({
    line: {
      channelSecret: secrets.channel,
      channelAccessToken: secrets.token,
      redelivery: { count: 60, intervalMs: 400 },
    },
    random: random(3),
  });
  cleanup.push(() => simulator.close());
  const common = {
    TURNPIKE_DATABASE_URL: databaseUrl,
    TURNPIKE_BATCH_QUIET_MS: "60",
    TURNPIKE_BATCH_MAX_WAIT_MS: "400",
    TURNPIKE_LEASE_MS: "2000",
    TURNPIKE_SEND_TIMEOUT_MS: "2000",
    LINE_CHANNEL_SECRET: secrets.channel,
    LINE_CHANNEL_ACCESS_TOKEN: secrets.token,
    LINE_API_BASE_URL: simulator.url,
    ...env,
  };
  const agentAt = (place: number) => ({
    TURNPIKE_AGENT_URL: `${agents[place]?.url}/turns`,
    TURNPIKE_AGENT_SECRET: secrets.agent,
  });
  const fleet = await startFleet(
    hasAgent.map((has, place) => ({ ...common, ...(has && agentAt(place)) })),
    clock,
  );
  cleanup.push(() => fleet.destroy());
  await fleet.ready();
  const balancer = await openBalancer(fleet.urls, looks);
  cleanup.push(() => balancer[Symbol.asyncDispose]());
  simulator.line.webhookUrl = `${balancer.url}/webhook/line`;
  const people = startPeople(PEOPLE, { line: simulator.line, killer, clock, random: random(4) });
  return {
    simulator,
    fleet,
    balancer,
    people,
    get complaints() {
      return agents.flatMap((agent) => agent.complaints);
    },
  };
}

export type Result = Awaited<ReturnType<typeof finish>>;

export async function finish({ simulator, fleet, balancer, people, complaints }: Scene, what: string) {
  await people.stop();
  await fleet.ready();
  await simulator.line.idle();
  const verdictNow = () => verdictOf(people.said(), screens(simulator));
  const until = clock.now() + SETTLE_LIMIT_MS;
  let waiting = new Map<string, number>();
  const isDone = () => {
    const { acked, answered } = verdictNow();
    return answered === acked && waiting.size > 0 && [...waiting.values()].every((count) => count === 0);
  };
  while (!isDone() && clock.now() < until) {
    await pause(clock, LOOK_EVERY_MS);
    waiting = await waitingIn(await fleet.adminUrl(0));
  }
  const exits = await fleet.end();
  const verdict = verdictNow();
  const unknown = (waiting.get("unknown") ?? 0) + (waiting.get("dead") ?? 0);
  const { acked, answered, lost, doubled } = verdict;
  process.stdout.write(
    `${what}; acked by process ${balancer.acked.join(" ")}; calls ${simulator.line.calls.length}\n` +
      `acked ${acked} answered ${answered} lost ${lost.length} doubled ${doubled.length} unknown ${unknown}\n`,
  );
  return { verdict, unknown, exits, waiting: Object.fromEntries(waiting), complaints, acked: balancer.acked };
}

export function expectAllIsWell({ verdict, unknown, exits, waiting, complaints, acked }: Result): void {
  expect(verdict, JSON.stringify(waiting)).toMatchObject({ lost: [], doubled: [], disordered: [], strange: [] });
  expect(verdict.answered).toBe(verdict.acked);
  expect(unknown).toBe(0);
  expect(complaints).toEqual([]);
  expect(exits).toEqual(exits.map(() => 0));
  // A process that took in nothing has shown nothing.
  for (const count of acked) expect(count).toBeGreaterThan(0);
}

/** Rows by waiting state, as the metrics tell an operator. Empty while the process can't say. */
async function waitingIn(adminUrl: string): Promise<Map<string, number>> {
  const response = await fetch(`${adminUrl}/metrics`).catch(() => null);
  const metrics = response?.ok ? await response.text() : "";
  return new Map(
    [...metrics.matchAll(/^turnpike_waiting\{state="(\w+)"\} (\d+)$/gm)].map(([, state = "", count]) => [
      state,
      Number(count),
    ]),
  );
}

function screens({ line }: RunningLine): ReadonlyMap<string, readonly string[]> {
  return new Map(PEOPLE.map((person) => [person, line.seenBy(peerIdOf(person)).map(({ text }) => text ?? "")]));
}

/**
 * Where processes die faster than a reply token lives, what became of a call may stay open until no route can tell. Then it
 * is shown as unknown, and what comes behind it goes on, so the order of answers isn't judged (DESIGN §6.5): nothing is
 * lost in silence, and nobody reads anything twice.
 */
export function expectNothingInSilence({ verdict, unknown, exits, complaints, acked }: Result): void {
  expect(verdict).toMatchObject({ doubled: [], strange: [] });
  expect(verdict.lost.length === 0 || unknown > 0, `lost in silence: ${verdict.lost.join(", ")}`).toBe(true);
  // Far from the rule: one in fifty at most.
  expect(verdict.acked - verdict.answered).toBeLessThan(verdict.acked / 50);
  expect(complaints).toEqual([]);
  expect(exits).toEqual(exits.map(() => 0));
  for (const count of acked) expect(count).toBeGreaterThan(0);
}
