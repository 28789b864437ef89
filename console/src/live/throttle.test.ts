/** Goal: however many lines come, the gateway is asked once a second, and the last line is never missed. Method: a clock that is moved. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createThrottle } from "./throttle.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it runs at once, and what is asked meanwhile is one more run a second later", async () => {
  const run = vi.fn(async () => undefined);
  const throttle = createThrottle(run, 1_000);
  for (let asked = 0; asked < 50; asked += 1) throttle.ask();
  expect(run).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(999);
  expect(run).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(run).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(run).toHaveBeenCalledTimes(2);
});

test("a slow answer isn't asked for twice, and one that fails is no end", async () => {
  const answers: PromiseWithResolvers<void>[] = [];
  const throttle = createThrottle(() => {
    const answer = Promise.withResolvers<void>();
    answers.push(answer);
    return answer.promise;
  }, 1_000);
  throttle.ask();
  throttle.ask();
  await vi.advanceTimersByTimeAsync(3_000);
  expect(answers).toHaveLength(1);
  answers[0]?.reject(new Error("away"));
  await vi.advanceTimersByTimeAsync(0);
  expect(answers).toHaveLength(2);
});

test("nothing runs after it was stopped", async () => {
  const run = vi.fn(async () => undefined);
  const throttle = createThrottle(run, 1_000);
  throttle.ask();
  throttle.ask();
  throttle.stop();
  await vi.advanceTimersByTimeAsync(2_000);
  throttle.ask();
  expect(run).toHaveBeenCalledTimes(1);
});
