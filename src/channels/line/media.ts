import { createHmac } from "node:crypto";
import type { Dispatcher } from "undici";
import type { EventContent } from "../../core/event.ts";
import type { Media, MediaOutcome } from "../channel.ts";
import { contentOf } from "../content.ts";
import { readObject } from "../json.ts";
import type { AccessTokens } from "./api/tokens.ts";
import type { LineApi } from "./api.ts";

/** Kinds of message whose content LINE keeps for us (LINE: Messaging API reference, "Get content"). */
const KEPT: ReadonlySet<string> = new Set(["image", "video", "audio", "file"]);
/** A message's id: what a path is made of must not lead anywhere else. */
const MESSAGE_ID = /^\d{1,32}$/;

export function createMedia(api: Pick<LineApi, "open">, tokens: AccessTokens, channelSecret: string): Media {
  return {
    linkKey: createHmac("sha256", channelSecret).update("turnpike media links v1").digest(),
    referenceOf,
    async open(reference, signal) {
      if (!MESSAGE_ID.test(reference)) return { kind: "gone" };
      const current = await tokens.current();
      if (current.kind !== "token") return { kind: "unavailable", reason: current.reason };
      const response = await api.open(`/v2/bot/message/${reference}/content`, current.token, signal);
      if (response === null) return { kind: "unavailable", reason: "LINE can't be reached" };
      if (response.statusCode === 401) tokens.failed(current.token);
      return outcomeOf(response);
    },
  };
}

function referenceOf({ message }: EventContent): string | null {
  if (message === undefined || !KEPT.has(message.type) || !MESSAGE_ID.test(message.id)) return null;
  // What somebody else keeps is not LINE's to give: the message says where it is.
  const { type } = readObject(message.contentProvider) ?? {};
  return type === undefined || type === "line" ? message.id : null;
}

function outcomeOf({ statusCode, headers, body }: Dispatcher.ResponseData): MediaOutcome {
  if (statusCode === 200) return contentOf({ headers, body });
  // Its own words are of no use to the agent, and the connection is needed for others.
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
