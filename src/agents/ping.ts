import { PING_SCHEMA } from "./client/ping.ts";
import type { WireTurn } from "./protocol.ts";

/**
 * An empty turn, so that an agent that doesn't know pings can process one like a turn; its answer is discarded.
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
