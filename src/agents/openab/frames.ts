/** Frames of the openab gateway protocol, distinguished by `schema`; unknown fields are ignored. */

import { z } from "zod";
import { accountKeyOf } from "../../core/conversation.ts";
import { type Parsed, parse } from "../../runtime/parse-json.ts";

export const EVENT = "openab.gateway.event.v1";
export const REPLY = "openab.gateway.reply.v1";
export const RESPONSE = "openab.gateway.response.v1";
export const CLIENT_HELLO = "openab.gateway.client_hello.v1";
export const HELLO = "openab.gateway.hello.v1";

/** Largest frame in either direction, in bytes; newer cores and gateways refuse a longer one. */
export const FRAME_LIMIT_BYTES = 8 * 1024 * 1024;

const optional = z.string().nullish();

/** A platform takes no half of a surrogate pair, as of a text that was cut in the middle of an emoji. */
const wellFormed = z.string().transform((text) => text.toWellFormed());

const CoreFrames = z.discriminatedUnion("schema", [
  z.object({
    schema: z.literal(REPLY),
    /** Event id of a message, platform message id of a command, or empty for a proactive message. */
    reply_to: z.string(),
    platform: z.string(),
    channel: z.object({ id: z.string(), thread_id: optional }),
    content: z.object({ type: z.string().nullish(), text: wellFormed }),
    command: optional,
    request_id: optional,
    quote_message_id: optional,
    target_message_id: optional,
  }),
  z.object({
    schema: z.literal(CLIENT_HELLO),
    protocol_version: z.number().optional(),
    client_name: optional,
    requested_platforms: z.array(z.string()).default([]),
  }),
]);

type CoreFrame = z.output<typeof CoreFrames>;
export type CoreReply = CoreFrame & { readonly schema: typeof REPLY };
export type ClientHello = CoreFrame & { readonly schema: typeof CLIENT_HELLO };

export function readCoreFrame(text: string): Parsed<CoreFrame> {
  return parse(CoreFrames, text, "the frame");
}

/** Request id of an invalid frame; empty when there is none. */
export function requestIdOf(text: string): string {
  try {
    const { request_id: id } = JSON.parse(text) as { request_id?: unknown };
    return typeof id === "string" ? id : "";
  } catch {
    return "";
  }
}

export type WriteOutcome =
  | { readonly kind: "delivered"; readonly messageId: string }
  | { readonly kind: "rejected"; readonly code: string; readonly error: string };

export function response(requestId: string, outcome: WriteOutcome): object {
  const common = { schema: RESPONSE, request_id: requestId, thread_id: null };
  if (outcome.kind === "delivered") {
    return { ...common, success: true, message_id: outcome.messageId, error: null, outcome: "delivered" };
  }
  return {
    ...common,
    success: false,
    message_id: null,
    error: outcome.error,
    outcome: "rejected",
    error_code: outcome.code,
    retry_after_ms: null,
  };
}

/**
 * `message_limit`: large, so that a core sends one frame, which the gateway splits into up to five messages of one free
 * call. `send_ack`: a stored answer has an id at once. No streaming: the platforms can't edit messages.
 */
const CAPABILITIES = {
  send_ack: true,
  edit_ack: false,
  delete_ack: false,
  supports_target_message_id: false,
  supports_reactions: true,
  supports_attachment_materialization: false,
  supports_conversation_registry: false,
  supports_persistent_conversation_send: false,
  can_edit: false,
  can_delete: false,
  streaming_mode: "disabled",
  show_streaming_placeholder: false,
  message_limit: { unit: "characters", max: 20_000 },
  status_backend: "reactions",
} as const;

/** With `topology.supported: false` a core warns that it is not the only one. */
export function hello(platforms: readonly string[], cores: { readonly count: number; readonly all: boolean }): object {
  return {
    schema: HELLO,
    protocol_version: 1,
    capabilities: Object.fromEntries(platforms.map((platform) => [platform, CAPABILITIES])),
    topology: {
      active_consumers: cores.count,
      supported: cores.count <= 1 || !cores.all,
      delivery_mode: cores.all ? "best_effort_broadcast" : "one_consumer",
    },
  };
}

/** Each account is a platform of its own for a core, which keeps sessions apart; cores return the name in replies. */
export function platformOf(channel: string, account: string): string {
  return account === "default" ? channel : accountKeyOf({ channel, account });
}

export function parsePlatform(platform: string): { readonly channel: string; readonly account: string } {
  const [channel = platform, account = "default"] = platform.split("/", 2);
  return { channel, account };
}
