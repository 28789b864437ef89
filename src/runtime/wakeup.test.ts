/** Goal: a signal wakes the loop it names, at once or at its next wait, and never another; a wait always ends. */
import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createWakeup } from "./wakeup.ts";

const never = new AbortController().signal;

function waiting() {
  const clock = manualClock();
  const wake = createWakeup<"send" | "claim">(clock);
  const woken: string[] = [];
  const wait = (name: "send" | "claim", delayMs = 1_000, end: AbortSignal = never) =>
    wake.wait(name, delayMs, end).then(() => void woken.push(name));
  return { clock, wake, woken, wait };
}

test("a signal ends the wait of its own loop without any time passing", async () => {
  const { clock, wake, woken, wait } = waiting();
  void wait("send");
  void wait("claim");
  wake.signal("send");
  await clock.settle();
  expect(woken).toEqual(["send"]);
});

test("a signal that comes while nobody waits is kept for the next wait", async () => {
  const { clock, wake, woken, wait } = waiting();
  wake.signal("send");
  void wait("send");
  await clock.settle();
  expect(woken).toEqual(["send"]);
  expect(clock.nextIn()).toBeNull();
});

test("any number of signals is one wake-up", async () => {
  const { clock, wake, woken, wait } = waiting();
  for (let i = 0; i < 5; i += 1) wake.signal("send");
  await wait("send");
  void wait("send");
  await clock.settle();
  expect(woken).toEqual(["send"]);
});

test("a signal that has ended a wait doesn't end the next one", async () => {
  const { clock, wake, woken, wait } = waiting();
  void wait("send");
  wake.signal("send");
  await clock.settle();
  void wait("send");
  await clock.settle();
  expect(woken).toEqual(["send"]);
});

test("two signals in one turn, the first of which ends a wait, leave one for the next", async () => {
  const { clock, wake, woken, wait } = waiting();
  void wait("send");
  wake.signal("send");
  wake.signal("send");
  await clock.settle();
  void wait("send");
  await clock.settle();
  expect(woken).toEqual(["send", "send"]);
});

test("without a signal the wait ends after its time", async () => {
  const { clock, woken, wait } = waiting();
  void wait("send", 1_000);
  await clock.advance(999);
  expect(woken).toEqual([]);
  await clock.advance(1);
  expect(woken).toEqual(["send"]);
});

test("the end of the loop ends the wait, before it began or during it, and leaves no timer", async () => {
  const { clock, woken, wait } = waiting();
  const end = new AbortController();
  void wait("send", 1_000, end.signal);
  end.abort();
  void wait("claim", 1_000, end.signal);
  await clock.settle();
  expect(woken.toSorted((a, b) => a.localeCompare(b))).toEqual(["claim", "send"]);
  expect(clock.nextIn()).toBeNull();
});

test("a signal for later ends the wait then, unless it ends before", async () => {
  const { clock, wake, woken, wait } = waiting();
  void wait("send", 1_000);
  wake.signal("send", 300);
  wake.signal("send", 700);
  await clock.advance(299);
  expect(woken).toEqual([]);
  await clock.advance(1);
  expect(woken).toEqual(["send"]);
  expect(clock.nextIn()).toBeNull();
});

test("a signal for sooner than an earlier one doesn't postpone that", async () => {
  const { clock, wake, woken, wait } = waiting();
  void wait("send", 10_000);
  wake.signal("send", 300);
  await clock.advance(250);
  wake.signal("send", 200);
  await clock.advance(50);
  expect(woken).toEqual(["send"]);
});

test("a clock that is set doesn't move the end of a wait", async () => {
  const { clock, wake, woken, wait } = waiting();
  void wait("send", 10_000);
  clock.step(3_600_000);
  wake.signal("send", 300);
  await clock.advance(300);
  expect(woken).toEqual(["send"]);
});

test("a signal for later that comes while its loop doesn't wait counts from then", async () => {
  const { clock, wake, woken, wait } = waiting();
  wake.signal("send", 300);
  wake.signal("send", 200);
  await clock.advance(150);
  void wait("send", 1_000);
  await clock.advance(50);
  expect(woken).toEqual(["send"]);
  void wait("send", 1_000);
  expect(clock.nextIn()).toBe(1_000);
});

test("a signal for later whose time has passed before the wait ends it at once", async () => {
  const { clock, wake, woken, wait } = waiting();
  wake.signal("send", 200);
  await clock.advance(500);
  void wait("send", 1_000);
  await clock.settle();
  expect(woken).toEqual(["send"]);
});

test("a signal for now goes before one for later", async () => {
  const { clock, wake, woken, wait } = waiting();
  wake.signal("send", 300);
  wake.signal("send");
  wake.signal("send", 200);
  void wait("send");
  await clock.settle();
  expect(woken).toEqual(["send"]);
});
