/** Goal: the duplicates of an event are counted, the newest are kept, and what isn't known is said to be unknown. */
import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createEventDuplicates, DUPLICATES_KEPT, EVENTS_KEPT } from "./duplicates.ts";

const DUPLICATE = { redelivered: true, tokenRefreshed: false };

test("all duplicates are counted, and the newest 20 are kept, oldest first", async () => {
  const clock = manualClock();
  const startedAt = clock.now();
  const duplicates = createEventDuplicates(clock);
  for (let number = 1; number <= DUPLICATES_KEPT + 3; number++) {
    await clock.advance(1);
    duplicates.came("evt_1", { ...DUPLICATE, tokenRefreshed: number === 4 });
  }
  const { count, newest, knownSince } = duplicates.of("evt_1");
  expect([count, newest.length, knownSince]).toEqual([23, 20, startedAt]);
  expect(newest[0]).toEqual({ at: startedAt + 4, redelivered: true, tokenRefreshed: true });
  expect(newest.at(-1)).toEqual({ at: startedAt + 23, redelivered: true, tokenRefreshed: false });
  expect(duplicates.of("evt_2")).toEqual({ count: 0, newest: [], knownSince: startedAt });
});

test("of so many events that one is dropped, nothing before that moment is claimed to be known", async () => {
  const clock = manualClock();
  const duplicates = createEventDuplicates(clock);
  for (let event = 1; event <= EVENTS_KEPT; event++) duplicates.came(`evt_${event}`, DUPLICATE);
  await clock.advance(1_000);
  duplicates.came("evt_1", DUPLICATE);
  expect(duplicates.of("evt_1")).toMatchObject({ count: 2, knownSince: clock.now() - 1_000 });
  duplicates.came("evt_new", DUPLICATE);
  expect(duplicates.of("evt_2")).toEqual({ count: 0, newest: [], knownSince: clock.now() });
  expect(duplicates.of("evt_1")).toMatchObject({ count: 2 });
});
