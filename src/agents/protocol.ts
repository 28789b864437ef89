import { z } from "zod";
import { joinTexts } from "../core/event.ts";
import type { Reply } from "../core/reply.ts";
import type { ClaimedTurn } from "../core/turn.ts";

export const TURN_SCHEMA = "turnpike.turn.v1";

/** A turn on the wire: every agent gets this, by whatever door. Times are ISO strings. */
export interface WireTurn {
  readonly schema: typeof TURN_SCHEMA;
  readonly turnId: string;
  /** Grows with each time the same turn is handed out. */
  readonly attempt: number;
  /** What a later answer must show. */
  readonly fence: number;
  readonly channel: string;
  readonly account: string;
  readonly conversation: { readonly id: string; readonly kind: string; readonly peerId: string };
  /** The texts of all events, one a line. */
  readonly text: string;
  /** When the last free answer dies; `null` when there is none. */
  readonly replyBy: string | null;
  readonly events: readonly WireEvent[];
}

export interface WireEvent {
  readonly eventId: string;
  readonly platformEventId: string;
  readonly type: string;
  readonly sentAt: string;
  readonly receivedAt: string;
  readonly redelivered: boolean;
  readonly sender: { readonly id: string; readonly name: string | null } | null;
  readonly message?: Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string };
  readonly postback?: { readonly data: string; readonly params?: Readonly<Record<string, string>> };
  readonly details?: Readonly<Record<string, unknown>>;
}

export function toWireTurn(turn: ClaimedTurn): WireTurn {
  const { conversation } = turn;
  return {
    schema: TURN_SCHEMA,
    turnId: turn.turnId,
    attempt: turn.attempt,
    fence: turn.fence,
    channel: conversation.channel,
    account: conversation.account,
    conversation: { id: conversation.conversationId, kind: conversation.kind, peerId: conversation.peerId },
    text: joinTexts(turn.events),
    replyBy: turn.replyBy === null ? null : iso(turn.replyBy),
    events: turn.events.map(({ content, sentAt, receivedAt, ...event }) => ({
      ...event,
      sentAt: iso(sentAt),
      receivedAt: iso(receivedAt),
      ...content,
    })),
  };
}

const iso = (at: number) => new Date(at).toISOString();

const TextReply = z.object({ type: z.literal("text"), text: z.string().min(1) });
const RawReply = z.object({
  type: z.literal("raw"),
  channel: z.string().min(1),
  message: z.record(z.string(), z.unknown()),
});
const AnyReply = z.discriminatedUnion("type", [TextReply, RawReply]);

/** One reply as an agent may write it: a bare string is a text. */
const WireReply = z.preprocess(
  (reply) => (typeof reply === "string" ? { type: "text", text: reply } : reply),
  AnyReply,
);

/** More than any person reads at once; a loop in an agent must not fill the disk. */
const REPLIES_MAX = 100;
const WireReplies = z.array(WireReply).max(REPLIES_MAX);

const AnswerNow = z.object({ replies: WireReplies.default([]) });
const AnswerLater = z.object({
  fence: z.number().int().nonnegative(),
  replies: WireReplies.default([]),
  done: z.boolean().default(false),
});

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly reason: string };

/** The body of a `200`: `{"replies":[…]}`. */
export function parseAnswer(text: string): Parsed<{ replies: readonly Reply[] }> {
  return parse(AnswerNow, text);
}

/** The body of `POST /v1/turns/:turnId/replies`. */
export function parseLaterAnswer(text: string): Parsed<{ fence: number; replies: readonly Reply[]; done: boolean }> {
  return parse(AnswerLater, text);
}

/** What a function agent may return. */
export function parseReplies(value: unknown): Parsed<readonly Reply[]> {
  const list = value === undefined || value === null ? [] : Array.isArray(value) ? value : [value];
  return check(WireReplies, list, "replies");
}

function parse<T>(schema: z.ZodType<T>, text: string): Parsed<T> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: `the body is not JSON (${text.length} characters read)` };
  }
  return check(schema, value, "");
}

/** Says which field is wrong and what is allowed there; never what it held, which may be a person's words. */
function check<T>(schema: z.ZodType<T>, value: unknown, root: string): Parsed<T> {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const [issue] = result.error.issues;
  const path = [root, ...(issue?.path ?? [])].filter((part) => part !== "").join(".");
  return { ok: false, reason: `${path || "the body"}: ${issue?.message ?? "is not what was expected"}` };
}
