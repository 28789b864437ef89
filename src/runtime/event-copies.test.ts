/** Goal: the copies of an event are counted, the newest are kept, and what isn't known is said to be unknown. */
import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { COPIES_KEPT, createEventCopies, EVENTS_KEPT } from "./event-copies.ts";

const COPY = { redelivered: true, tokenRefreshed: false };

test("all copies are counted, and the newest 20 are kept, oldest first", async () => {
  const clock = manualClock();
  const startedAt = clock.now();
  const copies = createEventCopies(clock);
  for (let copy = 1; copy <= COPIES_KEPT + 3; copy++) {
    await clock.advance(1);
    copies.came("evt_1", { ...COPY, tokenRefreshed: copy === 4 });
  }
  const { count, newest, knownSince } = copies.of("evt_1");
  expect([count, newest.length, knownSince]).toEqual([23, 20, startedAt]);
  expect(newest[0]).toEqual({ at: startedAt + 4, redelivered: true, tokenRefreshed: true });
  expect(newest.at(-1)).toEqual({ at: startedAt + 23, redelivered: true, tokenRefreshed: false });
  expect(copies.of("evt_2")).toEqual({ count: 0, newest: [], knownSince: startedAt });
});

test("of so many events that one is dropped, nothing before that moment is claimed to be known", async () => {
  const clock = manualClock();
  const copies = createEventCopies(clock);
  for (let event = 1; event <= EVENTS_KEPT; event++) copies.came(`evt_${event}`, COPY);
  await clock.advance(1_000);
  copies.came("evt_1", COPY);
  expect(copies.of("evt_1")).toMatchObject({ count: 2, knownSince: clock.now() - 1_000 });
  copies.came("evt_new", COPY);
  expect(copies.of("evt_2")).toEqual({ count: 0, newest: [], knownSince: clock.now() });
  expect(copies.of("evt_1")).toMatchObject({ count: 2 });
});
