/**
 * Goal: a proactive message to a known peer is sent once per idempotency key, by the same outbox as every answer, and
 * its response has the cost.
 * Method: a whole gateway without a socket, LINE over its simulator; the clock is manual.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AssembledGateway, assembleGateway } from "../../test/support/assembled-gateway.ts";

const TOKEN = "agent-token";

let whole: AssembledGateway;
beforeEach(async () => {
  whole = assembleGateway({ settings: { agentToken: TOKEN } });
  await whole.start();
  await whole.simulator.person("Uann").says("hi");
  await whole.clock.settle();
});
afterEach(() => whole.end());

async function post(body: object, token = TOKEN) {
  const bytes = new TextEncoder().encode(
    JSON.stringify({ channel: "line", peerId: "Uann", replies: ["news"], ...body }),
  );
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await whole.post("/v1/messages", bytes, headers);
  await whole.clock.settle();
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

const seen = () => whole.simulator.seenBy("Uann").map(({ text }) => text);

test("it is sent with an unused reply token, else by a paid push; the response says which", async () => {
  expect(await post({})).toEqual({
    status: 202,
    body: { deliveryIds: [expect.stringMatching(/^dlv_/)], routes: ["reply"], paid: 0 },
  });
  expect(await post({ replies: ["more news"] })).toMatchObject({ status: 202, body: { routes: ["push"], paid: 1 } });
  expect(seen()).toEqual(["news", "more news"]);
  expect(whole.simulator.calls.map(({ path }) => path)).toEqual(["/v2/bot/message/reply", "/v2/bot/message/push"]);
});

test("six messages are two calls, one of them with the reply token", async () => {
  const replies = ["1", "2", "3", "4", "5", "6"];
  expect(await post({ replies })).toMatchObject({ body: { routes: ["reply", "push"], paid: 1 } });
  expect(seen()).toEqual(replies);
});

test("what LINE is known to refuse is dead, is said so beforehand and takes no token", async () => {
  const bad = { type: "raw", channel: "line", message: { type: "text" } };
  expect(await post({ replies: [bad, "news"] })).toMatchObject({ body: { routes: [null, "reply"], paid: 0 } });
  expect(seen()).toEqual(["news"]);
  expect(await whole.count("deliveries_total", { outcome: "dead" })).toBe(1);
});

test("what the month's quota has no room for is promised no route: it is parked", async () => {
  whole.simulator.quota.limit = 2;
  await post({});
  // The count is read some seconds after a paid message.
  await post({ replies: ["one"] });
  await whole.clock.advance(10_000);
  const replies = Array.from({ length: 6 }, (_, n) => `${n}`);
  expect(await post({ replies })).toMatchObject({ body: { routes: ["push", null], paid: 1 } });
  await whole.clock.advance(1_000);
  expect(whole.simulator.quota.used).toBe(2);
  expect(await whole.count("deliveries_total", { outcome: "parked" })).toBe(1);
});

test("while the account is stopped none is promised a route: it waits", async () => {
  whole.simulator.faults.next("reply", { at: "before-accept", how: 401 });
  whole.simulator.besideFaults.next("beside", { at: "before-accept", how: 401, times: 2 });
  await post({ replies: ["first"] });
  const replies = ["1", "2", "3", "4", "5", "6"];
  expect(await post({ replies })).toMatchObject({ status: 202, body: { routes: [null, null], paid: 0 } });
  await whole.clock.advance(30_000);
  expect(seen()).toEqual(["first", ...replies]);
  expect(await post({ replies: ["last"] })).toMatchObject({ body: { routes: ["push"], paid: 1 } });
});

test("a key is taken once, and its repeat is told the same", async () => {
  const first = await post({ idempotencyKey: "order-7" });
  const again = await post({ idempotencyKey: "order-7" });
  expect(again.status).toBe(202);
  expect(again.body).toMatchObject({ deliveryIds: first.body.deliveryIds, repeated: true });
  expect(seen()).toEqual(["news"]);
});

test("after deliverBy it is dead, counted and never sent", async () => {
  whole.simulator.quota.limit = 0;
  await post({});
  const deliverBy = new Date(whole.clock.now() + 60_000).toISOString();
  await post({ replies: ["old by then"], deliverBy });
  await whole.clock.advance(120_000);
  expect(await whole.count("deliveries_total", { outcome: "dead" })).toBe(1);
  await whole.simulator.person("Uann").says("anything?");
  await whole.clock.advance(120_000);
  expect(seen()).toEqual(["news"]);
});

test.each<[object, number, RegExp]>([
  [{ peerId: "Unobody" }, 404, /^peerId: no message of this peer/],
  [{ channel: "fax" }, 404, /^channel, account: /],
  [{ account: "other" }, 404, /^channel, account: /],
  [{ replies: [] }, 400, /^replies: read a list of 0; allowed is at least 1 entries$/],
  [{ replies: [{ type: "raw", channel: "fax", message: {} }] }, 400, /^replies\[0\]\.channel: /],
  [{ deliverBy: "tomorrow" }, 400, /^deliverBy: read a text of 8 characters; allowed is a time as in/],
  [{ deliverBy: "2020-01-01T00:00:00Z" }, 400, /^deliverBy: read a time in the past/],
  [{ peerId: 7 }, 400, /^peerId: read a number; allowed is a text$/],
])("%j is a %i that names the field", async (body, status, message) => {
  expect(await post(body)).toEqual({ status, body: { message: expect.stringMatching(message) } });
  expect(seen()).toEqual([]);
});

test("without the token it is a 401, and without a configured one a 404", async () => {
  expect(await post({}, "other")).toMatchObject({ status: 401 });
  const closed = assembleGateway();
  await closed.start();
  expect((await closed.post("/v1/messages", new Uint8Array(), {})).status).toBe(404);
  await closed.end();
});
