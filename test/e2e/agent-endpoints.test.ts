/**
 * Goal: an agent behind HTTP gets each turn as DESIGN §7 writes it, signed so that it can trust it, and can answer it
 * in each of the promised ways.
 * Method: a real HTTP server that checks every signature with the official library; each test is another person.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { AGENT_SECRET, answers, answersLater, inTurn, type Script } from "./support/agent.ts";
import { until } from "./support/eventually.ts";
import { postDeferredReply } from "./support/reply-api.ts";
import { AGENT_TOKEN, type Somebody, startWorld, UNTIL_A_TAP, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const TURN_STATE = `
  SELECT t.state FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE c.peer_id = ? ORDER BY t.seq`;

const stateOf = (person: Somebody) => world.gateway.value(TURN_STATE, person.id);

/** Somebody whose message the agent has accepted for later. */
async function waiting(script: Script = () => answersLater) {
  const person = world.somebody();
  person.isAnsweredBy(script);
  await person.says("take your time");
  const [handed] = await person.hasTurns(1);
  if (handed === undefined) throw new Error("no turn");
  const { turnId, fence } = handed.turn;
  const answer = (body: object) => postDeferredReply(world.gateway, turnId, { fence, ...body });
  return { person, turnId, fence, answer };
}

describe.concurrent("a turn on its way to the agent", () => {
  test("the official library accepts the signature, and its id is the turn's", async () => {
    const ann = world.somebody();
    const saidAt = Date.now();
    await ann.says("hi");
    const [handed] = await ann.hasTurns(1);
    const { body = "", headers = {}, turn } = handed ?? {};
    expect(handed?.signatureProblem).toBeNull();
    expect(new Webhook(AGENT_SECRET).verify(body, headers)).toEqual(turn);
    expect(() => new Webhook(AGENT_SECRET).verify(`${body} `, headers)).toThrow();
    expect(headers).toMatchObject({ "webhook-id": turn?.turnId, "content-type": "application/json" });
    // Whole seconds.
    expect(Number(headers["webhook-timestamp"])).toBeGreaterThanOrEqual(Math.floor(saidAt / 1_000) - 1);
    expect(Number(headers["webhook-timestamp"])).toBeLessThanOrEqual(Date.now() / 1_000 + 1);
  });

  test("the body is, field by field, what the public face says", async () => {
    const ann = world.somebody();
    const { text: says } = world.line.events;
    const [first, second] = [says(ann.source, "first"), says(ann.source, "second")];
    await world.line.post([first, second]);
    const [handed] = await ann.hasTurns(1);
    const turn = JSON.parse(handed?.body ?? "{}");
    const event = ({ webhookEventId, message }: typeof first, text: string) => ({
      eventId: expect.stringMatching(/^evt_\S+$/),
      platformEventId: webhookEventId,
      type: "message",
      sentAt: expect.stringMatching(ISO),
      receivedAt: expect.stringMatching(ISO),
      redelivered: false,
      sender: { id: ann.id, name: `Person ${ann.id}` },
      message: expect.objectContaining({ ...(message as object), type: "text", text }),
    });
    expect(turn).toEqual({
      schema: "turnpike.turn.v1",
      turnId: expect.stringMatching(/^turn_\S+$/),
      attempt: 1,
      fence: 1,
      channel: "line",
      account: "default",
      conversation: { id: expect.stringMatching(/^conv_\S+$/), kind: "user", peerId: ann.id },
      text: "first\nsecond",
      replyBy: expect.stringMatching(ISO),
      events: [event(first, "first"), event(second, "second")],
    });
    // The last free token dies 50 s after its webhook came in.
    expect(Date.parse(turn.replyBy) - Date.parse(turn.events[1].receivedAt)).toBe(50_000);
  });

  test("a sticker, a place and a tap keep what they say; the text says what has no words of its own", async () => {
    await using own = await startWorld({ env: UNTIL_A_TAP });
    const ann = own.somebody();
    await ann.sends({ type: "sticker", packageId: "446", stickerId: "1988" });
    await ann.sends({ type: "location", title: "here", address: "1 Street", latitude: 1.5, longitude: -2.5 });
    await ann.says("look");
    await ann.taps("buy=1");
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.text).toBe("[sticker]\n[location] here, 1 Street (1.5, -2.5)\nlook");
    expect(handed?.turn.events).toMatchObject([
      { type: "message", message: { type: "sticker", packageId: "446", stickerId: "1988" } },
      { type: "message", message: { type: "location", latitude: 1.5, longitude: -2.5 } },
      { type: "message", message: { type: "text", text: "look" } },
      { type: "postback", postback: { data: "buy=1" } },
    ]);
  });

  test("an agent without a secret gets its turns unsigned, and the log says so", async () => {
    await using own = await startWorld({ env: { TURNPIKE_AGENT_SECRET: undefined } });
    const ann = own.somebody();
    await ann.says("hi");
    const [handed] = await ann.hasTurns(1);
    expect(Object.keys(handed?.headers ?? {}).filter((name) => name.startsWith("webhook-"))).toEqual([]);
    expect(
      own.gateway.logs.filter(({ level, msg }) => level === "warn" && /TURNPIKE_AGENT_SECRET/.test(msg)),
    ).toHaveLength(1);
  });
});

describe.concurrent("an answer at once", () => {
  test("a 200 may hold bare strings, text replies and raw LINE messages", async () => {
    const ann = world.somebody();
    const sticker = { type: "sticker", packageId: "446", stickerId: "1988" };
    ann.isAnsweredBy(() =>
      answers("bare", { type: "text", text: "text" }, { type: "raw", channel: "line", message: sticker }),
    );
    await ann.says("hi");
    const bubbles = await ann.hasSeen(3);
    expect(bubbles.map(({ message }) => message)).toEqual([
      { type: "text", text: "bare" },
      { type: "text", text: "text" },
      sticker,
    ]);
  });

  test("a 204, and a 200 without replies, end the turn without a message", async () => {
    for (const answer of [{ status: 204 }, answers()]) {
      const ann = world.somebody();
      ann.isAnsweredBy(() => answer);
      await ann.says("hi");
      await until("the turn's end", () => stateOf(ann) === "done");
      expect(ann.seen()).toEqual([]);
    }
  });

  test("what can't be said is a dead letter that names the field, and what stands beside it is sent", async () => {
    const ann = world.somebody();
    ann.isAnsweredBy(() =>
      answers("the good part", { type: "raw", channel: "telegram", message: {} }, { type: "text" }),
    );
    await ann.says("hi");
    await ann.hasSeen(1);
    expect(ann.texts()).toEqual(["the good part"]);
    expect(ann.turns()).toHaveLength(1);
    const turnId = ann.turns()[0]?.turn.turnId;
    const dead = await world.gateway.hasLogged("delivery dead: it waits for a person", { turnId }, 2);
    expect(dead.map(({ reason }) => String(reason))).toEqual(
      expect.arrayContaining([
        expect.stringContaining("replies.2.text: read nothing"),
        expect.stringContaining("replies[1].channel"),
      ]),
    );
  });

  test.each<[string, unknown, string]>([
    ["a page in HTML", "<html>", "not JSON"],
    ["an object without replies", {}, "replies: read nothing"],
  ])("%s in a 200 is dead at once, and the log names the field", async (_what, body, reason) => {
    const ann = world.somebody();
    ann.isAnsweredBy(() => ({ status: 200, body }));
    await ann.says("hi");
    await until("a dead turn", () => stateOf(ann) === "dead");
    const turnId = ann.turns()[0]?.turn.turnId;
    const [line] = await world.gateway.hasLogged(
      "turn dead: its events are kept and it waits for a person",
      { turnId },
      1,
    );
    expect(line?.reason).toContain(reason);
    expect(ann.turns()).toHaveLength(1);
  });

  test("400, 410 and 422 are dead; anything else is tried again, a wrong secret or address too", async () => {
    const outcomes = [408, 425, 429, 500, 503, 400, 401, 403, 404, 410, 422].map(async (status) => {
      const ann = world.somebody();
      ann.isAnsweredBy(inTurn({ status }, answers("again")));
      await ann.says("hi");
      const state = await until(`the end of ${status}`, () => {
        const found = stateOf(ann);
        return (found === "done" || found === "dead") && found;
      });
      return [status, state];
    });
    const dead = [400, 410, 422];
    expect(await Promise.all(outcomes)).toEqual(
      [408, 425, 429, 500, 503, 400, 401, 403, 404, 410, 422].map((status) => [
        status,
        dead.includes(status) ? "dead" : "done",
      ]),
    );
  });

  test("Retry-After, in seconds or as a date, is waited for", async () => {
    const waits = [
      // Two clocks round here, the gateway's and ours: each by less than a millisecond.
      { header: () => "3", until: (handedAt: number) => handedAt + 3_000 - 5 },
      // A date has whole seconds.
      {
        header: (now: number) => new Date(now + 4_000).toUTCString(),
        until: (handedAt: number) => handedAt + 3_000 - 5,
      },
    ].map(async (wait, index) => {
      const ann = world.somebody();
      let answeredAt = Number.POSITIVE_INFINITY;
      ann.isAnsweredBy((turn) => {
        if (turn.attempt > 1) return answers("again");
        answeredAt = performance.now();
        return { status: index === 0 ? 429 : 503, headers: { "retry-after": wait.header(Date.now()) } };
      });
      await ann.says("hi");
      const [, second] = await ann.hasTurns(2);
      return { waitedUntil: second?.at ?? 0, notBefore: wait.until(answeredAt) };
    });
    for (const { waitedUntil, notBefore } of await Promise.all(waits)) {
      expect(waitedUntil).toBeGreaterThanOrEqual(notBefore);
    }
  });

  test("a redirect is not followed: the turn's words go nowhere else", async () => {
    let visits = 0;
    const elsewhere = createServer((_request, response) => {
      visits += 1;
      response.writeHead(200, { "content-type": "application/json" }).end('{"replies":["from elsewhere"]}');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    try {
      const ann = world.somebody();
      ann.isAnsweredBy(
        inTurn({ status: 307, headers: { location } }, { status: 302, headers: { location } }, answers("from here")),
      );
      await ann.says("hi");
      await ann.hasSeen(1);
      expect(ann.texts()).toEqual(["from here"]);
      expect(visits).toBe(0);
    } finally {
      await new Promise((resolve) => elsewhere.close(resolve));
    }
  });
});

describe.concurrent("an answer later", () => {
  test("replies are added with done false or absent, and the turn ends with done true", async () => {
    const { person, answer, turnId } = await waiting();
    const one = await answer({ replies: ["one"] });
    expect(one).toMatchObject({ status: 200, body: { deliveryIds: [expect.stringMatching(/^dlv_/)] } });
    await person.hasSeen(1);
    expect(stateOf(person)).toBe("leased");
    expect(await answer({ replies: ["two"], done: false })).toMatchObject({ status: 200 });
    await person.hasSeen(2);
    expect(stateOf(person)).toBe("leased");
    expect(await answer({ replies: ["three"], done: true })).toMatchObject({ status: 200 });
    await person.hasSeen(3);
    expect(person.texts()).toEqual(["one", "two", "three"]);
    expect(stateOf(person)).toBe("done");
    expect(person.turns()).toHaveLength(1);
    expect(await world.gateway.hasLogged("turn answered", { turnId })).toHaveLength(1);
  });

  test("done true without replies ends the turn in silence", async () => {
    const { person, answer } = await waiting();
    expect(await answer({ done: true })).toMatchObject({ status: 200, body: { deliveryIds: [] } });
    expect(stateOf(person)).toBe("done");
    expect(person.seen()).toEqual([]);
  });

  test("the person's next turn starts when the first one is done, not before", async () => {
    const { person, answer } = await waiting(inTurn(answersLater, answers("to the second")));
    await person.says("and another thing");
    await until("the second turn is ready", () => world.gateway.rows(TURN_STATE, person.id)[1]?.state === "ready");
    expect(person.turns()).toHaveLength(1);
    await answer({ replies: ["to the first"], done: true });
    await person.hasSeen(2);
    expect(person.texts()).toEqual(["to the first", "to the second"]);
  });

  test("a turn that was answered refuses a second answer with 409, and it is not seen", async () => {
    const { person, answer } = await waiting();
    await answer({ replies: ["the answer"], done: true });
    expect(await answer({ replies: ["a second"], done: true })).toMatchObject({ status: 409, body: { state: "done" } });
    expect(await answer({ replies: ["a third"] })).toMatchObject({ status: 409 });
    await person.hasSeen(1);
    await person.settled();
    expect(person.texts()).toEqual(["the answer"]);
  });

  test("a fence that is too low, or too high, is refused with 409", async () => {
    const { person, turnId, fence } = await waiting();
    for (const wrong of [0, fence - 1, fence + 1]) {
      const body = { fence: wrong, replies: ["stale"], done: true };
      expect(await postDeferredReply(world.gateway, turnId, body)).toMatchObject({
        status: 409,
        body: { state: "leased" },
      });
    }
    expect(stateOf(person)).toBe("leased");
    expect(person.seen()).toEqual([]);
  });

  test("an accepted turn that is not answered in time is handed out again, and the first fence is stale then", async () => {
    await using own = await startWorld({ env: { TURNPIKE_AGENT_TIMEOUT_MS: "8000", TURNPIKE_LEASE_MS: "8000" } });
    const ann = own.somebody();
    ann.isAnsweredBy(() => answersLater);
    await ann.says("hi");
    const [first, second] = await ann.hasTurns(2);
    const { turnId = "", fence = -1 } = first?.turn ?? {};
    expect(second?.turn).toMatchObject({ turnId, attempt: 2 });
    const stale = await postDeferredReply(own.gateway, turnId, { fence, replies: ["stale"], done: true });
    expect(stale).toMatchObject({ status: 409, body: { state: "leased" } });
    const fresh = { fence: second?.turn.fence, replies: ["fresh"], done: true };
    expect(await postDeferredReply(own.gateway, turnId, fresh)).toMatchObject({ status: 200 });
    await ann.hasSeen(1);
    await own.settled();
    expect(ann.texts()).toEqual(["fresh"]);
  });

  test("an unknown turn is a 404", async () => {
    const answer = await postDeferredReply(world.gateway, "turn_nobody", { fence: 1, replies: ["hi"] });
    expect(answer).toMatchObject({ status: 404 });
  });

  test("a missing or wrong bearer token is a 401, before anything is looked at", async () => {
    const { person, turnId, fence } = await waiting();
    const given = [
      undefined,
      "",
      "Bearer",
      "Bearer wrong",
      `Basic ${AGENT_TOKEN}`,
      AGENT_TOKEN,
      `Bearer ${AGENT_TOKEN}x`,
    ];
    for (const authorization of given) {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
      for (const id of [turnId, "turn_nobody"]) {
        const answer = await postDeferredReply(world.gateway, id, { fence, replies: ["hi"], done: true }, headers);
        expect({ authorization, status: answer.status }).toEqual({ authorization, status: 401 });
      }
    }
    expect(person.seen()).toEqual([]);
  });

  test("a body that isn't what was promised is a 400 that names the field, and the turn waits on", async () => {
    const { person, turnId, fence } = await waiting();
    const wrong: readonly [unknown, RegExp][] = [
      ["not JSON", /JSON/],
      [[], /body/],
      [{ replies: ["x"] }, /fence/],
      [{ fence: "1", replies: ["x"] }, /fence/],
      [{ fence: 1.5 }, /fence/],
      [{ fence, replies: "x" }, /replies/],
      [{ fence, replies: [{ type: "hologram" }] }, /replies\.0\.type/],
      [{ fence, replies: [{ type: "raw", channel: "telegram", message: {} }] }, /replies\[0\]\.channel/],
      [{ fence, replies: ["x"], done: "yes" }, /done/],
      [{ fence, replies: Array.from({ length: 101 }, () => "x") }, /replies/],
    ];
    for (const [body, words] of wrong) {
      const answer = await postDeferredReply(world.gateway, turnId, body);
      expect({ status: answer.status, message: answer.body.message }).toEqual({
        status: 400,
        message: expect.stringMatching(words),
      });
    }
    expect(stateOf(person)).toBe("leased");
    expect(person.seen()).toEqual([]);
  });

  test("what can be said of a body is said, and what can't is named", async () => {
    const { person, turnId, fence } = await waiting();
    const answer = await postDeferredReply(world.gateway, turnId, { fence, replies: ["", "x", { type: "text" }] });
    expect(answer).toMatchObject({ status: 200, body: { refused: [expect.stringContaining("replies.2.text")] } });
    await person.hasSeen(1);
    expect(person.texts()).toEqual(["x"]);
    expect(stateOf(person)).toBe("leased");
  });

  test("without a token there is no reply API", async () => {
    await using own = await startWorld({ env: { TURNPIKE_AGENT_TOKEN: undefined } });
    const url = `${own.gateway.url}/v1/turns/turn_1/replies`;
    expect(
      (await fetch(url, { method: "POST", headers: { authorization: "Bearer undefined" }, body: "{}" })).status,
    ).toBe(404);
  });
});
