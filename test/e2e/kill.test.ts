/**
 * Goal: `kill -9` at any moment loses nothing and doubles nothing.
 * Method: the shipped program over real sockets; twelve people keep writing; it is killed at every stage of a
 * message's way, by random and by what an observer sees, and started again on the same file. What people see on their
 * screens, and what the platform got a 200 for, is the whole truth: nothing of ours is asked, but for the deliveries that it
 * shows as unknown. Alone there are none; on a machine that is busy with something else a reply's token may die while one
 * process after the other is killed before it could ask again.
 *
 * A failure prints its seed; TURNPIKE_TEST_SEED=<seed> repeats the same choices (not the same timing).
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { type Clock, pause, systemClock } from "../../src/runtime/clock.ts";
import { type RunningLine, startLine } from "../../src/simulator/index.ts";
import { freePort } from "../support/free-ports.ts";
import { seededRandom } from "../support/seeded-random.ts";
import {
  type CrashState,
  readCrashState,
  readUnknownDeliveries,
  type UnknownDelivery,
} from "./support-kill/crash-state.ts";
import { type GatewayProcess, startGateway } from "./support-kill/gateway-process.ts";
import { Killer, MOMENTS, type Moment } from "./support-kill/killer.ts";
import { type Observer, openEchoAgent, openLineProxy, openWebhookProxy } from "./support-kill/observers.ts";
import { type People, peerIdOf, startPeople } from "./support-kill/people.ts";
import { LENGTHY, lostInSilence, type Verdict, verdictOf } from "./support-kill/verdict.ts";

/** Each moment once: 14 kills. Three times in `npm run durability`. */
const ROUNDS = Number(process.env.TURNPIKE_TEST_KILL_ROUNDS ?? 1);
const PEOPLE = Array.from({ length: 12 }, (_, index) => `${index % 4 === 0 ? LENGTHY : "p"}${index}`);
// For what hangs: alone it takes a minute.
const TEST_LIMIT_MS = 900_000;
/** A moment that doesn't come for so long is not coming. */
const MOMENT_LIMIT_MS = 60_000;
/** For what hangs, not for what is slow: as long as something still gets its answer, the rest is waited for. */
const NOTHING_NEW_LIMIT_MS = 120_000;
const LOOK_EVERY_MS = 25;
const TOKEN_LIFE_MS = 60_000;
/** A process that works for so long asks again of what the one before left: that is the first thing it does. */
const ASKS_WITHIN_MS = 5_000;

const SEED = Number(process.env.TURNPIKE_TEST_SEED ?? randomBytes(4).readUInt32LE());

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
});

/** Everything around the gateway, and the gateway's present process. */
interface Scene {
  readonly clock: Clock;
  readonly killer: Killer;
  readonly simulator: RunningLine;
  readonly observers: readonly Observer[];
  readonly file: string;
  readonly gatewayRuns: GatewayProcess[];
  /** Starts the next process. */
  begin(): GatewayProcess;
}

test("killed at every moment of a message's way, everything that was acked is answered exactly once and in order", {
  timeout: TEST_LIMIT_MS,
}, async () => {
  const scene = await setScene();
  const { clock, killer, simulator } = scene;
  const people = startPeople(PEOPLE, { line: simulator.line, killer, clock, random: seededRandom(SEED + 1) });
  const crashStates = await killAgainAndAgain(scene, plan());
  await people.stop();
  await comeToRest(scene, people);
  const unknown = readUnknownDeliveries(scene.file);
  const verdict = verdictOf(people.said(), screens(simulator));
  report(scene, people, { verdict, unknown, crashStates });

  expect(verdict).toMatchObject({ doubled: [], disordered: [], strange: [] });
  expect(lostInSilence(verdict.lost, unknown.flatMap(textsOf))).toEqual([]);
  expect(unknown.filter((open) => couldHaveAsked(open, scene.gatewayRuns))).toEqual([]);
  expect(scene.gatewayRuns.flatMap(({ errors }) => errors).filter(isNoRefusal)).toEqual([]);
  expect(scene.observers.flatMap(({ complaints }) => complaints)).toEqual([]);
  // A test that never hit a stage has shown nothing about it.
  const states = [...crashStates.keys()];
  expect(states).toEqual(
    expect.arrayContaining(["turn collecting", "turn leased", "delivery pending", "delivery sending"]),
  );
  expect(callsWith(simulator, 400).length, "replies made again").toBeGreaterThan(0);
  expect(callsWith(simulator, 409).length, "pushes made again").toBeGreaterThan(0);
});

function textsOf({ messages }: UnknownDelivery): readonly string[] {
  return (JSON.parse(messages) as readonly { text: string }[]).map(({ text }) => text);
}

/** On a machine that is busy with something else a commit may come too late for LINE: then 503 is right. */
function isNoRefusal(line: string): boolean {
  return !line.includes("the platform will send it again");
}

function callsWith({ line }: RunningLine, status: number) {
  return line.calls.filter((call) => call.status === status);
}

async function setScene(): Promise<Scene> {
  const clock = systemClock();
  const random = seededRandom(SEED);
  const killer = new Killer(clock, random);
  const folder = mkdtempSync(join(tmpdir(), "turnpike-kill-"));
  cleanup.push(() => rmSync(folder, { recursive: true, force: true }));
  const port = await freePort(SEED);
  const secrets = {
    channel: "channel-secret",
    token: "token",
    agent: `whsec_${Buffer.from("agent").toString("base64")}`,
  };
  const webhooks = await openWebhookProxy(`http://127.0.0.1:${port}`, killer);
  const simulator = await startLine({
    line: {
      channelSecret: secrets.channel,
      channelAccessToken: secrets.token,
      redelivery: { count: 300, intervalMs: 400 },
    },
    webhookUrl: `${webhooks.url}/webhook/line`,
    random: seededRandom(SEED + 2),
  });
  cleanup.push(() => simulator.close());
  const gatewayRuns: GatewayProcess[] = [];
  const lineProxy = await openLineProxy(simulator.line, killer, async () => gatewayRuns.at(-1)?.ended);
  const agent = await openEchoAgent({ secret: secrets.agent, killer, clock, random: seededRandom(SEED + 3) });
  cleanup.push(() => Promise.all([webhooks, lineProxy, agent].map((observer) => observer.close())));
  const file = join(folder, "turnpike.db");
  const env = {
    TURNPIKE_HOST: "127.0.0.1",
    TURNPIKE_PORT: String(port),
    TURNPIKE_ADMIN_PORT: "0",
    TURNPIKE_DATABASE_URL: `sqlite:${file}`,
    TURNPIKE_AGENT_URL: `${agent.url}/turns`,
    TURNPIKE_AGENT_SECRET: secrets.agent,
    TURNPIKE_BATCH_QUIET_MS: "60",
    TURNPIKE_BATCH_MAX_WAIT_MS: "400",
    LINE_CHANNEL_SECRET: secrets.channel,
    LINE_CHANNEL_ACCESS_TOKEN: secrets.token,
    LINE_API_BASE_URL: lineProxy.url,
  };
  cleanup.push(async () => {
    gatewayRuns.at(-1)?.kill();
    await gatewayRuns.at(-1)?.ended;
  });
  const begin = () => {
    const gatewayRun = startGateway(env);
    gatewayRuns.push(gatewayRun);
    return gatewayRun;
  };
  return { clock, killer, simulator, observers: [webhooks, lineProxy, agent], file, gatewayRuns, begin };
}

/** Every moment as often as every other, in an order of the seed. */
function plan(): Moment[] {
  const random = seededRandom(SEED + 4);
  const moments = Object.keys(MOMENTS) as Moment[];
  return Array.from({ length: ROUNDS }, () => moments)
    .flat()
    .map((moment) => ({ moment, place: random.fraction() }))
    .sort((a, b) => a.place - b.place)
    .map(({ moment }) => moment);
}

/** What the killed processes left, summed up by state. */
async function killAgainAndAgain(scene: Scene, moments: readonly Moment[]): Promise<Map<string, number>> {
  const crashStates = new Map<string, number>();
  for (const moment of moments) {
    await killOnce(scene, moment);
    for (const [state, count] of readCrashState(scene.file))
      crashStates.set(state, (crashStates.get(state) ?? 0) + count);
  }
  return crashStates;
}

async function killOnce({ clock, killer, begin }: Scene, moment: Moment): Promise<void> {
  const gatewayRun = begin();
  const struck = killer.strikeAt(moment, gatewayRun.kill);
  if (moment === "starting") killer.strikeNow(moment);
  if (moment === "whenever" && (await gatewayRun.started) !== null) killer.strikeNow(moment);
  const stop = new AbortController();
  const late = pause(clock, MOMENT_LIMIT_MS, stop.signal).then(() => "late");
  const end = await Promise.race([struck, gatewayRun.ended, late]);
  stop.abort();
  if (end === "late") throw new Error(`the moment "${moment}" did not come:\n${gatewayRun.lastWords()}`);
  // By our hand, and not by itself a moment before.
  expect(await gatewayRun.ended, `killed at "${moment}":\n${gatewayRun.lastWords()}`).toBe("SIGKILL");
}

/** Whether one process worked for long enough between the last call and the token's end to call again. */
function couldHaveAsked(open: UnknownDelivery, gatewayRuns: readonly GatewayProcess[]): boolean {
  const { route, asked_at: askedAt, token_ends_at: endsAt } = open;
  if (route !== "reply" || askedAt === null || endsAt === null) return true;
  return gatewayRuns.some((gatewayRun) => {
    const { from, to } = gatewayRun.worked() ?? { from: 0, to: 0 };
    return from > askedAt && Math.min(to, endsAt) - from > ASKS_WITHIN_MS;
  });
}

/** The last process works until nothing waits and everything acked is answered, and then ends in peace. */
async function comeToRest({ clock, simulator, begin }: Scene, people: People): Promise<void> {
  const gatewayRun = begin();
  const adminUrl = await gatewayRun.started;
  if (adminUrl === null) throw new Error(`the gateway did not start:\n${gatewayRun.lastWords()}`);
  await simulator.line.idle();
  const beganAt = clock.now();
  let latest = { seen: 0, at: beganAt };
  let waiting = await waitingIn(adminUrl);
  const isDone = () => {
    const seen = PEOPLE.reduce((sum, person) => sum + simulator.line.seenBy(peerIdOf(person)).length, 0);
    if (seen > latest.seen) latest = { seen, at: clock.now() };
    const { acked, answered } = verdictOf(people.said(), screens(simulator));
    // What nobody knows behind the end of its token nobody will.
    const isLate = clock.now() > beganAt + TOKEN_LIFE_MS;
    const isOver = ([state, count]: [string, number]) => count === 0 || (isLate && state === "unknown");
    return answered === acked && [...waiting].every(isOver);
  };
  while (!isDone() && clock.now() < latest.at + NOTHING_NEW_LIMIT_MS) {
    await pause(clock, LOOK_EVERY_MS);
    waiting = await waitingIn(adminUrl);
  }
  gatewayRun.terminate();
  expect(await gatewayRun.ended, gatewayRun.lastWords()).toBe(0);
}

/** Rows by waiting state, as the metrics tell an operator. */
async function waitingIn(adminUrl: string): Promise<ReadonlyMap<string, number>> {
  const metrics = await (await fetch(`${adminUrl}/metrics`)).text();
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

function report(
  { gatewayRuns, simulator }: Scene,
  people: People,
  { verdict, unknown, crashStates }: { verdict: Verdict; unknown: readonly UnknownDelivery[]; crashStates: CrashState },
): void {
  const { acked, answered, lost, doubled } = verdict;
  const { calls, webhooks } = simulator.line;
  const pushes = calls.filter(({ path }) => path.endsWith("/push")).length;
  const repeats = [callsWith(simulator, 400).length, callsWith(simulator, 409).length];
  const lines = [
    `seed ${SEED}; messages ${people.said().length}, webhooks ${webhooks.length}, calls ${calls.length}, pushes ${pushes}`,
    `refused as repeats: ${repeats[0]} replies, ${repeats[1]} pushes`,
    `left behind: ${[...crashStates].map(([state, left]) => `${state} ${left}`).join(", ")}`,
    ...gatewayRuns.flatMap((gatewayRun) => gatewayRun.errors).map((line) => `error logged: ${line}`),
    `kills ${gatewayRuns.length - 1} acked ${acked} answered ${answered} lost ${lost.length} doubled ${doubled.length} unknown ${unknown.length}`,
  ];
  // Not the console: the runner keeps what a passing test says there to itself.
  process.stdout.write(`${lines.join("\n")}\n`);
}
