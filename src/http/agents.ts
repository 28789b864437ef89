import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { parseLaterAnswer } from "../agents/protocol.ts";
import { Unrenderable } from "../channels/channel.ts";
import type { Deps } from "../deps.ts";
import { queueReplies } from "../pipeline/outbox.ts";
import { unlessFenced } from "../runtime/loop.ts";
import { Unavailable } from "../store/store.ts";
import { hasBearer } from "./bearer.ts";

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

/** The reply API, for agents that said `202`. Without a token it is not there: a 404, never an open door. */
export function mountAgents(
  app: Hono,
  deps: Deps,
  { token, isWorking }: { token: string | null; isWorking: () => boolean },
): void {
  if (token === null) return;
  const limit = bodyLimit({
    maxSize: BODY_LIMIT_BYTES,
    onError: (c) => c.json({ message: `the body is over ${BODY_LIMIT_BYTES} bytes` }, 413),
  });
  const path = "/v1/turns/:turnId/replies";
  // Before a byte of the body is read.
  app.post(path, async (c, next) => {
    if (!hasBearer(c.req.header("authorization"), token)) {
      return c.json({ message: "send Authorization: Bearer <TURNPIKE_AGENT_TOKEN>" }, 401);
    }
    return isWorking() ? await next() : tryAgain(c, "starting or shutting down");
  });
  app.post(path, limit, (c) => answerLater(c, deps, c.req.param("turnId")));
}

async function answerLater(c: Context, deps: Deps, turnId: string): Promise<Response> {
  const answer = parseLaterAnswer(await c.req.text());
  if (!answer.ok) return c.json({ message: answer.reason }, 400);
  const turn = await deps.store.findTurn(turnId);
  if (turn === null) return c.json({ message: "there is no such turn" }, 404);
  const { fence, replies, done } = answer.value;
  try {
    const queued = await unlessFenced(() =>
      queueReplies(deps, { turnId, fence }, { conversation: turn.conversation, events: turn.events, replies, done }),
    );
    if (queued === "fenced") {
      const message = "the turn was answered, or handed out again with a higher fence: drop this answer";
      // Not the newest fence: with it a stale agent could write.
      return c.json({ message, state: turn.state }, 409);
    }
    return c.json({ deliveryIds: queued.deliveryIds });
  } catch (error) {
    if (error instanceof Unrenderable) return c.json({ message: error.message }, 400);
    if (error instanceof Unavailable) return tryAgain(c, "the store is away");
    throw error;
  }
}

function tryAgain(c: Context, why: string): Response {
  return c.json({ message: `${why}: try again` }, 503, { "retry-after": "1" });
}
