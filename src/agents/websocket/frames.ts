/**
 * Frames of Turnpike's WebSocket protocol, version 1: one JSON object per text frame, distinguished by `type`. Unknown
 * fields are ignored in both directions, so that either side may be newer.
 */
import { z } from "zod";
import { type Parsed, parse } from "../../runtime/parse-json.ts";
import type { WireTurn } from "../protocol.ts";
import { wireReplies } from "../replies.ts";

export const PROTOCOL_VERSION = 1;

/** Largest frame, in bytes: enough for a hundred LINE texts of full length. */
export const FRAME_LIMIT_BYTES = 2 * 1024 * 1024;

const turnId = z.string().min(1).max(200).describe("As in the turn frame.");
const fence = z.number().int().nonnegative().describe("As in the turn frame; a frame with an older one has no effect.");
const seq = z
  .number()
  .int()
  .positive()
  .describe("Number of the reply within its turn, from 1: the idempotency key of repeats.");
const replies = wireReplies().describe("Replies to the person, in order.");

const turnRef = { turnId, fence };

export const AgentFrames = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    version: z.literal(PROTOCOL_VERSION),
    token: z.string().optional().describe("The agent token, unless it was sent as Authorization: Bearer."),
    name: z.string().min(1).max(100).describe("The agent's name, for logs."),
    instance: z
      .string()
      .min(8)
      .max(100)
      .optional()
      .describe("The agent's id for its process, the same after a reconnect. Without it turns can't be resumed."),
    channels: z
      .array(z.string().min(1))
      .optional()
      .describe("Channels (line) or accounts (line/shop) whose turns it takes. Default: all."),
    credit: z.number().int().min(1).max(1_000).default(1).describe("Maximum number of concurrent turns."),
    resume: z
      .array(z.object(turnRef))
      .max(1_000)
      .default([])
      .describe("Turns from before the reconnect that it is still working on."),
  }),
  z.object({ type: z.literal("accept"), ...turnRef }).describe("The agent has started the turn."),
  z.object({ type: z.literal("progress"), ...turnRef }).describe("Renews the lease of the turn."),
  z
    .object({ type: z.literal("reply"), ...turnRef, seq, replies })
    .describe("A part of the answer; the turn stays open."),
  z
    .object({ type: z.literal("done"), ...turnRef, seq: seq.optional(), replies: replies.prefault([]) })
    .describe("The rest of the answer, possibly empty: ends the turn."),
  z
    .object({
      type: z.literal("error"),
      ...turnRef,
      retryable: z.boolean().describe("True: the turn is retried later. False: the turn is dead."),
      reason: z.string().max(200).default("the agent gave no reason").describe("For the log: must not quote messages."),
      retryAfterMs: z.number().int().min(0).max(3_600_000).default(0),
    })
    .describe("The agent failed to answer the turn."),
  z.object({ type: z.literal("ping"), id: z.string().max(100).optional() }),
  z.object({ type: z.literal("pong"), id: z.string().max(100).optional() }),
]);

export type AgentFrame = z.output<typeof AgentFrames>;
/** A frame as an agent writes it: optional fields may be omitted. */
export type AgentFrameToSend = z.input<typeof AgentFrames>;
export type Hello = AgentFrame & { readonly type: "hello" };
export type FrameOfTurn = Exclude<AgentFrame, { readonly type: "hello" | "ping" | "pong" }>;

export interface TurnRef {
  readonly turnId: string;
  readonly fence: number;
}

/** Reason for a refused reply. Only `unavailable` should be repeated. */
const Refusal = z.enum(["fenced", "no-such-turn", "unsayable", "unavailable"]);
const TurnRef = z.object(turnRef);

export const GatewayFrames = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("welcome"),
    version: z.literal(PROTOCOL_VERSION),
    leaseMs: z.number().describe("A turn without activity of the agent for this long, in ms, is handed out again."),
    frameLimitBytes: z.number(),
    resumed: z.array(TurnRef).describe("Turns of resume that are still the agent's."),
    lost: z.array(TurnRef).describe("Turns of resume that are lost: stop working on them."),
  }),
  z.object({ type: z.literal("turn"), turn: z.custom<WireTurn>() }),
  z
    .object({ type: z.literal("cancel"), ...turnRef, reason: z.string() })
    .describe("The turn has a newer fence, or its timeout has passed: stop."),
  z
    .object({
      type: z.literal("ack"),
      ...turnRef,
      seq: z.number().nullable(),
      deliveryIds: z.array(z.string()),
      repeated: z.boolean(),
      refused: z
        .array(z.string())
        .optional()
        .describe("What of it can't be said, a sentence each. Absent: all is said."),
    })
    .describe("A reply or done is stored."),
  z
    .object({
      type: z.literal("refused"),
      ...turnRef,
      seq: z.number().nullable(),
      code: Refusal,
      message: z.string(),
      retry: z.boolean().describe("True: repeat it in a second."),
    })
    .describe("A reply or done was refused."),
  z
    .object({ type: z.literal("problem"), message: z.string() })
    .describe("A frame was invalid or out of order. The connection stays open."),
  z.object({ type: z.literal("ping"), id: z.string().optional() }),
  z.object({ type: z.literal("pong"), id: z.string().optional() }),
]);

export type GatewayFrame = z.output<typeof GatewayFrames>;

export function readAgentFrame(text: string): Parsed<AgentFrame> {
  return parse(AgentFrames, text, "the frame");
}

const Answering = z.object({ type: z.enum(["reply", "done"]), ...turnRef, seq: seq.nullable().catch(null) });

/** The turn that a frame answers whose replies can't be read, and the answer's `seq`; `null`: it is another frame. */
export function answeredBy(text: string): (TurnRef & { readonly seq: number | null }) | null {
  const read = parse(Answering, text);
  if (!read.ok) return null;
  const { turnId, fence, seq } = read.value;
  return { turnId, fence, seq };
}
