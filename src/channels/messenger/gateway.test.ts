/**
 * Goal: where no retry key exists people still see at most one copy under `hold`, and at most one more under `resend`;
 * every decision stores its evidence; the window is respected; accounts are separated by their signatures.
 * Method: a whole gateway on real SQLite and a manual clock, against Messenger's simulator, with lost answers, echoes and
 * processes.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, describe, expect, test } from "vitest";
import { type ManualClock, manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { inProcessAgent } from "../../agents/in-process.ts";
import { createGateway, type GatewayOptions, type Running } from "../../gateway.ts";
import { sqlite } from "../../store/sqlite/index.ts";
import type { Fault } from "../simulation/faults.ts";
import type { MessengerOptions } from "./config.ts";
import { messenger } from "./index.ts";
import { createMessengerSimulator, type MessengerSimulator, type MessengerSimulatorOptions } from "./simulator.ts";

const PAGE = "100000000000001";
const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const DAY = 24 * HOUR;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Options {
  readonly settings?: Partial<GatewayOptions>;
  readonly channel?: Partial<MessengerOptions>;
  readonly simulator?: Partial<MessengerSimulatorOptions>;
  readonly answer?: Parameters<typeof inProcessAgent>[0];
  /** Other pages of the same app, by account. */
  readonly pages?: Readonly<Record<string, string>>;
}

type Receiver = { fetch: (request: Request) => Promise<Response> | Response; path: string };

function posting(receiver: Receiver) {
  return async (path: string, body: Uint8Array, headers: Readonly<Record<string, string>>) => {
    // A webhook crosses a network: it doesn't arrive before the answer of the call that it is about.
    await new Promise(setImmediate);
    const request = { method: "POST", body: new Uint8Array(body), headers: { ...headers } };
    return await receiver.fetch(new Request(`http://gateway${path}`, request));
  };
}

interface Parts {
  readonly file: string;
  readonly clock: ManualClock;
  readonly simulator: MessengerSimulator;
  readonly life: number;
}

/** A process on that file. */
function live({ file, clock, simulator, life }: Parts, options: Options) {
  const { pages = { default: PAGE } } = options;
  const random = seededRandom(20 + life);
  const own = simulator.channelOptions("http://graph.invalid");
  const platformClient = simulator.platformClient({ clock, sendTimeoutMs: 10 * SECOND });
  return createGateway({
    store: sqlite({ file, clock, random }),
    channels: Object.entries(pages).map(([account, pageId]) =>
      messenger({ ...own, account, pageId, ...options.channel }, { clock, platformClient }),
    ),
    agent: inProcessAgent(options.answer ?? ((turn) => [`echo ${turn.text}`])),
    batch: { quietMs: 0 },
    clock,
    random,
    ...options.settings,
  });
}

function rowsOf(file: string) {
  return (sql: string) => {
    const db = new Database(file, { readonly: true });
    try {
      return db.prepare(sql).all() as Record<string, string | number | null>[];
    } finally {
      db.close();
    }
  };
}

async function start(options: Options = {}) {
  const folder = mkdtempSync(join(tmpdir(), "turnpike-messenger-"));
  const file = join(folder, "turnpike.db");
  const clock = manualClock();
  const receiver: Receiver = { fetch: () => new Response(null, { status: 502 }), path: "/webhook/messenger" };
  const post = posting(receiver);
  const simulator = createMessengerSimulator({
    clock,
    random: seededRandom(3),
    appSecret: "secret",
    pageAccessToken: "token",
    pageId: PAGE,
    deliver: async (body, headers) => (await post(receiver.path, body, headers)).status,
    ...options.simulator,
  });
  let running: Running | null = null;
  let life = 0;
  const begin = async () => {
    life += 1;
    const gateway = live({ file, clock, simulator, life }, options);
    receiver.fetch = gateway.fetch;
    running = await gateway.start();
    return gateway;
  };
  const stop = async () => {
    const stopped = running?.stop();
    await clock.advance(20 * SECOND);
    await stopped;
  };
  const gateway = await begin();
  ends.push(async () => {
    simulator.close();
    await stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const rows = rowsOf(file);
  return {
    clock,
    simulator,
    gateway,
    post,
    rows,
    restart: () => stop().then(begin),
    /** Advances the clock without polling, then polls for two seconds. */
    later: async (ms: number) => {
      clock.step(ms);
      await clock.advance(2 * SECOND);
    },
    deliveries: () => rows("SELECT * FROM delivery ORDER BY seq"),
    screen: (psid = "P1") => simulator.seenBy(psid).map(({ text }) => text),
    fails: (fault: Fault) => simulator.faults.next("send", fault),
  };
}

type World = Awaited<ReturnType<typeof start>>;

const DISCONNECT_AFTER: Fault = { at: "after-accept", how: "disconnect" };
const DISCONNECT_BEFORE: Fault = { at: "before-accept", how: "disconnect" };

async function asks(world: World, text = "hi") {
  const posted = await world.simulator.person("P1").says(text);
  await world.clock.settle();
  return posted;
}

test("a message is answered in the window, and its receipts never go back to a weaker status", async () => {
  const world = await start();
  expect((await asks(world)).webhook).toMatchObject({ status: 200 });
  expect(world.screen()).toEqual(["echo hi"]);
  await world.simulator.person("P1").reads();
  await world.clock.settle();
  const [delivery] = world.deliveries();
  expect(delivery).toMatchObject({ state: "sent", route: "session", evidence: "accepted" });
  expect(world.simulator.seenBy("P1")[0]?.metadata).toBe(delivery?.delivery_id);
  const receipts = world
    .rows("SELECT status FROM receipt ORDER BY received_at, instr('sent delivered read', status)")
    .map((row) => row.status);
  expect(receipts).toEqual(["sent", "delivered", "read"]);
});

test("a webhook that comes twice at once, and again later, is one event with one answer", async () => {
  const world = await start();
  const { webhook } = await world.simulator.person("P1").says("hi", { copies: 3 });
  await world.clock.settle();
  await world.simulator.repeat(webhook.webhookId);
  await world.clock.advance(SECOND);
  expect(world.screen()).toEqual(["echo hi"]);
});

describe("an unknown outcome", () => {
  test("is settled by the echo that carries our id, also when it arrives before the call fails", async () => {
    const world = await start();
    world.fails(DISCONNECT_AFTER);
    await asks(world);
    await world.later(HOUR);
    expect(world.screen()).toEqual(["echo hi"]);
    expect(world.deliveries()).toMatchObject([
      { state: "sent", attempts: 1, evidence: expect.stringMatching(/^receipt/) },
    ]);
  });

  test("without an echo is held, shown, and never sent again", async () => {
    const world = await start();
    world.simulator.loseEchoes(1);
    world.fails(DISCONNECT_AFTER);
    await asks(world);
    await world.later(DAY);
    expect(world.screen()).toEqual(["echo hi"]);
    const reason = expect.stringMatching(/^no receipt within 30000 ms/);
    expect(world.deliveries()).toMatchObject([{ state: "unknown", attempts: 1, due_at: null, reason }]);
    await asks(world, "still there?");
    expect(world.screen()).toEqual(["echo hi", "echo still there?"]);
  });

  test("under hold stays unknown although receipts arrive: a lost echo must not cause a second copy", async () => {
    const world = await start();
    for (const text of ["1", "2", "3"]) await asks(world, text);
    world.simulator.loseEchoes(1);
    world.fails(DISCONNECT_AFTER);
    await asks(world, "4");
    await world.later(HOUR);
    expect(world.screen()).toHaveLength(4);
    expect(world.deliveries().at(-1)).toMatchObject({
      state: "unknown",
      reason: expect.stringContaining("though this account's receipts flow"),
    });
  });

  test("under resend is sent once more, and stores the evidence", async () => {
    const world = await start({ settings: { onUnknown: "resend" } });
    for (const text of ["1", "2", "3"]) await asks(world, text);
    world.fails(DISCONNECT_BEFORE);
    await asks(world, "4");
    await world.clock.advance(29 * SECOND);
    expect(world.screen()).toHaveLength(3);
    await world.clock.advance(2 * SECOND);
    expect(world.screen().slice(3)).toEqual(["echo 4"]);
    const metrics = await world.gateway.adminFetch(new Request("http://localhost/metrics"));
    expect(await metrics.text()).toContain('turnpike_receipts_flowing{channel="messenger",account="default"} 1');
    const because = "no receipt within 30000 ms, though this account's receipts flow";
    expect(world.deliveries().at(-1)).toMatchObject({ state: "sent", attempts: 2, resent_because: because });
  });

  test("under resend makes at most one more copy, whatever is lost", async () => {
    const world = await start({ settings: { onUnknown: "resend" } });
    world.simulator.loseEchoes(9);
    for (let times = 0; times < 5; times += 1) world.fails(DISCONNECT_AFTER);
    await asks(world);
    await world.later(DAY / 2);
    expect(world.screen()).toEqual(["echo hi", "echo hi"]);
    expect(world.deliveries()).toMatchObject([{ state: "unknown", attempts: 2, resent_because: expect.any(String) }]);
  });

  test("of a process that ended: the next process waits for receipts for the whole time first", async () => {
    const world = await start({ settings: { onUnknown: "resend" }, simulator: { retryDelaysMs: [10 * SECOND] } });
    world.fails({ at: "slow", delayMs: DAY });
    await asks(world);
    await world.restart();
    await world.clock.advance(29 * SECOND);
    expect(world.deliveries()).toMatchObject([{ attempts: 1 }]);
    expect(world.screen()).toEqual(["echo hi"]);
  });
});

describe("error codes", () => {
  test.each([
    ["2", 500, "pending"],
    ["1200", 400, "pending"],
    ["613", 400, "pending"],
    ["190", 401, "pending"],
    ["100", 400, "dead"],
    ["10/2018278", 400, "parked"],
    ["2018300", 400, "parked"],
    ["1/1357046", 500, "unknown"],
  ])("%s leaves the delivery %s", async (message, how, state) => {
    const world = await start();
    world.fails({ at: "before-accept", how, message });
    await asks(world);
    expect(world.deliveries()).toMatchObject([{ state }]);
  });

  test("190 stops the account: what comes after waits, and nothing is lost when it starts by itself", async () => {
    const world = await start();
    world.fails({ at: "before-accept", how: 401, message: "190" });
    await asks(world, "one");
    await asks(world, "two");
    expect(world.screen()).toEqual([]);
    expect(world.deliveries().map(({ attempts }) => attempts)).toEqual([1, 0]);
    await world.later(HOUR);
    expect(world.screen()).toEqual(["echo one", "echo two"]);
  });
});

describe("the window", () => {
  test("is checked before sending: a late answer is parked without a call", async () => {
    const late = Promise.withResolvers<string>();
    const world = await start({
      answer: (turn) => (turn.text === "hi" ? late.promise : `echo ${turn.text}`),
      settings: { agentTimeoutMs: 3 * DAY },
    });
    await asks(world);
    await world.later(DAY);
    late.resolve("sorry, that took a while");
    await world.clock.advance(SECOND);
    expect(world.simulator.calls.filter(({ body }) => body.includes("messaging_type"))).toEqual([]);
    expect(world.deliveries()).toMatchObject([{ state: "parked", reason: "the window has closed" }]);
    await asks(world, "hello again");
    await world.clock.advance(SECOND);
    expect(world.screen()).toEqual(["sorry, that took a while", "echo hello again"]);
  });

  test("doesn't apply to a message with a tag", async () => {
    const late = Promise.withResolvers<{ type: "raw"; channel: "messenger"; message: Record<string, unknown> }>();
    const world = await start({ answer: async () => [await late.promise], settings: { agentTimeoutMs: 3 * DAY } });
    await asks(world);
    await world.later(2 * DAY);
    late.resolve({
      type: "raw",
      channel: "messenger",
      message: { tag: "HUMAN_AGENT", message: { text: "It's Mika." } },
    });
    await world.clock.advance(SECOND);
    expect(world.screen()).toEqual(["It's Mika."]);
    expect(world.deliveries()).toMatchObject([{ state: "sent", route: "template" }]);
  });
});

describe("human agents", () => {
  test("who answer pause the bot for the configured time", async () => {
    const world = await start({ settings: { handover: { pauseMs: HOUR } } });
    await world.simulator.person("P1").answeredByHand("I'll take this one.");
    await asks(world, "thanks");
    expect(world.screen()).toEqual([]);
    await world.later(HOUR);
    await asks(world, "bot?");
    expect(world.screen()).toEqual(["echo bot?"]);
  });

  test("change nothing by default, and in standby the bot doesn't answer", async () => {
    const world = await start();
    const person = world.simulator.person("P1");
    await person.answeredByHand("Hello from the shop");
    await asks(world, "one");
    await person.goesElsewhere();
    await asks(world, "two");
    await person.comesBack();
    await asks(world, "three");
    expect(world.screen()).toEqual(["echo one", "echo three"]);
  });
});

describe("the endpoint", () => {
  const PAGES = { default: PAGE, shop: "100000000000002" };
  const twoPages = (world: World, path: string, pages: readonly string[]) => {
    const entry = pages.map((id, index) => ({
      id,
      time: 1,
      messaging: [
        {
          sender: { id: "P1" },
          recipient: { id },
          timestamp: world.clock.now(),
          message: { mid: `m_x${index}`, text: id },
        },
      ],
    }));
    const body = new TextEncoder().encode(JSON.stringify({ object: "page", entry }));
    return world.post(path, body, world.simulator.sign(body));
  };
  const accounts = (world: World) =>
    world.rows("SELECT account FROM conversation ORDER BY account").map((row) => row.account);

  test("gives each page's part of one body to its own account", async () => {
    const world = await start({ pages: PAGES });
    expect((await twoPages(world, "/webhook/messenger", Object.values(PAGES))).status).toBe(200);
    expect(accounts(world)).toEqual(["default", "shop"]);
  });

  test("of one account refuses a body that is signed for another", async () => {
    const world = await start({ pages: PAGES });
    expect((await twoPages(world, "/webhook/messenger/shop", [PAGE])).status).toBe(403);
    expect((await twoPages(world, "/webhook/messenger/shop", Object.values(PAGES))).status).toBe(403);
    expect(accounts(world)).toEqual([]);
    expect((await twoPages(world, "/webhook/messenger/shop", [PAGES.shop])).status).toBe(200);
    expect(accounts(world)).toEqual(["shop"]);
  });

  test("answers 200 to an unknown page, and stores nothing of it", async () => {
    const world = await start({ pages: PAGES });
    expect((await twoPages(world, "/webhook/messenger", ["100000000000009"])).status).toBe(200);
    expect(accounts(world)).toEqual([]);
  });

  test("returns the challenge for the right token, 403 for others, and 401 for a body without a valid signature", async () => {
    const world = await start();
    const get = async (token: string) => {
      const query = new URLSearchParams({
        "hub.mode": "subscribe",
        "hub.verify_token": token,
        "hub.challenge": "1158201444",
      });
      const response = await world.gateway.fetch(new Request(`http://gateway/webhook/messenger?${query}`));
      return [response.status, await response.text()];
    };
    expect(await get("simulated-verify-token")).toEqual([200, "1158201444"]);
    expect((await get("guess"))[0]).toBe(403);
    const body = new TextEncoder().encode("{}");
    expect((await world.post("/webhook/messenger", body, { "content-type": "application/json" })).status).toBe(401);
  });
});
