/** `POST /api/conversations/:id/pause` and `…/resume`: an operator takes a conversation over from the bot, and gives it back. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import { CONVERSATION_ACTIONS } from "../../core/operator-action.ts";
import { parse } from "../../runtime/parse-json.ts";
import type { ConversationOperated } from "../../store/operator.ts";
import { actorOf } from "./guard.ts";
import { limit, onlyJson } from "./json-body.ts";
import { type OperatorActionDeps, performConversationAction } from "./operator-action.ts";
import { problem } from "./problem.ts";
import { actionId, conversation, enumOf, time } from "./wire.ts";

/** As long as the longest pause by `handover.pauseMs`. */
const PAUSE_MAX_MS = 7 * 24 * 60 * 60_000;

const PAUSE = z.strictObject({ actionId, forMs: z.int().min(1).max(PAUSE_MAX_MS) });
const RESUME = z.strictObject({ actionId });

export const PAUSED = z.object({
  kind: z.literal("done"),
  action: enumOf(CONVERSATION_ACTIONS),
  conversation,
  /** As it is now; `null`: the bot answers. */
  pausedUntil: time.nullable(),
  isRepeated: z.boolean(),
});
/** As it is on the wire. */
export type PausedWire = z.input<typeof PAUSED>;

export function mountPauses(api: Hono, deps: OperatorActionDeps): void {
  api.post("/conversations/:id/pause", onlyJson, limit, async (c) => {
    const order = parse(PAUSE, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    const facts = { conversationId: c.req.param("id"), actor: actorOf(c), action: "pause" } as const;
    return answer(c, "pause", await performConversationAction(deps, { ...order.value, ...facts }));
  });
  api.post("/conversations/:id/resume", onlyJson, limit, async (c) => {
    const order = parse(RESUME, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    const facts = { conversationId: c.req.param("id"), actor: actorOf(c), action: "resume" } as const;
    return answer(c, "resume", await performConversationAction(deps, { ...order.value, ...facts }));
  });
}

function answer(c: Context, action: "pause" | "resume", operated: ConversationOperated): Response {
  switch (operated.kind) {
    case "done":
      return c.json(z.encode(PAUSED, { ...operated, action }));
    case "no-such-conversation":
      return problem(c, 404, "there is no conversation of that id");
    case "not-paused":
      return problem(c, 409, "the conversation is not paused: nothing was done");
    case "other-action":
      return problem(c, 409, "the action id was used for another action on it");
    default:
      return operated satisfies never;
  }
}
