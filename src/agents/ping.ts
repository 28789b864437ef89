import { PING_SCHEMA } from "./client/ping.ts";
import type { WireTurn } from "./protocol.ts";

/**
 * A turn's form with nothing in it, so that an agent that has never heard of pings is not brought down by one: it answers
 * an empty text, and nobody gets that answer.
 */
export function pingTurn(pingId: string): Omit<WireTurn, "schema"> & { readonly schema: typeof PING_SCHEMA } {
  return {
    schema: PING_SCHEMA,
    turnId: pingId,
    attempt: 1,
    fence: 0,
    channel: "none",
    account: "none",
    conversation: { id: pingId, kind: "user", peerId: "nobody" },
    text: "",
    replyBy: null,
    events: [],
  };
}
