/**
 * The frames of Turnpike's own WebSocket dialect, version 1: one JSON object a text frame, told apart by `type`. Unknown
 * fields are ignored both ways, so that either side may be the newer one.
 */
import { z } from "zod";
import { type Parsed, parse } from "../parse.ts";
import { WireReplies, type WireTurn } from "../protocol.ts";

export const DIALECT_VERSION = 1;

/** Largest frame that is read, in bytes: a hundred full LINE texts fit in. */
export const FRAME_LIMIT_BYTES = 2 * 1024 * 1024;

const turnId = z.string().min(1).max(200).describe("As in the turn frame.");
const fence = z.number().int().nonnegative().describe("As in the turn frame: with an older one nothing is changed.");
const seq = z
  .number()
  .int()
  .positive()
  .describe("Number of the reply within its turn, from 1. A repeat is taken once.");
const replies = WireReplies.describe("What the person gets, in order.");

const held = { turnId, fence };

export const AgentFrames = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    version: z.literal(DIALECT_VERSION),
    token: z.string().optional().describe("The agent token, unless it came as Authorization: Bearer."),
    name: z.string().min(1).max(100).describe("The agent's name, for logs."),
    instance: z
      .string()
      .min(8)
      .max(100)
      .optional()
      .describe("The agent's own id of its life, the same after a reconnect. Without it nothing can be resumed."),
    channels: z
      .array(z.string().min(1))
      .optional()
      .describe("Channels (line) or accounts (line/shop) that it wants. Default: all."),
    credit: z.number().int().min(1).max(1_000).default(1).describe("Turns that it takes at once."),
    resume: z.array(z.object(held)).max(1_000).default([]).describe("Turns that it has from before the reconnect."),
  }),
  z.object({ type: z.literal("accept"), ...held }).describe("The turn is the agent's now."),
  z.object({ type: z.literal("progress"), ...held }).describe("Still at work: renews the lease."),
  z.object({ type: z.literal("reply"), ...held, seq, replies }).describe("A part of the answer; the turn stays."),
  z
    .object({ type: z.literal("done"), ...held, seq: seq.optional(), replies: replies.default([]) })
    .describe("The rest of the answer, or nothing more: the turn ends."),
  z
    .object({
      type: z.literal("error"),
      ...held,
      retryable: z.boolean().describe("True: hand it out again later. False: it is dead."),
      reason: z.string().max(200).default("the agent gave no reason").describe("For the log: no person's words."),
      retryAfterMs: z.number().int().min(0).max(3_600_000).default(0),
    })
    .describe("The agent can't answer the turn."),
  z.object({ type: z.literal("ping"), id: z.string().max(100).optional() }),
  z.object({ type: z.literal("pong"), id: z.string().max(100).optional() }),
]);

export type AgentFrame = z.output<typeof AgentFrames>;
/** The same, as an agent writes it: with what it may leave out. */
export type AgentFrameToSend = z.input<typeof AgentFrames>;
export type Hello = AgentFrame & { readonly type: "hello" };
export type HeldFrame = Exclude<AgentFrame, { readonly type: "hello" | "ping" | "pong" }>;

export interface Held {
  readonly turnId: string;
  readonly fence: number;
}

/** Why a reply was not taken. Only `unavailable` is worth saying again. */
const Refusal = z.enum(["fenced", "no-such-turn", "unsayable", "unavailable"]);
const Held = z.object(held);

/** What the gateway says. */
export const GatewayFrames = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("welcome"),
    version: z.literal(DIALECT_VERSION),
    leaseMs: z.number().describe("A turn about which the agent is silent for this long is handed out again."),
    frameLimitBytes: z.number(),
    resumed: z.array(Held).describe("Turns of resume that are still the agent's."),
    lost: z.array(Held).describe("Turns of resume that are not: work on them is for nothing."),
  }),
  z.object({ type: z.literal("turn"), turn: z.custom<WireTurn>() }),
  z
    .object({ type: z.literal("cancel"), ...held, reason: z.string() })
    .describe("The fence moved on, or the time is up: stop."),
  z
    .object({
      type: z.literal("ack"),
      ...held,
      seq: z.number().nullable(),
      deliveryIds: z.array(z.string()),
      repeated: z.boolean(),
    })
    .describe("A reply or done is stored."),
  z
    .object({
      type: z.literal("refused"),
      ...held,
      seq: z.number().nullable(),
      code: Refusal,
      message: z.string(),
      retry: z.boolean().describe("True: the same again, in a second."),
    })
    .describe("A reply or done was not taken."),
  z
    .object({ type: z.literal("problem"), message: z.string() })
    .describe("A frame that can't be read, or comes at the wrong moment. The connection stays."),
  z.object({ type: z.literal("ping"), id: z.string().optional() }),
  z.object({ type: z.literal("pong"), id: z.string().optional() }),
]);

export type GatewayFrame = z.output<typeof GatewayFrames>;

export function readAgentFrame(text: string): Parsed<AgentFrame> {
  return parse(AgentFrames, text, "the frame");
}
