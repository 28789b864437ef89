/**
 * Goal: the admin API answers correctly, only to the operator, and performs each action once.
 * Method: a whole gateway without a socket; answers are decoded with the server's schemas.
 */
import { afterEach, describe, expect, test } from "vitest";
import { z } from "zod";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import { Unavailable } from "../../core/errors.ts";
import { BATCH_MS } from "./line-batch.ts";
import { FEED_ENTRY, WIRE } from "./wire.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function assembled(options: AssemblyOptions = {}): AssembledGateway {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  return whole;
}

const LOCAL = "http://localhost:8081";

function visit(whole: AssembledGateway, path: string, init: RequestInit = {}, base = LOCAL) {
  return whole.gateway.adminFetch(new Request(`${base}${path}`, init));
}

function ask(whole: AssembledGateway, path: string, init: RequestInit = {}, base = LOCAL) {
  return visit(whole, `/api${path}`, init, base);
}

async function read<K extends keyof typeof WIRE>(whole: AssembledGateway, kind: K, path: string) {
  const response = await ask(whole, path);
  expect(response.status, path).toBe(200);
  return z.decode(WIRE[kind], (await response.json()) as never) as z.output<(typeof WIRE)[K]>;
}

function order(whole: AssembledGateway, body: unknown, headers: Record<string, string> = {}) {
  const init = {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  };
  return ask(whole, "/actions", init);
}

/** A person whose turn the agent refuses. */
async function withDeadTurn(options: AssemblyOptions = {}) {
  let isWell = false;
  const whole = assembled({
    agent: {
      name: "moody",
      isReachable: () => true,
      invoke: async () =>
        isWell
          ? { kind: "answered" as const, replies: [{ type: "text" as const, text: "here I am" }] }
          : { kind: "rejected" as const, reason: "the agent answered 400" },
      close: async () => undefined,
    },
    ...options,
  });
  await whole.start();
  await whole.simulator.person("Uann").says("a word of hers");
  await settled(whole, async () =>
    (await whole.store.countWaiting()).some(({ state, count }) => state === "dead" && count > 0),
  );
  const [item] = (await read(whole, "waiting", "/waiting")).items;
  if (item === undefined) throw new Error("nothing died");
  return { whole, item, getWell: () => (isWell = true) };
}

/** Advances the manual clock until the condition holds. */
async function settled(whole: AssembledGateway, isSo: () => Promise<boolean>): Promise<void> {
  for (let step = 0; step < 200; step++) {
    if (await isSo()) return;
    await whole.clock.advance(100);
  }
  throw new Error("it did not come to be so");
}

describe("authorization", () => {
  const PATHS = [
    "/api/overview",
    "/api/accounts",
    "/api/waiting",
    "/api/conversations",
    "/api/search?q=x",
    "/api/actions",
    "/api/items/x",
    "/api/event-feed",
    "/metrics",
    "/nothing",
  ];

  test("with a token every path requires it", async () => {
    const whole = assembled({ settings: { adminToken: "the-token" } });
    for (const path of PATHS) {
      for (const headers of [{}, { authorization: "Bearer wrong" }, { authorization: "the-token" }]) {
        const response = await visit(whole, path, { headers });
        expect(response.status, path).toBe(401);
        expect(response.headers.get("content-type")).toBe("application/problem+json");
      }
    }
    const right = { headers: { authorization: "Bearer the-token" } };
    expect((await ask(whole, "/overview", right, "https://admin.example")).status).toBe(200);
  });

  test("without a token only loopback host names are allowed", async () => {
    const whole = assembled();
    for (const base of ["http://127.0.0.1:8081", "http://[::1]:8081", LOCAL]) {
      expect((await ask(whole, "/overview", {}, base)).status, base).toBe(200);
      expect((await visit(whole, "/metrics", {}, base)).status, base).toBe(200);
    }
    for (const base of ["http://rebound.example:8081", "http://127.0.0.1.nip.io", "http://10.0.0.5:8081"]) {
      for (const path of PATHS) expect((await visit(whole, path, {}, base)).status, `${base}${path}`).toBe(403);
    }
  });

  test("whoever opens a refused address in a browser reads a sentence and no JSON", async () => {
    const headers = { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8" };
    const response = await visit(assembled(), "/", { headers }, "http://10.0.0.5:8081");
    expect(response.status).toBe(403);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain/);
    expect(await response.text()).toMatch(/^Turnpike refuses this request\. Host: without TURNPIKE_ADMIN_TOKEN/);
  });

  test("other origins are refused", async () => {
    const whole = assembled();
    for (const origin of ["https://evil.example", "http://localhost:3000", "null"]) {
      expect((await ask(whole, "/overview", { headers: { origin } })).status, origin).toBe(403);
      expect((await visit(whole, "/metrics", { headers: { origin } })).status, origin).toBe(403);
      expect((await order(whole, {}, { origin })).status, origin).toBe(403);
    }
    expect((await ask(whole, "/overview", { headers: { origin: LOCAL } })).status).toBe(200);
  });
});

test("regression: what isn't there is a problem that quotes nothing of the request", async () => {
  const whole = assembled();
  for (const [method, path] of [
    ["GET", "/a-secret-typed-here"],
    ["POST", "/overview"],
    ["GET", "/sign-in"],
    ["GET", ""],
  ] as const) {
    const response = await ask(whole, path, { method });
    expect(response.status, path).toBe(404);
    expect(response.headers.get("content-type"), path).toBe("application/problem+json");
    expect(await response.text()).not.toContain("secret");
  }
});

describe("queries", () => {
  test("counts, accounts, dead letters with reasons, and a conversation's timeline", async () => {
    const { whole, item } = await withDeadTurn();
    const overview = await read(whole, "overview", "/overview");
    expect(overview.waiting.find(({ state }) => state === "dead")).toMatchObject({ count: 1 });
    expect(overview.agent).toBe("reachable");
    expect((await read(whole, "accounts", "/accounts")).accounts).toMatchObject([
      { channel: "line", account: "default", stopped: null, isConfigured: true },
    ]);
    expect(item).toMatchObject({ kind: "turn", state: "dead", reason: "the agent answered 400" });
    expect(item.advice.why).toMatch(/didn't answer/);
    expect(item.advice.can.map(({ action }) => action)).toEqual(["replay", "discard"]);
    const { items } = await read(whole, "conversations", "/conversations?channel=line");
    expect(items).toMatchObject([{ conversation: { peerId: "Uann" }, newestTurn: { turnId: item.id, state: "dead" } }]);
    const { conversationId } = item.conversation;
    const timeline = await read(whole, "timeline", `/conversations/${conversationId}/timeline`);
    expect(timeline.entries.map(({ kind }) => kind)).toEqual(["turn", "event"]);
    expect(JSON.stringify(timeline)).toContain("a word of hers");
    expect(JSON.stringify(await read(whole, "item", `/items/${item.id}`))).toContain("a word of hers");
    expect((await read(whole, "search", "/search?q=Uann")).found).toMatchObject([{ kind: "conversation" }]);
  });

  test("lists contain no message content", async () => {
    const { whole, item } = await withDeadTurn();
    await order(whole, { actionId: "a1", action: "discard", id: item.id });
    for (const path of ["/overview", "/accounts", "/waiting", "/conversations", "/search?q=Uann", "/actions"]) {
      expect(await (await ask(whole, path)).text(), path).not.toContain("a word of hers");
    }
  });

  test("an invalid query is a 400 that names the field and not its value", async () => {
    const whole = assembled();
    const wrong = {
      "/waiting?state=alive": /state/,
      "/waiting?limit=0": /limit/,
      "/waiting?since=yesterday": /since/,
      "/waiting?colour=red": /./,
      "/search": /q/,
      "/actions?limit=many": /limit/,
    };
    for (const [path, words] of Object.entries(wrong)) {
      const response = await ask(whole, path);
      expect(response.status, path).toBe(400);
      const { detail } = (await response.json()) as { detail: string };
      expect(detail, path).toMatch(words);
      expect(detail).not.toMatch(/alive|yesterday|many/);
    }
    for (const path of ["/items/turn_x", "/conversations/conv_x/timeline", "/nothing"]) {
      expect((await ask(whole, path)).status, path).toBe(404);
    }
  });

  test("a store that is unavailable is a 503 and nothing else", async () => {
    const away = async () => {
      throw new Unavailable("the database is unavailable");
    };
    const whole = assembled({ wrapStore: (store) => ({ ...store, listWaiting: away, countWaiting: away }) });
    for (const path of ["/waiting", "/overview"]) {
      const response = await ask(whole, path);
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
    }
  });

  test("an unexpected error is a 500 without details, which are in the log", async () => {
    const broken = async () => {
      throw new Error("a detail of ours");
    };
    const whole = assembled({ wrapStore: (store) => ({ ...store, readItem: broken }) });
    const response = await ask(whole, "/items/turn_x");
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain("a detail");
    expect(whole.lines.at(-1)).toMatchObject({ level: "error", fields: { reason: "a detail of ours" } });
  });
});

describe("an action", () => {
  test("replays a dead turn once, and is recorded", async () => {
    const { whole, item, getWell } = await withDeadTurn();
    getWell();
    const replay = { actionId: "a1", action: "replay", id: item.id };
    for (const isRepeated of [false, true]) {
      const response = await order(whole, replay);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ kind: "done", from: "dead", to: "ready", isRepeated });
    }
    await settled(whole, async () => whole.simulator.seenBy("Uann").length > 0);
    expect(whole.simulator.seenBy("Uann")).toHaveLength(1);
    expect((await read(whole, "actions", "/actions")).items).toMatchObject([
      { actor: "loopback", action: "replay", id: item.id, from: "dead", to: "ready" },
    ]);
    expect((await read(whole, "waiting", "/waiting")).items).toEqual([]);
  });

  test("takes a failing turn from the agent that has it, whose call ends at once", async () => {
    let calls = 0;
    let isCancelled = false;
    const whole = assembled({
      agent: {
        name: "hung",
        isReachable: () => true,
        invoke: (_turn, signal) => {
          if (++calls <= 2) return Promise.resolve({ kind: "failed", reason: "no answer", retryAfterMs: 0 });
          return new Promise(() => signal.addEventListener("abort", () => (isCancelled = true)));
        },
        close: async () => undefined,
      },
    });
    await whole.start();
    await whole.simulator.person("Uann").says("a word of hers");
    await settled(whole, async () => calls === 3);
    const [item] = (await read(whole, "waiting", "/waiting")).items;
    expect(item).toMatchObject({ kind: "turn", state: "leased" });
    expect((await order(whole, { actionId: "a1", action: "discard", id: item?.id })).status).toBe(200);
    expect(isCancelled).toBe(true);
  });

  test("that isn't possible is a 409 with the reason, and one on an unknown item a 404", async () => {
    const { whole, item } = await withDeadTurn();
    const response = await order(whole, { actionId: "a1", action: "sent", id: item.id });
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ status: 409, operated: { kind: "refused", why: "wrong-state" } });
    expect((await order(whole, { actionId: "a1", action: "replay", id: "turn_x" })).status).toBe(404);
    expect((await order(whole, { actionId: "a2", action: "discard", id: item.id })).status).toBe(200);
    expect((await order(whole, { actionId: "a2", action: "replay", id: item.id })).status).toBe(409);
  });

  test("must be small, valid JSON", async () => {
    const whole = assembled();
    const good = { actionId: "a1", action: "replay", id: "turn_x" };
    expect((await order(whole, good, { "content-type": "text/plain" })).status).toBe(415);
    expect((await order(whole, { ...good, id: "x".repeat(20_000) })).status).toBe(413);
    for (const bad of [
      {},
      { ...good, action: "delete" },
      { ...good, actionId: "" },
      { ...good, actor: "me" },
      [],
      null,
    ]) {
      const response = await order(whole, bad);
      expect(response.status, JSON.stringify(bad)).toBe(400);
    }
  });
});

describe("the event feed", () => {
  /** Reads until the text matches. */
  async function readUntil(response: Response, wanted: RegExp): Promise<string> {
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const decoder = new TextDecoder();
    let text = "";
    while (!wanted.test(text)) {
      const { value, done } = await reader.read();
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
    await reader.cancel();
    return text;
  }

  const feedEntriesIn = (text: string) =>
    [...text.matchAll(/^data: (\{"id.*)$/gm)].map((match) => FEED_ENTRY.parse(JSON.parse(match[1] ?? "")));

  test("sends events, missed events, and a gap", async () => {
    const whole = assembled({ answer: () => "hi" });
    await whole.start();
    const first = await ask(whole, "/event-feed");
    expect(first.headers.get("content-type")).toBe("text/event-stream");
    await whole.simulator.person("Uann").says("a word of hers");
    await whole.clock.advance(BATCH_MS);
    const text = await readUntil(first, /event accepted/);
    expect(text).not.toContain("a word of hers");
    const seen = feedEntriesIn(text);
    const last = seen.at(-1)?.id ?? "";
    await whole.simulator.person("Uann").says("more");
    const again = await ask(whole, "/event-feed", { headers: { "last-event-id": last } });
    const missed = await readUntil(again, /event accepted/);
    expect(missed).not.toContain("event: gap");
    expect(feedEntriesIn(missed).map(({ id }) => id)).not.toContain(last);
    const other = await ask(whole, "/event-feed", { headers: { "last-event-id": "owner_of_before.7" } });
    expect(await readUntil(other, /event accepted/)).toContain("event: gap");
  });

  test("sends heartbeats, and ends when the gateway stops", async () => {
    const whole = assembled();
    const running = await whole.start();
    const response = await ask(whole, "/event-feed");
    const reading = readUntil(response, /heartbeat/);
    await whole.clock.advance(15_000);
    expect(await reading).toContain(": heartbeat");
    const open = await ask(whole, "/event-feed");
    const ended = readUntil(open, /never/);
    const stopped = running.stop();
    await whole.clock.advance(10_000);
    await Promise.all([ended, stopped]);
  });
});
