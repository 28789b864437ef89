/**
 * Goal: nothing that a stranger sends to the public port makes it fail, fall or grow, or gets into the database; the
 * people on LINE notice nothing of it.
 * Method: 2 000 hostile requests from a seed, on raw sockets, many at a time, against the shipped program, with good
 * webhooks in between. The kernel, and its engine, say what the process holds before and after.
 *
 * A failure prints its seed; TURNPIKE_TEST_SEED=<seed> repeats the same requests (not the same timing).
 */
import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type AgentConnection, connect } from "../../src/agents/index.ts";
import { seededRandom } from "../support/seeded-random.ts";
import { until } from "./support/eventually.ts";
import { post, signed } from "./support/post.ts";
import { AGENT_TOKEN, CHANNEL_SECRET, type Somebody, startWorld, type World } from "./support/world.ts";
import { SIGNED, WITHOUT_ID } from "./support-hostile/bodies.ts";
import { type Holdings, holdingsOf, INSPECTED, keptMiB } from "./support-hostile/figures.ts";
import { type Hostile, hostileRequests } from "./support-hostile/requests.ts";
import { type Outcome, perform } from "./support-hostile/wire.ts";

const SEED = Number(process.env.TURNPIKE_TEST_SEED ?? randomBytes(4).readUInt32LE());
/** Until caches, code and heap have the size that they need for this. */
const WARM_UP = 300;
const REQUESTS = 2_000;
const AT_ONCE = 32;
/** A good webhook after so many hostile ones. */
const GOOD_EVERY = 20;

/** 2 KiB for each; a tenth of that is usual. A leak of a body (64 KiB on the average), or of a connection, is far more. */
const GROWTH_MIB_MAX = 4;
/** The pool of connections to LINE grows with the answers at once; one leaked for each hostile request would be 2 000. */
const GROWTH_DESCRIPTORS_MAX = 100;

/** Agents connect, so that there are endpoints to attack. */
const ENVIRONMENT = {
  ...INSPECTED,
  TURNPIKE_REQUEST_TIMEOUT_MS: "2000",
  TURNPIKE_LOG_LEVEL: "info",
  TURNPIKE_AGENT_URL: undefined,
  TURNPIKE_AGENT_SECRET: undefined,
};

let world: World;
let agent: AgentConnection;
beforeAll(async () => {
  // On a busy machine one may miss LINE's two seconds: it is sent again, as from LINE.
  world = await startWorld({ env: ENVIRONMENT, line: { redelivery: { count: 600, intervalMs: 200 } } });
  agent = connect(`${world.gateway.url.replace("http", "ws")}/v1/agent`, { token: AGENT_TOKEN });
  agent.onTurn((turn) => `re: ${turn.text}`);
});
afterAll(async () => {
  await agent.close();
  await world[Symbol.asyncDispose]();
});

interface Seen {
  readonly hostile: Hostile;
  readonly outcome: Outcome;
}

interface Attack {
  readonly seen: readonly Seen[];
  /** What was said in good webhooks in between … */
  readonly said: readonly string[];
  /** … and how many of them were not answered 200 at once, and sent again. */
  readonly late: number;
}

/** Sends them all, `AT_ONCE` at a time, and now and then lets somebody say something. */
async function attack(requests: Iterable<Hostile>, someone?: Somebody): Promise<Attack> {
  let late = 0;
  const seen: Seen[] = [];
  const said: string[] = [];
  const left = requests[Symbol.iterator]();
  const one = async () => {
    for (let next = left.next(); next.done !== true; next = left.next()) {
      const outcome = await perform(world.gateway.url, next.value.act);
      seen.push({ hostile: next.value, outcome });
      if (someone === undefined || seen.length % GOOD_EVERY !== 0) continue;
      const text = `still here after ${seen.length}`;
      said.push(text);
      late += (await someone.says(text)).webhook.status === 200 ? 0 : 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
  return { seen, said, late };
}

/** What the process holds when every connection of the attackers has ended. */
async function held(): Promise<Holdings | null> {
  const { pid } = world.gateway;
  await world.settled();
  let last = holdingsOf(pid);
  await until("no socket more than before", () => {
    const before = last;
    last = holdingsOf(pid);
    return before === null || last === null || (last.sockets <= before.sockets && last.sockets < AT_ONCE);
  });
  return last;
}

function byFamily(seen: readonly Seen[]): string {
  const lines = [...Map.groupBy(seen, ({ hostile }) => hostile.family)].map(([family, ones]) => {
    const codes = ones.flatMap(({ outcome: { statuses } }) =>
      statuses.length === 0 ? ["cut off"] : statuses.map(String),
    );
    const counts = [...Map.groupBy(codes, (code) => code)].map(([code, { length }]) => `${code} × ${length}`);
    return `  ${family.padEnd(9)} ${String(ones.length).padStart(4)}: ${counts.toSorted(inOrder).join(", ")}`;
  });
  return lines.toSorted(inOrder).join("\n");
}

const inOrder = (a: string, b: string) => a.localeCompare(b);

/** A 503 is honest when it says "not now". One that would come again with each copy would be a failure of ours. */
const NOT_NOW =
  /^not committed within \d+ ms$|has too many webhooks in flight$|^the memory budget for bodies is exhausted/;

/** What nobody may be told: a failure of ours, or that something unsigned was taken. */
function isWrong({ hostile: { family }, outcome: { statuses, hung } }: Seen): boolean {
  const allowed = (status: number) =>
    status < 500 ? family === "signed" || status === 101 || status === 100 || status >= 400 : status === 503;
  return hung || !statuses.every(allowed);
}

test(`${REQUESTS} hostile requests: no failure, no growth, nothing stored that wasn't signed`, async () => {
  const ann = world.somebody();
  await attack(hostileRequests(WARM_UP, seededRandom(SEED + 1), CHANNEL_SECRET));
  const before = await held();
  const keptBefore = await keptMiB(world.gateway.output());
  const startedAt = performance.now();
  const { seen, said, late } = await attack(hostileRequests(REQUESTS, seededRandom(SEED), CHANNEL_SECRET), ann);
  const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
  await until("all answers", () => said.every((text) => ann.texts().join("\n").includes(text)));
  await world.line.idle();
  const after = await held();
  const keptAfter = await keptMiB(world.gateway.output());
  process.stdout.write(
    `seed ${SEED}: ${seen.length} hostile requests in ${seconds} s, ${said.length} good webhooks, ${late} of them taken at a later try, all answered\n` +
      `${byFamily(seen)}\nbefore ${JSON.stringify(before)}, ${keptBefore} MiB\nafter  ${JSON.stringify(after)}, ${keptAfter} MiB\n`,
  );

  expect(seen).toHaveLength(REQUESTS);
  const wrong = seen.filter(isWrong).map(({ hostile: { family, what }, outcome }) => ({ family, what, ...outcome }));
  expect(wrong, `seed ${SEED}`).toEqual([]);
  const unavailable = world.gateway.logs.filter(({ code }) => code === 503).map(({ reason }) => String(reason));
  expect(unavailable.filter((reason) => !NOT_NOW.test(reason))).toEqual([]);
  expect(world.gateway.logged("request failed")).toEqual([]);
  expect(world.gateway.logged("started")).toHaveLength(1);
  expect((await fetch(`${world.gateway.url}/ready`)).status).toBe(200);
  const lines = ann.texts().flatMap((text) => (text ?? "").replace(/^re: /, "").split("\n"));
  expect(lines.toSorted(inOrder)).toEqual(said.toSorted(inOrder));

  const good = new Set(world.line.webhooks.flatMap(({ body }) => idsIn(body)));
  const isSigned = (id: string) => good.has(id) || id.startsWith(SIGNED);
  const stored = world.gateway.rows<{ id: string; raw: string }>("SELECT platform_event_id AS id, raw FROM event");
  const strangers = stored.filter(({ id, raw }) => !isSigned(id) && !WITHOUT_ID.has(raw));
  expect(strangers).toEqual([]);
  expect(stored.some(({ raw }) => raw.includes("UNSIGNED-"))).toBe(false);

  expect(keptAfter).toBeLessThanOrEqual(keptBefore + GROWTH_MIB_MAX);
  if (before === null || after === null) return;
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors + GROWTH_DESCRIPTORS_MAX);
  expect(after.threads).toBeLessThanOrEqual(before.threads);
});

function idsIn(body: string): string[] {
  const { events } = JSON.parse(body) as { events: { webhookEventId: string }[] };
  return events.map(({ webhookEventId }) => webhookEventId);
}

describe("behind a proxy that is trusted", () => {
  test("who sends too many unsigned requests is told when to come back; nobody else is, nor who was right before", async () => {
    await using own = await startWorld({
      env: { TURNPIKE_TRUSTED_PROXIES: "127.0.0.0/8", TURNPIKE_REFUSED_PER_MINUTE: "2" },
    });
    const [attacker, platform] = ["198.51.100.7", "203.0.113.9"];
    const ask = async (address: string, signature?: string) => {
      const body = '{"destination":"Ubot","events":[]}';
      const forged = {
        "x-forwarded-for": address,
        ...(signature === undefined ? {} : { "x-line-signature": signature }),
      };
      return (await post(own.gateway.webhookUrl, signed(body, CHANNEL_SECRET, forged), body)).status;
    };
    const flood = (address: string) => Promise.all(Array.from({ length: 50 }, () => ask(address, "wrong")));
    expect(await ask(platform)).toBe(200);
    for (const address of [attacker, platform]) await flood(address);
    expect([await ask(attacker), await ask(platform), await ask("192.0.2.55")]).toEqual([429, 200, 200]);
    expect((await own.gateway.metrics()).sum("requests_rejected_total", { reason: "rate-limit" })).toBeGreaterThan(0);
  });
});
