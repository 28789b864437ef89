import type { Agent } from "../../../src/agents/agent.ts";
import type { SocketEndpoint } from "../../../src/agents/socket.ts";

export interface Drop {
  /** The frame, counted over all connections, from 1: the first hello. */
  readonly atFrame: number;
  /** Whether that frame is still read. Its answer is lost either way. */
  readonly isRead: boolean;
  /** Ends the connections as the network does. */
  readonly disconnect: () => void;
}

/** The same agent, whose connections end once, at a frame that the bot sends. */
export function dropping(agent: Agent, drop: Drop): Agent & { readonly hasDropped: () => boolean } {
  let frames = 0;
  const wrap = (endpoint: SocketEndpoint): SocketEndpoint => ({
    ...endpoint,
    open(socket, upgradeRequest) {
      const listener = endpoint.open(socket, upgradeRequest);
      return {
        onBinary: () => listener.onBinary(),
        onClose: () => listener.onClose(),
        onText(text) {
          frames += 1;
          if (frames === drop.atFrame) drop.disconnect();
          if (frames !== drop.atFrame || drop.isRead) listener.onText(text);
        },
      };
    },
  });
  return { ...agent, endpoints: (agent.endpoints ?? []).map(wrap), hasDropped: () => frames >= drop.atFrame };
}
