/** After so long without a message the next one is greeted again (WhatsApp Business app: greeting message). */
const GREETED_AGAIN_MS = 14 * 24 * 60 * 60_000;

/** Some platforms' times are whole seconds. */
const TIME_STEP_MS = 1_000;

/**
 * `greeting`: it may be the platform's automatic greeting. `human`: it is a human agent's answer. `early`: it counts as one,
 * until a first message comes that it may have greeted; platforms promise no order.
 */
export type Sayer = "greeting" | "human" | "early";

/**
 * Whose a message of our side is that was sent at `at`. The platform's automatic greeting follows a person's first message
 * within `greetingMs`, or their first after two weeks. A later one, or one in the middle of a conversation, is a human agent's.
 *
 * `writtenAt`: when the person wrote. All times are the platform's (epoch ms), because webhooks may be late.
 */
export function sayerOf(at: number, writtenAt: readonly number[], greetingMs: number): Sayer {
  if (greetingMs === 0) return "human";
  const before = writtenAt.filter((time) => time < at + TIME_STEP_MS && time > at - GREETED_AGAIN_MS);
  if (before.length === 0) return "early";
  return before.every((time) => time >= at - greetingMs) ? "greeting" : "human";
}
