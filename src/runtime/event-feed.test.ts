/** Goal: the feed has the newest log lines in order, and stays bounded however long a gateway runs. */
import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createEventFeed } from "./event-feed.ts";
import { silentLog } from "./log.ts";

test("it keeps the newest 2 000 of any number, in order, and numbers them all", () => {
  const { log, eventFeed } = createEventFeed(silentLog, manualClock());
  for (let line = 1; line <= 10_500; line++) log.info({ events: line }, "fact");
  const kept = eventFeed.since(0);
  expect(kept).toHaveLength(2_000);
  expect(kept[0]).toMatchObject({ number: 8_501, fields: { events: 8_501 } });
  expect(kept.at(-1)?.number).toBe(eventFeed.newest());
  expect(eventFeed.since(10_498).map(({ number }) => number)).toEqual([10_499, 10_500]);
});

test("each line goes on to the log, debug lines to the log alone, and a follower gets them until it unsubscribes", () => {
  const logged: string[] = [];
  const to = (level: string) => (_: object, message: string) => void logged.push(`${level} ${message}`);
  const inner = { debug: to("debug"), info: to("info"), warn: to("warn"), error: to("error"), fatal: to("fatal") };
  const { log, eventFeed } = createEventFeed(inner, manualClock());
  const heard: string[] = [];
  const leave = eventFeed.follow(({ level, message }) => void heard.push(`${level} ${message}`));
  log.debug({}, "a");
  log.warn({}, "b");
  log.fatal({}, "c");
  leave();
  log.error({}, "d");
  expect(logged).toEqual(["debug a", "warn b", "fatal c", "error d"]);
  expect(heard).toEqual(["warn b", "fatal c"]);
  expect(eventFeed.newest()).toBe(3);
});
