/** After so long without a message the next one is greeted again (WhatsApp Business app: greeting message). */
const GREETED_AGAIN_MS = 14 * 24 * 60 * 60_000;

/** Some platforms' times are whole seconds. */
const TIME_STEP_MS = 1_000;

/**
 * Whether a message of our side, sent at `at`, may be the platform's automatic greeting: it follows a person's first message
 * within `greetingMs`, or their first after two weeks. A later one, or one in the middle of a conversation, is a human agent's.
 *
 * `writtenAt`: when the person wrote. All times are the platform's (epoch ms), because webhooks may be late.
 */
export function mayBeGreeting(at: number, writtenAt: readonly number[], greetingMs: number): boolean {
  if (greetingMs === 0) return false;
  const before = writtenAt.filter((time) => time < at + TIME_STEP_MS && time > at - GREETED_AGAIN_MS);
  return before.length > 0 && before.every((time) => time >= at - greetingMs);
}
