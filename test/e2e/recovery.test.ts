/**
 * Goal: a key whose event is missing recovers it, which is seen by the operator, and a normal duplicate isn't mistaken for it.
 * Method: the event's row is deleted by a second SQLite connection, as a partial restore would, and LINE sends again.
 */
import { describe, expect, test } from "vitest";
import { answers } from "./support/agent.ts";
import { until } from "./support/eventually.ts";
import { untilAcked } from "./support/until-acked.ts";
import { startWorld, type World } from "./support/world.ts";

const DETECTED = "idempotency_inconsistent_detected_total";
const RECOVERED = "idempotency_recovery_success_total";
const FAILED = "idempotency_recovery_failure_total";

async function recoveryCounts(world: World) {
  const metrics = await world.gateway.metrics();
  return [DETECTED, RECOVERED, FAILED].map((name) => metrics.sum(name));
}

describe.concurrent("recovery", () => {
  test("an event whose row is gone is taken in again when LINE sends it again, and answered again once", async () => {
    await using world = await startWorld();
    const [ann, ben] = [world.somebody(), world.somebody()];
    const { eventId } = await ann.says("hello");
    await ben.says("a bystander");
    await Promise.all([ann.hasSeen(1), ben.hasSeen(1)]);
    await world.settled();
    await world.line.redeliver(eventId);
    expect(await recoveryCounts(world)).toEqual([0, 0, 0]);

    world.gateway.tamper(`DELETE FROM event WHERE platform_event_id = '${eventId}'`);
    expect((await untilAcked(() => world.line.redeliver(eventId)))?.status).toBe(200);
    await ann.hasSeen(2);
    await world.settled();
    expect(await recoveryCounts(world)).toEqual([1, 1, 0]);
    expect(ann.texts()).toEqual(["re: hello", "re: hello"]);
    expect(ann.turns().map(({ turn }) => turn.text)).toEqual(["hello", "hello"]);
    // The token was spent by the first answer: it is not tried a second time.
    expect(ann.seen().map(({ route }) => route)).toEqual(["reply", "push"]);
    expect(world.replies.map(({ status }) => status)).toEqual([200, 200]);
    expect((await world.gateway.metrics()).sum("events_total", { outcome: "healed" })).toBe(1);

    for (let copies = 0; copies < 3; copies += 1) await world.line.redeliver(eventId);
    await world.settled();
    expect(await recoveryCounts(world)).toEqual([1, 1, 0]);
    expect(ann.seen()).toHaveLength(2);
    expect(ben.seen()).toHaveLength(1);
  });

  test("is logged: the damage as an error, the recovery after it", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const { eventId } = await ann.says("hello");
    await ann.hasSeen(1);
    await world.settled();
    world.gateway.tamper("DELETE FROM event");
    await world.line.redeliver(eventId, { isRedelivery: false });
    const lines = await until("both lines", () => {
      const found = world.gateway.logs.filter(
        ({ platformEventId, msg }) => platformEventId === eventId && /inconsist|recover/.test(msg),
      );
      return found.length === 2 && found;
    });
    expect(lines).toMatchObject([
      { level: "error", msg: "inconsistent: the key is known but its event is missing" },
      { level: "info", msg: "recovered: the event was taken in again under the same key" },
    ]);
  });

  test("an event that vanished before its turn was handed out is recovered on the free token", async () => {
    await using world = await startWorld({ env: { TURNPIKE_BATCH_QUIET_MS: "6000" } });
    const ann = world.somebody();
    const { eventId } = await ann.says("hello");
    world.gateway.tamper("DELETE FROM event");
    await until("the turn is closed as empty", () => world.gateway.value("SELECT state FROM turn") === "empty");
    expect(ann.turns()).toEqual([]);
    await world.line.redeliver(eventId);
    await ann.hasSeen(1);
    await world.settled();
    expect(ann.texts()).toEqual(["re: hello"]);
    expect(world.pushes).toEqual([]);
    expect(await recoveryCounts(world)).toEqual([1, 1, 0]);
    expect((await world.gateway.metrics()).sum("turns_total", { outcome: "empty" })).toBe(1);
  });

  test("a recovery that can't be stored is a 503 and a failure on the books, and the next copy recovers it", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const { eventId } = await ann.says("hello");
    await ann.hasSeen(1);
    await world.settled();
    world.gateway.tamper(`
      DELETE FROM event;
      CREATE TRIGGER no_more BEFORE INSERT ON event BEGIN SELECT RAISE(ABORT, 'no more'); END;`);
    expect((await world.line.redeliver(eventId))?.status).toBe(503);
    expect(await recoveryCounts(world)).toEqual([1, 0, 1]);
    expect(world.gateway.value("SELECT count(*) FROM event")).toBe(0);
    world.gateway.tamper("DROP TRIGGER no_more");
    expect((await untilAcked(() => world.line.redeliver(eventId)))?.status).toBe(200);
    await ann.hasSeen(2);
    expect(await recoveryCounts(world)).toEqual([2, 1, 1]);
  });

  test("one event of a webhook is missing: that one is recovered, the others are duplicates", async () => {
    await using world = await startWorld();
    const [ann, ben] = [world.somebody(), world.somebody()];
    const { text } = world.line.events;
    const [first, second] = [text(ann.source, "one"), text(ben.source, "two")];
    await world.line.post([first, second]);
    await Promise.all([ann.hasSeen(1), ben.hasSeen(1)]);
    await world.settled();
    world.gateway.tamper(`DELETE FROM event WHERE platform_event_id = '${second.webhookEventId}'`);
    await world.line.redeliver(first.webhookEventId);
    await ben.hasSeen(2);
    await world.settled();
    expect(await recoveryCounts(world)).toEqual([1, 1, 0]);
    expect([ann.texts(), ben.texts()]).toEqual([["re: one"], ["re: two", "re: two"]]);
    const metrics = await world.gateway.metrics();
    expect(metrics.sum("events_total", { outcome: "duplicate" })).toBe(1);
    expect(metrics.sum("events_total", { outcome: "healed" })).toBe(1);
  });

  test("an event that vanished while the agent works on it is recovered as a turn of its own, after the first", async () => {
    await using world = await startWorld();
    const ann = world.somebody();
    const { promise: back, resolve: comeBack } = Promise.withResolvers<void>();
    ann.isAnsweredBy(async (turn) => {
      if (ann.turns().length === 1) await back;
      return answers(`re: ${turn.text}`);
    });
    const { eventId } = await ann.says("hello");
    await ann.hasTurns(1);
    world.gateway.tamper("DELETE FROM event");
    await world.line.redeliver(eventId);
    comeBack();
    await ann.hasSeen(2);
    await world.settled();
    expect(ann.texts()).toEqual(["re: hello", "re: hello"]);
    expect(await recoveryCounts(world)).toEqual([1, 1, 0]);
  });
});
