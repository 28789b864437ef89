/**
 * Goal: each number of the overview can be opened as rows, and a message's transcript says when, why and until when.
 * Method: a whole gateway without a socket; answers are decoded with the server's schemas.
 */
import { afterEach, describe, expect, test } from "vitest";
import { askAdmin, readAdmin } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import { WIRE } from "./wire.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const WORDS = "a word of hers";

/** Three people have written; the first is answered, if the platform lets us. */
async function withThree(options: AssemblyOptions = {}) {
  const whole = assembleGateway({ answer: ({ text }) => `You said: ${text}`, ...options });
  ends.push(whole.end);
  await whole.start();
  for (const name of ["Uann", "Ubob", "Ucarl"]) await whole.simulator.person(name).says(WORDS);
  await whole.clock.settle();
  return whole;
}

/** Fails for each state whose rows aren't those that are counted. */
async function expectRowsAsCounted(whole: AssembledGateway): Promise<readonly string[]> {
  const { waiting } = await readAdmin(whole, WIRE.overview, "/api/overview");
  for (const { state, count } of waiting) {
    const { items } = await readAdmin(whole, WIRE.waiting, `/api/waiting?state=${state}&limit=200`);
    expect(items.map((item) => item.state)).toEqual(Array(count).fill(state));
  }
  return waiting.filter(({ count }) => count > 0).map(({ state }) => state);
}

describe("what waits", () => {
  test("of a stopped account has rows, which say so, and what the overview counts", async () => {
    const whole = await withThree({ channel: { channelAccessToken: "revoked" } });
    expect(await expectRowsAsCounted(whole)).toContain("pending");
    const { items } = await readAdmin(whole, WIRE.waiting, "/api/waiting?state=pending&why=stopped");
    expect(items.length).toBeGreaterThan(0);
    expect(items).toEqual((await readAdmin(whole, WIRE.waiting, "/api/waiting?state=pending")).items);
    expect((await readAdmin(whole, WIRE.waiting, "/api/waiting?why=slow,behind&scope=all")).items).toEqual([]);
  });

  test("for the person to pause, or for the agent, has rows, and nothing for an operator to do", async () => {
    const hung = { name: "hung", isReachable: () => true, close: async () => undefined };
    const invoke = (_turn: unknown, signal: AbortSignal) =>
      new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const whole = await withThree({ agent: { ...hung, invoke } });
    expect(await expectRowsAsCounted(whole)).toEqual(["leased"]);
    await whole.clock.advance(1_000);
    await whole.simulator.person("Uann").says("more");
    await whole.clock.settle();
    expect(await expectRowsAsCounted(whole)).toEqual(["ready", "leased"]);
    const { items } = await readAdmin(whole, WIRE.waiting, "/api/waiting?state=ready");
    expect(items).toMatchObject([{ kind: "turn", why: "behind", advice: { can: [] } }]);
    expect(items[0]?.dueAt).not.toBeNull();
    expect((await readAdmin(whole, WIRE.waiting, "/api/waiting")).items).toEqual([]);
    expect((await readAdmin(whole, WIRE.waiting, "/api/waiting?scope=all")).items).toHaveLength(4);
    const until = new Date(items[0]?.since ?? 0).toISOString();
    expect((await readAdmin(whole, WIRE.waiting, `/api/waiting?scope=all&until=${until}`)).items).toHaveLength(3);
  });

  test("is asked for by known words only", async () => {
    const whole = await withThree();
    for (const [path, field] of [
      ["/waiting?why=tired", /why/],
      ["/waiting?until=soon", /until/],
      ["/waiting?scope=mine", /scope/],
      ["/conversations?kind=crowd", /kind/],
      ["/conversations?state=asleep", /state/],
      ["/conversations?q=", /q/],
      ["/conversations/conv_x/timeline?type=", /type/],
    ] as const) {
      const response = await askAdmin(whole, `/api${path}`);
      expect(response.status, path).toBe(400);
      expect(((await response.json()) as { detail: string }).detail, path).toMatch(field);
    }
  });
});

describe("a conversation", () => {
  test("is listed with who spoke last, and its list has no word of what was said", async () => {
    const whole = await withThree();
    const { items } = await readAdmin(whole, WIRE.conversations, "/api/conversations?q=UANN&state=done,dead&kind=user");
    expect(items).toMatchObject([
      { conversation: { peerId: "Uann" }, lastDirection: "out", needsOperator: false, senders: [{ id: "Uann" }] },
    ]);
    const all = await askAdmin(whole, "/api/conversations");
    expect(await all.text()).not.toContain(WORDS);
    const { conversationId } = items[0]?.conversation ?? { conversationId: "" };
    expect(await readAdmin(whole, WIRE.conversation, `/api/conversations/${conversationId}`)).toMatchObject({
      ...{ conversationId, windowEndsAt: null, pausedUntil: null, peerIds: [], senders: [{ id: "Uann" }] },
    });
    expect((await askAdmin(whole, "/api/conversations/conv_x")).status).toBe(404);
  });

  test("shows an unfollow in its timeline, which is filtered by the events' types", async () => {
    const whole = await withThree();
    await whole.simulator.person("Uann").blocks();
    await whole.clock.settle();
    const [found] = (await readAdmin(whole, WIRE.search, "/api/search?q=Uann")).found;
    const timeline = `/conversations/${found?.id ?? ""}/timeline`;
    const typesOf = async (query: string) =>
      (await readAdmin(whole, WIRE.timeline, `/api${timeline}${query}`)).entries.flatMap((entry) =>
        entry.kind === "event" ? [entry.type] : [],
      );
    expect(await typesOf("")).toEqual(["message", "unfollow"]);
    expect(await typesOf("?type=unfollow,reaction")).toEqual(["unfollow"]);
  });

  test("tells which delivery spent the reply token, and never the token", async () => {
    const whole = await withThree();
    const { replyToken } = await whole.simulator.person("Udora").says(WORDS);
    await whole.clock.settle();
    const [found] = (await readAdmin(whole, WIRE.search, "/api/search?q=Udora")).found;
    const path = `/conversations/${found?.id ?? ""}/timeline`;
    const { entries } = await readAdmin(whole, WIRE.timeline, `/api${path}`);
    const delivery = entries.find((entry) => entry.kind === "delivery");
    const event = entries.find((entry) => entry.kind === "event");
    expect(event?.replyToken).toMatchObject({ state: "spent", deliveryId: delivery?.deliveryId });
    expect(delivery).toMatchObject({ route: "reply", contentDeleted: false });
    expect(delivery?.routeReason).toBe("own-token");
    expect(replyToken).not.toBeNull();
    expect(await (await askAdmin(whole, `/api${path}`)).text()).not.toContain(replyToken);
  });
});

test("a call is found by the platform's request id, and a turn by the first digits of its id", async () => {
  const whole = await withThree();
  const [found] = (await readAdmin(whole, WIRE.search, "/api/search?q=Uann")).found;
  const { entries } = await readAdmin(whole, WIRE.timeline, `/api/conversations/${found?.id ?? ""}/timeline`);
  const attempt = entries.find((entry) => entry.kind === "attempt");
  const turn = entries.find((entry) => entry.kind === "turn");
  const byRequest = await readAdmin(whole, WIRE.search, `/api/search?q=${attempt?.requestId ?? ""}`);
  expect(byRequest).toMatchObject({ found: [{ kind: "delivery", id: attempt?.deliveryId }], requestsSince: null });
  const byDigits = await readAdmin(whole, WIRE.search, `/api/search?q=${turn?.turnId.slice(0, -3) ?? ""}`);
  expect(byDigits.found).toContainEqual(expect.objectContaining({ kind: "turn", id: turn?.turnId }));
});
