/** `POST /api/turns/:id/rehearse`: an agent for rehearsals gets an ended turn once more, and nothing of its answer is sent. */
import type { Context, Hono } from "hono";
import { z } from "zod";
import type { AgentOutcome, RehearsalAgent } from "../../agents/agent.ts";
import type { ClaimedTurn } from "../../core/turn.ts";
import type { Deps } from "../../pipeline/deps.ts";
import { type Deadline, deadline } from "../../runtime/clock.ts";
import { reasonOf } from "../../runtime/log.ts";
import { parse } from "../../runtime/parse-json.ts";
import { stringValues, stripQuotedInput } from "../../runtime/redaction.ts";
import type { Telemetry } from "../../runtime/telemetry.ts";
import { actorOf } from "./guard.ts";
import { limit, onlyJson } from "./json-body.ts";
import { problem } from "./problem.ts";
import { typesOf, wantsWords, withoutTokens } from "./redact.ts";
import { type RehearsedTurn, type RehearsedTurnDeps, rehearsedTurn } from "./rehearsed-turn.ts";
import { list } from "./wire.ts";

export type RehearsalDeps = RehearsedTurnDeps & Pick<Deps, "agent" | "redact"> & Pick<Telemetry, "log">;

const ORDER = z.strictObject({ agent: z.string().min(1).max(100) });

/** What the gateway would make of it, but for `answered` and `accepted`: those would be sent, or waited for. */
const outcome = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("answered"),
    /** As the agent gave them, in our portable form; with `words=0` their types. */
    replies: list(z.unknown()),
    /** What can't be said, and why: the field, what was read and what is allowed. */
    unsayable: list(z.object({ problem: z.string(), value: z.unknown() })),
  }),
  /** It answers later (202), and nobody waits for that. */
  z.object({ kind: z.literal("accepted") }),
  /** A turn would be tried again … */
  z.object({ kind: z.literal("timed-out"), afterMs: z.int() }),
  z.object({ kind: z.literal("failed"), reason: z.string() }),
  /** … and here it would be dead: it was refused, or the answer can't be read. */
  z.object({ kind: z.literal("rejected"), reason: z.string() }),
]);

export const REHEARSED = z.object({
  agent: z.string(),
  /** What the agent was told as the turn's id. */
  rehearsalId: z.string(),
  tookMs: z.int(),
  /** What the agent got: so many events, and so many of the context. */
  events: z.int(),
  context: z.int(),
  outcome,
});
/** As it is on the wire. */
export type RehearsedWire = z.input<typeof REHEARSED>;
type Outcome = z.output<typeof outcome>;

/** Of all operators together. */
const AT_ONCE = 8;

const NO_AGENT =
  "no agent is marked for rehearsals: set TURNPIKE_REHEARSAL_AGENTS, or rehearsalAgents in the settings file";

export function mountRehearsals(api: Hono, deps: RehearsalDeps): void {
  let running = 0;
  api.post("/turns/:id/rehearse", onlyJson, limit, async (c) => {
    const order = parse(ORDER, await c.req.text());
    if (!order.ok) return problem(c, 400, order.reason);
    const { rehearsals = [] } = deps.agent;
    if (rehearsals.length === 0) return problem(c, 409, NO_AGENT);
    const agent = rehearsals.find(({ name }) => name === order.value.agent);
    const names = rehearsals.map(({ name }) => name).join(", ");
    if (agent === undefined) return problem(c, 404, `agent: there is no such agent for rehearsals; allowed: ${names}`);
    if (running >= AT_ONCE) return problem(c, 503, `the limit of ${AT_ONCE} rehearsals at once is reached: try again`);
    running += 1;
    const gone = AbortSignal.any([deps.stopping, c.req.raw.signal]);
    const time = deadline(deps.clock, deps.settings.agentTimeoutMs, gone);
    try {
      return await rehearse(c, deps, { agent, time, gone, turnId: c.req.param("id") });
    } finally {
      time.cancel();
      running -= 1;
    }
  });
}

interface Rehearsal {
  readonly agent: RehearsalAgent;
  /** As long as a turn may take. */
  readonly time: Deadline;
  /** Aborted, with the time, when the operator has left or the process ends. */
  readonly gone: AbortSignal;
  readonly turnId: string;
}

async function rehearse(c: Context, deps: RehearsalDeps, { turnId, ...rest }: Rehearsal): Promise<Response> {
  const { agent, time } = rest;
  const made = await rehearsedTurn(deps, turnId, time.signal);
  if (made.kind !== "turn") return refused(c, made);
  const { turn } = made;
  const startedAt = deps.clock.now();
  const answered = await askedInTime(deps, turn, rest);
  const tookMs = deps.clock.now() - startedAt;
  const said = answered === null ? null : readable(deps, turn, answered);
  const reason = said !== null && "reason" in said ? { reason: said.reason } : {};
  const { conversationId } = turn.conversation;
  deps.log.info(
    {
      turnId,
      conversationId,
      agent: agent.name,
      outcome: said?.kind ?? "abandoned",
      ...reason,
      agentMs: tookMs,
      actor: actorOf(c),
    },
    "turn rehearsed",
  );
  if (said === null) return problem(c, 503, "the gateway stops, or nobody waits for the answer: try again");
  return c.json(
    z.encode(REHEARSED, {
      agent: agent.name,
      rehearsalId: turn.turnId,
      tookMs,
      events: turn.events.length,
      context: turn.context.length,
      outcome: wantsWords(c) ? said : withoutWords(said),
    }),
  );
}

function refused(c: Context, made: Exclude<RehearsedTurn, { kind: "turn" }>): Response {
  switch (made.kind) {
    case "no-such-turn":
      return problem(c, 404, "there is no turn of that id");
    case "not-ended":
      return problem(c, 409, `the turn is ${made.state}; allowed: done, dead`);
    case "words-deleted":
      return problem(c, 409, "the turn's words were deleted or taken back: there is nothing to give to an agent");
    default:
      return made satisfies never;
  }
}

/** An agent that fails, or throws, has said something, too. `null`: nobody waits for it any more. */
async function askedInTime(
  { settings }: RehearsalDeps,
  turn: ClaimedTurn,
  { agent, time: { signal }, gone }: Omit<Rehearsal, "turnId">,
): Promise<Outcome | null> {
  const { promise: late, resolve } = Promise.withResolvers<Outcome | null>();
  const timeIsUp = () => resolve(gone.aborted ? null : { kind: "timed-out", afterMs: settings.agentTimeoutMs });
  signal.addEventListener("abort", timeIsUp, { once: true });
  if (signal.aborted) timeIsUp();
  const asked = async () => outcomeOf(await agent.invoke(turn, signal));
  const failed = (error: unknown): Outcome => ({ kind: "failed", reason: reasonOf(error) });
  return await Promise.race([late, asked().catch(failed)]);
}

function outcomeOf(said: AgentOutcome): Outcome {
  switch (said.kind) {
    case "answered":
      return { kind: "answered", replies: withoutTokens(said.replies), unsayable: withoutTokens(said.unsayable ?? []) };
    case "accepted":
      return { kind: "accepted" };
    case "failed":
    case "returned":
      return { kind: "failed", reason: said.reason };
    case "rejected":
      return { kind: "rejected", reason: said.reason };
    default:
      return said satisfies never;
  }
}

/** A reason without secrets and without what it may quote of the turn. */
function readable({ redact }: RehearsalDeps, { events, context, conversation }: ClaimedTurn, said: Outcome): Outcome {
  if (!("reason" in said)) return said;
  const given = [...events, ...context].map(({ content, sender }) => [content, sender]);
  return { ...said, reason: stripQuotedInput(redact(said.reason), stringValues([given, conversation.peerId])) };
}

function withoutWords(said: Outcome): Outcome {
  if (said.kind !== "answered") return said;
  const unsayable = said.unsayable.map(({ problem: why, value }) => ({ problem: why, value: typesOf([value])[0] }));
  return { ...said, replies: typesOf(said.replies), unsayable };
}
