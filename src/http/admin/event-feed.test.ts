/**
 * Goal: a reader of the event feed gets what it asked for and nothing else, knows whose feed it is, and costs the others nothing.
 * Method: a whole gateway without a socket; the streams are read by hand.
 */
import { afterEach, expect, test, vi } from "vitest";
import { askAdmin, badRequest } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import { Unavailable } from "../../core/errors.ts";
import { READERS_MAX } from "./event-feed.ts";
import { BATCH_MS } from "./line-batch.ts";
import { FEED_ENTRY, FEED_HELLO } from "./wire.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway({ answer: () => "hi", ...options });
  ends.push(whole.end);
  await whole.start();
  return whole;
}

/** Follows the feed until it is closed. */
async function follow(whole: AssembledGateway, query = "", lastSeen?: string) {
  const headers = lastSeen === undefined ? {} : { "last-event-id": lastSeen };
  const response = await askAdmin(whole, `/api/event-feed${query}`, { headers });
  expect(response.status).toBe(200);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = "";
  return {
    close: () => reader.cancel(),
    async until(wanted: RegExp): Promise<string> {
      while (!wanted.test(text)) {
        const { value, done } = await reader.read();
        if (done) break;
        text += decoder.decode(value, { stream: true });
      }
      return text;
    },
  };
}

function entriesIn(text: string) {
  return [...text.matchAll(/^data: (\{"id.*)$/gm)].map(([, line = ""]) => FEED_ENTRY.parse(JSON.parse(line)));
}

/** Two people have been answered; the conversation and the turn of the first. */
async function spoken(whole: AssembledGateway) {
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  await whole.simulator.person("Ubob").says("a word of his");
  await whole.clock.advance(1_000);
  const { fields = {} } = whole.lines.find(({ message }) => message === "turn handed to the agent") ?? {};
  return { conversationId: String(fields.conversationId), turnId: String(fields.turnId) };
}

test("the first event is a hello with the process and how many there are", async () => {
  const whole = await started();
  const feed = await follow(whole);
  const text = await feed.until(/event: hello\ndata: .*\n\n/);
  await feed.close();
  const hello = FEED_HELLO.parse(JSON.parse(/event: hello\ndata: (.*)/.exec(text)?.[1] ?? ""));
  expect(hello.nodes).toBe(1);
  expect(hello.owner).toMatch(/^owner_/);
});

test("the hello comes again with a heartbeat when a process has come or gone, and not otherwise", async () => {
  let others = 1;
  const node = (owner: string) => ({ owner, isAlive: true, aliveUntil: null, version: null });
  const whole = await started({
    wrapStore: (store) => ({
      ...store,
      listNodes: async () => [node("owner_a"), ...Array.from({ length: others }, () => node("owner_b"))],
    }),
  });
  const feed = await follow(whole);
  await feed.until(/"nodes":2/);
  const afterTwo = feed.until(/heartbeat.*heartbeat/s);
  await whole.clock.advance(30_000);
  expect((await afterTwo).match(/event: hello/g)).toHaveLength(1);
  others = 0;
  const afterOne = feed.until(/"nodes":1/);
  await whole.clock.advance(15_000);
  expect((await afterOne).match(/event: hello/g)).toHaveLength(2);
  await feed.close();
});

test("while the store is unavailable the feed is there all the same, and how many there are isn't known", async () => {
  const whole = await started({
    wrapStore: (store) => ({ ...store, listNodes: () => Promise.reject(new Unavailable("the database is away")) }),
  });
  const feed = await follow(whole);
  expect(await feed.until(/event: hello\ndata: .*\n\n/)).toMatch(/"nodes":null/);
  await feed.close();
});

test("a conversation's, a turn's and a channel's feed has their lines alone, missed and new ones", async () => {
  const whole = await started();
  const { conversationId, turnId } = await spoken(whole);
  for (const [query, isOf] of [
    [
      `?conversation=${conversationId}`,
      (fields: object) => "conversationId" in fields && fields.conversationId === conversationId,
    ],
    [`?turn=${turnId}`, (fields: object) => "turnId" in fields && fields.turnId === turnId],
    ["?channel=line", (fields: object) => "channel" in fields && fields.channel === "line"],
  ] as const) {
    const feed = await follow(whole, query);
    const seen = entriesIn(await feed.until(/delivery sent/));
    await feed.close();
    expect(seen.length, query).toBeGreaterThan(1);
    expect(
      seen.filter(({ fields }) => !isOf(fields)),
      query,
    ).toEqual([]);
  }
  const none = await follow(whole, "?channel=messenger");
  const reading = none.until(/heartbeat/);
  await whole.clock.advance(15_000);
  expect(entriesIn(await reading)).toEqual([]);
  await none.close();
});

test("a level lets that and the graver ones through", async () => {
  const whole = await started({ agent: failing });
  await spoken(whole);
  const feed = await follow(whole, "?level=warn");
  const levels = new Set(entriesIn(await feed.until(/it will be handed out again/)).map(({ level }) => level));
  await feed.close();
  expect(levels.has("info")).toBe(false);
  expect(levels.has("warn")).toBe(true);
});

const failing = {
  name: "failing",
  isReachable: () => true,
  invoke: async () => ({ kind: "failed" as const, reason: "not now", retryAfterMs: 60_000 }),
  close: async () => undefined,
};

test("a reader whose filter lets nothing through resumes after the newest heartbeat without a gap", async () => {
  const whole = await started();
  const quiet = await follow(whole, "?channel=messenger");
  await spoken(whole);
  const reading = quiet.until(/heartbeat\nid: .*\n\n/);
  await whole.clock.advance(15_000);
  const lastSeen = /heartbeat\nid: (.*)\n/.exec(await reading)?.[1] ?? "";
  await quiet.close();
  await whole.simulator.person("Uann").says("more");
  const resumed = await follow(whole, "", lastSeen);
  const text = await resumed.until(/event accepted/);
  await resumed.close();
  expect(text).not.toContain("event: gap");
  expect(entriesIn(text).map(({ message }) => message)).not.toContain("process lease valid");
});

test("a reader too many is told to close one, and may come when one has gone", async () => {
  const whole = await started();
  const feeds = [];
  for (let reader = 0; reader < READERS_MAX; reader++) feeds.push(await follow(whole));
  const response = await askAdmin(whole, "/api/event-feed");
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({ detail: expect.stringContaining(String(READERS_MAX)) });
  await feeds.pop()?.close();
  feeds.push(await follow(whole));
  for (const feed of feeds) await feed.close();
});

test("a HEAD takes no reader's place", async () => {
  const whole = await started();
  for (let head = 0; head < READERS_MAX; head++) {
    expect((await askAdmin(whole, "/api/event-feed", { method: "HEAD" })).status).toBe(200);
  }
  await (await follow(whole)).close();
});

test("a line is made into text once for all readers, and not at all without one", async () => {
  const whole = await started();
  const stringify = vi.spyOn(JSON, "stringify");
  const madeOf = () => stringify.mock.calls.filter(([value]) => value?.message === "event accepted").length;
  try {
    await spoken(whole);
    expect(madeOf()).toBe(0);
    const feeds = [await follow(whole), await follow(whole), await follow(whole)];
    expect(madeOf()).toBe(2);
    await whole.simulator.person("Uann").says("more");
    await whole.clock.advance(BATCH_MS);
    for (const feed of feeds) {
      expect(entriesIn(await feed.until(/(event accepted[\s\S]*){3}/)).length).toBeGreaterThan(2);
      await feed.close();
    }
    expect(madeOf()).toBe(3);
  } finally {
    stringify.mockRestore();
  }
});

test("lines of one moment reach a reader together, in their order, and none stays behind", async () => {
  const whole = await started();
  const response = await askAdmin(whole, "/api/event-feed", {});
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  await spoken(whole);
  const written = whole.lines.filter(({ level }) => level !== "debug").length;
  const chunks: string[] = [];
  while (entriesIn(chunks.join("")).length < written) {
    const { value } = await reader.read();
    chunks.push(new TextDecoder().decode(value));
  }
  await reader.cancel();
  const numbers = entriesIn(chunks.join("")).map(({ id }) => Number(id.split(".")[1]));
  expect(numbers).toEqual(Array.from({ length: written }, (_, index) => index + 1));
  expect(chunks.filter((chunk) => entriesIn(chunk).length > 0).length).toBeLessThan(written / 2);
});

test("a line that waits for others comes before the heartbeat that is newer, and before the gateway's end", async () => {
  const whole = assembleGateway({ answer: () => "hi" });
  const running = await whole.start();
  const feed = await follow(whole);
  await whole.clock.advance(15_000 - BATCH_MS / 2);
  await whole.simulator.person("Uann").says("hi");
  await whole.clock.advance(BATCH_MS / 2);
  expect(await feed.until(/: heartbeat/)).toMatch(/event accepted[\s\S]*: heartbeat/);
  await whole.clock.advance(BATCH_MS);
  await whole.simulator.person("Ubob").says("hi");
  const stopped = running.stop();
  ends.push(async () => {
    await whole.clock.advance(10_000);
    await stopped;
  });
  expect(await feed.until(/never/)).toMatch(/: heartbeat[\s\S]*event accepted/);
});

test("a reader that reads nothing is let go after 1,000 lines", async () => {
  const whole = await started();
  const idle = (await askAdmin(whole, "/api/event-feed", {})).body as ReadableStream<Uint8Array>;
  for (let person = 0; whole.lines.length < 1_500; person++) {
    await whole.simulator.person(`Uann${person}`).says("hi");
    await whole.clock.advance(1_000);
  }
  const read = await new Response(idle).text();
  const got = entriesIn(read).length;
  expect(got).toBeGreaterThan(900);
  expect(got).toBeLessThanOrEqual(1_000);
});

test("a filter that isn't one is a 400 that names it", async () => {
  const whole = await started();
  expect(await badRequest(whole, "/api/event-feed?level=loud")).toMatch(/level/);
  expect(await badRequest(whole, "/api/event-feed?peer=Uann")).toMatch(/peer/);
  expect(await badRequest(whole, "/api/event-feed?turn=")).toMatch(/turn/);
});
