/*
 * A commit that comes too late for the platform's limit (LINE: 2 s) is a 503 and stored all the same; the platform sends
 * again. On a machine that is busy with something else that happens to any webhook. Whoever isn't about it does as the
 * platform does.
 */
import { until } from "./eventually.ts";
import type { World } from "./world.ts";

interface Answer {
  readonly status: number | null;
}

/** Posts it again and again until another answer than 503 comes. */
export async function untilAcked<T extends Answer | null>(post: () => Promise<T>): Promise<T> {
  const { answer } = await until("another answer than 503", async () => {
    const answer = await post();
    return answer?.status !== 503 && { answer };
  });
  return answer;
}

/** The answer to what somebody has said, or to a later copy of it. */
export async function ackOf(
  world: World,
  said: Promise<{ readonly webhook: Answer; readonly eventId: string }>,
): Promise<number | null> {
  const { webhook, eventId } = await said;
  if (webhook.status !== 503) return webhook.status;
  return (await untilAcked(() => world.line.redeliver(eventId)))?.status ?? null;
}
