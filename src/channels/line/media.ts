import { createHmac } from "node:crypto";
import { Agent, type Dispatcher, request } from "undici";
import type { EventContent } from "../../core/event.ts";
import { USER_AGENT } from "../../runtime/user-agent.ts";
import type { Media, MediaOutcome } from "../channel.ts";
import { contentOf } from "../content.ts";
import { readObject } from "../json.ts";
import type { AccessTokens } from "./api/tokens.ts";
import type { ResolvedLineOptions } from "./config.ts";

/** Message types whose content is fetched from LINE (LINE: Messaging API reference, "Get content"). */
const FETCHED_TYPES: ReadonlySet<string> = new Set(["image", "video", "audio", "file"]);
/** A message id. Checked because it becomes part of a request path. */
const MESSAGE_ID = /^\d{1,32}$/;
/** Maximum pause between two chunks, in ms: the reader may apply backpressure. */
const BODY_IDLE_TIMEOUT_MS = 60_000;

/** Content is streamed from a host of its own. */
export function createMedia(options: ResolvedLineOptions, tokens: AccessTokens): Media & { close(): Promise<void> } {
  const dispatcher = new Agent({
    connect: { timeout: options.connectTimeoutMs },
    headersTimeout: options.sendTimeoutMs,
    bodyTimeout: BODY_IDLE_TIMEOUT_MS,
  });
  return {
    linkKey: createHmac("sha256", options.channelSecret[0] ?? "")
      .update("turnpike media links v1")
      .digest(),
    referenceOf,
    async open(reference, signal) {
      if (!MESSAGE_ID.test(reference)) return { kind: "gone" };
      const current = await tokens.current();
      if (current.kind !== "token") return { kind: "unavailable", reason: current.reason };
      const url = `${options.dataApiBaseUrl}/v2/bot/message/${reference}/content`;
      const headers = { authorization: `Bearer ${current.token}`, "user-agent": USER_AGENT };
      try {
        const response = await request(url, { headers, signal, dispatcher });
        if (response.statusCode === 401) tokens.failed(current.token);
        return outcomeOf(response);
      } catch {
        return { kind: "unavailable", reason: "LINE can't be reached" };
      }
    },
    close: () => dispatcher.destroy(),
  };
}

function referenceOf({ message }: EventContent): string | null {
  if (message === undefined || !FETCHED_TYPES.has(message.type) || !MESSAGE_ID.test(message.id)) return null;
  // Content of another provider isn't at LINE: the message has its URL.
  const { type } = readObject(message.contentProvider) ?? {};
  return type === undefined || type === "line" ? message.id : null;
}

function outcomeOf({ statusCode, headers, body }: Dispatcher.ResponseData): MediaOutcome {
  if (statusCode === 200) return contentOf({ headers, body });
  // The error body isn't used; destroying it frees the connection.
  body.on("error", () => undefined).destroy();
  switch (statusCode) {
    case 202:
      return { kind: "preparing" };
    case 404:
    case 410:
      return { kind: "gone" };
    default:
      return { kind: "unavailable", reason: `LINE answered ${statusCode}` };
  }
}
