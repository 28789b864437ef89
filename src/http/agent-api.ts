import type { Context, Hono, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { answerRefusalReason, type DeferredReplyResult } from "../agents/agent.ts";
import { parseDeferredReply, parseMessage } from "../agents/protocol.ts";
import type { Route } from "../core/delivery.ts";
import type { OutboxDeps } from "../pipeline/outbox.ts";
import { acceptDeferredReply } from "../pipeline/support/deferred-reply.ts";
import { type ProactiveDeps, sendProactiveMessage } from "../pipeline/support/proactive-message.ts";
import { hasBearer } from "../runtime/bearer-token.ts";
import type { Telemetry } from "../runtime/telemetry.ts";

type AgentDeps = OutboxDeps & ProactiveDeps & Pick<Telemetry, "log">;

const BODY_LIMIT_BYTES = 2 * 1024 * 1024;

/** The reply API for deferred replies, and proactive messages. Without a token both are 404, never unauthenticated. */
export function mountAgentApi(
  app: Hono,
  deps: AgentDeps,
  { token, isWorking }: { token: string | null; isWorking: () => boolean },
): void {
  if (token === null) return;
  const limit = bodyLimit({
    maxSize: BODY_LIMIT_BYTES,
    onError: (c) => c.json({ message: `the body is over ${BODY_LIMIT_BYTES} bytes` }, 413),
  });
  // Before a byte of the body is read.
  const guard: MiddlewareHandler = async (c, next) => {
    if (!hasBearer(c.req.header("authorization"), token)) {
      reportRefused(c, deps, 401, "its token is missing or wrong");
      return c.json({ message: "send Authorization: Bearer <TURNPIKE_AGENT_TOKEN>" }, 401);
    }
    return isWorking() ? await next() : tryAgain(c, "starting or shutting down");
  };
  app.post("/v1/turns/:turnId/replies", guard, limit, (c) => takeReplies(c, deps, c.req.param("turnId")));
  app.post("/v1/messages", guard, limit, (c) => takeMessage(c, deps));
}

async function takeReplies(c: Context, deps: AgentDeps, turnId: string): Promise<Response> {
  const answer = parseDeferredReply(await c.req.text());
  if (!answer.ok) return malformed(c, deps, answer.reason);
  const result = await acceptDeferredReply(deps, { turnId, ...answer.value });
  if (result.kind === "queued") return queued(c, deps, turnId, result);
  const message = answerRefusalReason(result);
  switch (result.kind) {
    case "fenced":
      return c.json({ message, state: result.state }, 409);
    case "no-such-turn":
      return c.json({ message }, 404);
    case "unsayable":
      return c.json({ message }, 400);
    case "unavailable":
      return tryAgain(c, "the store is unavailable");
    default:
      return result satisfies never;
  }
}

/** `refused`: dead letters. Without anything beside them the status says so. */
function queued(
  c: Context,
  deps: AgentDeps,
  turnId: string,
  { deliveryIds, repeated, refused }: DeferredReplyResult & { kind: "queued" },
): Response {
  const stored = { deliveryIds, ...(repeated && { repeated: true }) };
  if (refused.length === 0) return c.json(stored);
  deps.log.warn({ turnId, reason: refused.join("; ") }, "a part of the answer can't be said");
  return c.json({ ...stored, message: refused.join("; "), refused }, refused.length === deliveryIds.length ? 400 : 200);
}

function malformed(c: Context, deps: AgentDeps, reason: string): Response {
  reportRefused(c, deps, 400, reason);
  return c.json({ message: reason }, 400);
}

function reportRefused(c: Context, { log }: AgentDeps, code: number, reason: string): void {
  log.warn({ path: c.req.path, code, reason }, "agent's request refused");
}

/** Routes that a platform charges for. */
const PAID: readonly Route[] = ["push", "template"];

async function takeMessage(c: Context, deps: AgentDeps): Promise<Response> {
  const message = parseMessage(await c.req.text());
  if (!message.ok) return malformed(c, deps, message.reason);
  const result = await sendProactiveMessage(deps, message.value);
  switch (result.kind) {
    case "queued": {
      const { deliveryIds, repeated, routes } = result;
      const paid = routes.filter((route) => route !== null && PAID.includes(route)).length;
      return c.json({ deliveryIds, routes, paid, ...(repeated && { repeated: true }) }, 202);
    }
    case "no-such-channel":
      return c.json({ message: "channel, account: no such account is configured" }, 404);
    case "no-such-conversation":
      return c.json({ message: "peerId: no message of this peer was ever received by the account" }, 404);
    case "too-late":
      return c.json({ message: "deliverBy: read a time in the past; allowed is a future one" }, 400);
    case "unsayable":
      return c.json({ message: result.reason }, 400);
    case "unavailable":
      return tryAgain(c, "the store is unavailable");
    default:
      return result satisfies never;
  }
}

function tryAgain(c: Context, why: string): Response {
  return c.json({ message: `${why}: try again` }, 503, { "retry-after": "1" });
}
