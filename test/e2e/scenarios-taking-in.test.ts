/**
 * Goal: whatever LINE posts, and however often, is taken in once and answered once, or stored and left alone.
 * Method: the shipped program between a simulated LINE and a scripted bot; each test is another person. What counts is
 * what stands on that person's screen, what the bot was handed, and the rows.
 */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { gate, until } from "./support/eventually.ts";
import { ackOf, untilAcked } from "./support/until-acked.ts";
import { startWorld, UNTIL_A_TAP, type World } from "./support/world.ts";

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

const EVENTS_OF = `
  SELECT e.* FROM event AS e JOIN conversation AS c USING (conversation_id) WHERE c.peer_id = ? ORDER BY e.seq`;
const TURNS_OF = `
  SELECT t.* FROM turn AS t JOIN conversation AS c USING (conversation_id) WHERE c.peer_id = ? ORDER BY t.seq`;

describe.concurrent("taking in", () => {
  test("30 concurrent copies of one event are one turn and one message", async () => {
    const ann = world.somebody();
    // None has a start on the others: the first copy is lost.
    const { eventId } = await ann.says("level start", { lost: true });
    const copies = await Promise.all(
      Array.from({ length: 30 }, (_, index) => world.line.redeliver(eventId, { isRedelivery: index % 2 === 0 })),
    );
    expect(copies.map((copy) => copy?.status)).toEqual(Array.from({ length: 30 }, () => 200));
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: level start"]);
    expect(ann.turns()).toHaveLength(1);
    expect(world.gateway.rows(EVENTS_OF, ann.id)).toHaveLength(1);
    const [event] = world.gateway.rows(EVENTS_OF, ann.id);
    const logged = await until("30 lines", () => {
      const found = world.gateway.logs.filter((line) => line.platformEventId === eventId);
      return found.length >= 30 && found;
    });
    expect(logged.filter(({ msg }) => msg === "event accepted")).toHaveLength(1);
    expect(
      logged.filter(({ msg }) => msg === "skip replying due to redelivery" || msg === "duplicate event"),
    ).toHaveLength(29);
    expect(event?.platform_event_id).toBe(eventId);
  });

  test("an event of which only the redelivered copy arrives is answered", async () => {
    const ann = world.somebody();
    const { eventId } = await ann.says("the first copy was lost", { lost: true });
    expect((await untilAcked(() => world.line.redeliver(eventId)))?.status).toBe(200);
    const [bubble] = await ann.hasSeen(1);
    expect(bubble).toMatchObject({ text: "re: the first copy was lost", route: "reply" });
    expect(ann.turns()[0]?.turn.events[0]?.redelivered).toBe(true);
    expect(
      await world.gateway.hasLogged("event accepted", { platformEventId: eventId, redelivered: true }),
    ).toHaveLength(1);
  });

  test("a copy that comes after the answer is acked and not answered again", async () => {
    const ann = world.somebody();
    const { eventId } = await ann.says("hello");
    await ann.hasSeen(1);
    expect((await untilAcked(() => world.line.redeliver(eventId)))?.status).toBe(200);
    expect((await untilAcked(() => world.line.redeliver(eventId, { isRedelivery: false })))?.status).toBe(200);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: hello"]);
    expect(await world.gateway.hasLogged("skip replying due to redelivery", { platformEventId: eventId })).toHaveLength(
      1,
    );
    expect(await world.gateway.hasLogged("duplicate event", { platformEventId: eventId })).toHaveLength(1);
  });

  test("the same message under another event id is the same message", async () => {
    const ann = world.somebody();
    const event = world.line.events.text(ann.source, "one message, two events");
    await world.line.post([event]);
    const again = { ...event, webhookEventId: "01HZZZZZZZZZZZZZZZZZZZZZZZ" };
    expect((await untilAcked(() => world.line.post([again]))).status).toBe(200);
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: one message, two events"]);
  });

  test("two people in one webhook get an answer each, also to the same words", async () => {
    const [ann, ben] = [world.somebody(), world.somebody()];
    const { text } = world.line.events;
    const events = [text(ann.source, "hi"), text(ben.source, "hi")];
    const { status } = await untilAcked(() => world.line.post(events));
    expect(status).toBe(200);
    await Promise.all([ann.hasSeen(1), ben.hasSeen(1)]);
    await Promise.all([ann.settled(), ben.settled()]);
    expect([ann.texts(), ben.texts()]).toEqual([["re: hi"], ["re: hi"]]);
    expect(ann.turns()[0]?.turn.conversation.id).not.toBe(ben.turns()[0]?.turn.conversation.id);
  });

  test("one person writes in a group: the answer goes to the group", async () => {
    const ann = world.somebody();
    const groupId = `C${ann.id.slice(1)}`;
    await world.line.group(groupId).person(ann.id).says("hello all");
    const [bubble] = await until("the group's answer", () => {
      const seen = world.line.seenBy(groupId);
      return seen.length > 0 && seen;
    });
    expect(bubble?.text).toBe("re: hello all");
    expect(ann.seen()).toEqual([]);
    expect(world.agent.turnsOf(groupId)[0]?.turn).toMatchObject({
      conversation: { kind: "group", peerId: groupId },
      events: [{ sender: { id: ann.id } }],
    });
  });

  test("a dummy token's event is acked and stored nowhere", async () => {
    const ann = world.somebody();
    const { text } = world.line.events;
    for (const digit of ["0", "f"]) {
      const event = text(ann.source, "console test", { replyToken: digit.repeat(32) });
      expect((await untilAcked(() => world.line.post([event]))).status).toBe(200);
      expect(world.gateway.rows("SELECT 1 FROM event WHERE platform_event_id = ?", event.webhookEventId)).toEqual([]);
      expect(world.gateway.rows("SELECT 1 FROM dedup_key WHERE key = ?", event.webhookEventId)).toEqual([]);
      expect(world.gateway.rows("SELECT 1 FROM reply_token WHERE token = ?", digit.repeat(32))).toEqual([]);
    }
    expect(world.gateway.rows("SELECT 1 FROM conversation WHERE peer_id = ?", ann.id)).toEqual([]);
    expect(ann.turns()).toEqual([]);
    expect((await world.gateway.metrics()).sum("events_total", { outcome: "ignored" })).toBe(2);
  });

  test("the console's Verify, a webhook without events, is acked", async () => {
    expect((await world.line.post([])).status).toBe(200);
  });

  test("a standby event is stored and never answered", async () => {
    const ann = world.somebody();
    expect(await ackOf(world, ann.says("another module has this chat", { standby: true }))).toBe(200);
    expect(world.gateway.rows(EVENTS_OF, ann.id)).toMatchObject([{ state: "stored", type: "message", turn_id: null }]);
    // A later message of the same person is answered without it.
    await ann.says("and now?");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: and now?"]);
  });

  test("an event of an unknown type is acked and stored whole, and opens no turn", async () => {
    const ann = world.somebody();
    const event = world.line.events.raw("hologram", ann.source, { hologram: { depth: 3 }, replyToken: "a".repeat(32) });
    expect((await untilAcked(() => world.line.post([event]))).status).toBe(200);
    const rows = world.gateway.rows(EVENTS_OF, ann.id);
    expect(rows).toMatchObject([{ state: "stored", type: "other", turn_id: null }]);
    expect(JSON.parse(String(rows[0]?.raw))).toMatchObject({ type: "hologram", hologram: { depth: 3 } });
    expect(world.gateway.rows(TURNS_OF, ann.id)).toEqual([]);
  });

  test("a follow is a turn at once, an unfollow is none", async () => {
    const ann = world.somebody();
    await ann.follows();
    const [handed] = await ann.hasTurns(1);
    expect(handed?.turn.events).toMatchObject([{ type: "follow" }]);
    await ann.blocks();
    await ann.settled();
    expect(ann.turns()).toHaveLength(1);
    expect(world.gateway.rows(EVENTS_OF, ann.id)).toMatchObject([
      { type: "follow" },
      { type: "unfollow", turn_id: null },
    ]);
  });

  test("a message taken back before the agent has it is not shown to the agent", async () => {
    await using own = await startWorld({ env: UNTIL_A_TAP });
    const ann = own.somebody();
    await ann.says("keep this");
    const { messageId } = await ann.says("forget this");
    await ann.unsends(messageId ?? "");
    await ann.taps("go=1");
    await ann.hasSeen(1);
    await ann.settled();
    expect(ann.texts()).toEqual(["re: keep this"]);
    expect(ann.turns().map(({ body }) => body.includes("forget this"))).toEqual([false]);
    expect(own.gateway.rows(EVENTS_OF, ann.id)).toMatchObject([
      { state: "accepted" },
      { state: "retracted" },
      { state: "stored", type: "unsend" },
      { state: "accepted", type: "postback" },
    ]);
  });

  test("the only message taken back in time leaves nothing to answer", async () => {
    await using own = await startWorld({ env: { TURNPIKE_BATCH_QUIET_MS: "6000" } });
    const ann = own.somebody();
    const { messageId } = await ann.says("never mind");
    await ann.unsends(messageId ?? "");
    await until("an empty turn", () => own.gateway.rows(TURNS_OF, ann.id)[0]?.state === "empty");
    expect(ann.turns()).toEqual([]);
    expect(ann.seen()).toEqual([]);
  });

  test("a message taken back when the agent has it is an event of its own: the turn is frozen", async () => {
    const ann = world.somebody();
    const unsent = gate();
    ann.isAnsweredBy(async (turn) => {
      await unsent.opened;
      return turn.attempt === 1 ? { status: 500 } : { status: 200, body: { replies: [`re: ${turn.text}`] } };
    });
    const { messageId } = await ann.says("too late");
    await ann.hasTurns(1);
    await ann.unsends(messageId ?? "");
    unsent.open();
    await ann.hasSeen(1);
    expect(ann.texts()).toEqual(["re: too late"]);
    expect(ann.turns().map(({ turn }) => turn.events)).toEqual([
      ann.turns()[0]?.turn.events,
      ann.turns()[0]?.turn.events,
    ]);
    expect(world.gateway.rows(EVENTS_OF, ann.id)).toMatchObject([
      { state: "accepted" },
      { type: "unsend", state: "stored" },
    ]);
  });
});
