/** `kill -9` again and again while calls are on their way, on a platform that takes no retry key. */
import { expect } from "vitest";
import { until } from "./eventually.ts";
import type { Gateway } from "./gateway.ts";

export interface KillScene {
  readonly gateway: Gateway;
  /** The platform does the next calls at once and answers late. */
  answersLate(): Promise<unknown> | unknown;
  /** Resolves when the first copy of the webhook was answered or given up. */
  says(person: number): Promise<unknown>;
  /** The gateway again, on the same file. */
  restart(): Promise<void>;
  seen(person: number): Promise<readonly unknown[]> | readonly unknown[];
}

const RUNS = 4;
const PEOPLE_A_LIFE = 4;

const AT_WORK = `
  SELECT (SELECT count(*) FROM turn WHERE state IN ('collecting', 'ready', 'leased')) +
         (SELECT count(*) FROM delivery
          WHERE state IN ('pending', 'sending') OR (state = 'unknown' AND due_at IS NOT NULL))`;

/** Under `hold`: nobody has anything twice, and what somebody has not is shown as unknown. */
export async function killedWhileSending(scene: KillScene): Promise<void> {
  const { gateway } = scene;
  const count = (sql: string) => Number(gateway.value(sql));
  let said = 0;
  let killedAtWork = 0;
  for (let gatewayRun = 0; gatewayRun < RUNS; gatewayRun += 1) {
    await scene.answersLate();
    const people = Array.from({ length: PEOPLE_A_LIFE }, (_, index) => said + index + 1);
    said += people.length;
    await Promise.all(people.map((person) => scene.says(person)));
    // What a process found at once may be done before anybody could look: then it is killed at rest.
    let isSending = false;
    await until("a call on its way, or none to come", () => {
      isSending = count("SELECT count(*) FROM delivery WHERE state = 'sending'") > 0;
      return isSending || count(AT_WORK) === 0;
    });
    if (isSending) killedAtWork += 1;
    await gateway.kill();
    await scene.restart();
  }
  await until("nothing at work", () => count(AT_WORK) === 0);
  const screens = await Promise.all(Array.from({ length: said }, (_, index) => scene.seen(index + 1)));
  expect(screens.filter((bubbles) => bubbles.length > 1)).toEqual([]);
  const missing = screens.filter((bubbles) => bubbles.length === 0).length;
  expect(missing).toBeLessThanOrEqual(count("SELECT count(*) FROM delivery WHERE state = 'unknown'"));
  expect(count("SELECT count(*) FROM delivery WHERE resent_because IS NOT NULL")).toBe(0);
  expect(killedAtWork).toBeGreaterThan(0);
}
