/**
 * Goal: an fsync that fails while the log is moved into the database ends the process too, and loses nothing.
 * Method: the shipped program takes in so much that a checkpoint is due, under strace, which fails the fsyncs of the
 * database's file and of no other: each webhook's own, of the log, is as it should be.
 */
import { expect, test } from "vitest";
import { tell } from "./support/disk-figures.ts";
import { strace, whyNoStrace } from "./support/disk-strace.ts";
import { startWorld, UNTIL_A_TAP } from "./support/world.ts";

const noStrace = whyNoStrace();
const title = "an fsync that fails in a checkpoint ends the process with a clear line, and all that was acked is there";

/** Of the 32 MB from which on a checkpoint is due, so much is one webhook. */
const LARGE = "x".repeat(900_000);
const ENOUGH = 60;

test.skipIf(noStrace !== null)(noStrace === null ? title : `${title} (skipped: ${noStrace})`, async () => {
  await using world = await startWorld({ env: UNTIL_A_TAP });
  const ann = world.somebody();
  await ann.says("acked before");
  const fails = ["-P", world.gateway.file, "-e", "inject=fsync,fdatasync:error=EIO"];
  await using _tracer = await strace(world.gateway.pid, fails);
  const acked: string[] = [];
  for (let count = 0; count < ENOUGH; count += 1) {
    // Of a type that nobody knows: stored whole, and answered by nobody.
    const event = world.line.events.raw("hologram", ann.source, { hologram: LARGE });
    const { status } = await world.line.post([event]);
    // A 503 is a commit that came too late for LINE: the process lives.
    if (status === null) break;
    if (status === 200) acked.push(event.webhookEventId);
  }
  expect(await world.gateway.ended).toEqual({ code: 1, signal: null });
  expect(world.gateway.logs.at(-1)).toMatchObject({ level: "fatal", msg: expect.stringContaining("disk failed") });
  expect(acked.length).toBeGreaterThan(10);
  await world.restart();
  const stored = world.gateway
    .rows<{ id: string }>("SELECT platform_event_id AS id FROM event WHERE type = 'other'")
    .map(({ id }) => id);
  const lost = acked.filter((id) => !stored.includes(id));
  tell({ what: "webhooks until an fsync fails in a checkpoint (EIO)", acked: acked.length, lost: lost.length });
  expect(lost).toEqual([]);
  await ann.taps("go=1");
  await ann.hasSeen(1);
  expect(ann.turns()[0]?.turn.text).toBe("acked before");
});
