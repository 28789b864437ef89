import type { WireTurn } from "./protocol.ts";

/** Schema of the ping that `turnpike doctor` posts instead of a turn, to check reachability and signature. */
const PING_SCHEMA = "turnpike.ping.v1";

/** A ping is answered with `204`. */
export function isPing({ schema }: { readonly schema: string }): boolean {
  return schema === PING_SCHEMA;
}

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
