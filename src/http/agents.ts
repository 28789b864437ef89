import type { Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { parseLaterAnswer } from "../agents/protocol.ts";
import type { Deps } from "../deps.ts";
import { answerLater } from "../pipeline/answer-later.ts";
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
  app.post(path, limit, (c) => takeReplies(c, deps, c.req.param("turnId")));
}

async function takeReplies(c: Context, deps: Deps, turnId: string): Promise<Response> {
  const answer = parseLaterAnswer(await c.req.text());
  if (!answer.ok) return c.json({ message: answer.reason }, 400);
  const taken = await answerLater(deps, { turnId, ...answer.value });
  switch (taken.kind) {
    case "taken":
      return c.json({ deliveryIds: taken.deliveryIds, ...(taken.repeated && { repeated: true }) });
    case "fenced":
      // Not the newest fence: with it a stale agent could write.
      return c.json({ message: FENCED, state: taken.state }, 409);
    case "no-such-turn":
      return c.json({ message: "there is no such turn" }, 404);
    case "unsayable":
      return c.json({ message: taken.reason }, 400);
    case "unavailable":
      return tryAgain(c, "the store is away");
    default:
      return taken satisfies never;
  }
}

const FENCED = "the turn was answered, or handed out again with a higher fence: drop this answer";

function tryAgain(c: Context, why: string): Response {
  return c.json({ message: `${why}: try again` }, 503, { "retry-after": "1" });
}
