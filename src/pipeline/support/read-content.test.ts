/**
 * Goal: an agent that can't follow a link gets what a person sent, whole or with the reason, and never more of it in
 * memory than is meant.
 * Method: media of every outcome, with the clock in our hand.
 */
import { expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { sampleTurn } from "../../../test/support/sample-turn.ts";
import type { MediaOutcome } from "../../channels/channel.ts";
import { type ContentDeps, createContentReader } from "./read-content.ts";

const bytes = (...parts: string[]) => ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));

function reading(open: (signal: AbortSignal) => MediaOutcome | Promise<MediaOutcome>, reference: string | null = "1") {
  const clock = manualClock();
  let opened = 0;
  const media = {
    referenceOf: () => reference,
    open: async (_reference: string, signal: AbortSignal) => {
      opened += 1;
      return await open(signal);
    },
  };
  const channels = { find: () => ({ media }) };
  const stopping = new AbortController();
  const report = { contentNotRead: () => {} };
  const deps = { clock, channels, report, stopping: stopping.signal } as unknown as ContentDeps;
  const read = createContentReader(deps);
  const turn = sampleTurn();
  const [event] = turn.events;
  if (event === undefined) throw new Error("the sample has no event");
  return { clock, stopping, read: (limit = 10) => read(turn, event, limit), opened: () => opened };
}

const content = (body: ReadableStream<Uint8Array>, size: number | null = null): MediaOutcome => ({
  kind: "content",
  body,
  type: "image/png",
  size,
});

test("what fits is read whole; what doesn't is too long, known before or found out", async () => {
  const outcomes = [content(bytes("hello", "world")), content(bytes("hello", "world", "!")), content(bytes("x"), 11)];
  const { read } = reading(() => outcomes.shift() ?? { kind: "gone" });
  expect(await read()).toEqual({ kind: "bytes", bytes: Buffer.from("helloworld"), type: "image/png" });
  expect(await read()).toEqual({ kind: "too-long", size: null });
  expect(await read()).toEqual({ kind: "too-long", size: 11 });
  expect(await read()).toEqual({ kind: "gone" });
});

test("what is elsewhere isn't asked for", async () => {
  const { read, opened } = reading(() => ({ kind: "gone" }), null);
  expect(await read()).toEqual({ kind: "elsewhere" });
  expect(opened()).toBe(0);
});

test("a platform that is preparing it is asked again, for a while", async () => {
  const outcomes: MediaOutcome[] = [{ kind: "preparing" }, { kind: "preparing" }, content(bytes("ready"))];
  const { clock, read } = reading(() => outcomes.shift() ?? { kind: "preparing" });
  const [first] = await Promise.all([read(), clock.advance(2_000)]);
  expect(first).toMatchObject({ kind: "bytes" });
  const [second] = await Promise.all([read(), clock.advance(20_000)]);
  expect(second).toEqual({ kind: "preparing" });
});

test("a platform that stalls, breaks off or throws costs the content and no more", async () => {
  const broken = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("reset")) });
  const bodies = [new ReadableStream<Uint8Array>(), broken];
  const { clock, read } = reading(() => {
    const body = bodies.shift();
    if (body === undefined) throw new Error("a bug of ours");
    return content(body);
  });
  const [stalled] = await Promise.all([read(), clock.advance(20_000)]);
  expect(stalled).toEqual({ kind: "unavailable", reason: "not fetched within 20000 ms" });
  expect(await read()).toEqual({ kind: "unavailable", reason: "the connection broke" });
  expect(await read()).toEqual({ kind: "unavailable", reason: "the connection broke" });
});

test("four are read at once; the next waits for a place, however that one became free", async () => {
  const gates: PromiseWithResolvers<MediaOutcome>[] = [];
  const { clock, read, opened } = reading(() => {
    const gate = Promise.withResolvers<MediaOutcome>();
    gates.push(gate);
    return gate.promise;
  });
  const reads = Array.from({ length: 6 }, () => read());
  await clock.settle();
  expect(opened()).toBe(4);
  gates[1]?.resolve({ kind: "gone" });
  await clock.settle();
  expect(opened()).toBe(5);
  gates[0]?.reject(new Error("a bug of ours"));
  await clock.settle();
  expect(opened()).toBe(6);
  for (const gate of gates) gate.resolve({ kind: "gone" });
  expect((await Promise.all(reads)).map(({ kind }) => kind)).toEqual(["unavailable", ...Array(5).fill("gone")]);
});
