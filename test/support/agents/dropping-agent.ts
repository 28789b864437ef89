import type { Agent } from "../../../src/agents/agent.ts";
import type { SocketDoor } from "../../../src/agents/socket.ts";

export interface Drop {
  /** The frame, counted over all connections, from 1: the first hello. */
  readonly atFrame: number;
  /** Whether that frame is still read. Its answer is lost either way. */
  readonly isRead: boolean;
  /** Ends the connections as the network does. */
  readonly cut: () => void;
}

/** The same agent, whose connections end once, at a frame that the bot sends. */
export function dropping(agent: Agent, drop: Drop): Agent & { readonly hasDropped: () => boolean } {
  let frames = 0;
  const wrap = (door: SocketDoor): SocketDoor => ({
    ...door,
    open(socket, knock) {
      const listener = door.open(socket, knock);
      return {
        onBinary: () => listener.onBinary(),
        onClose: () => listener.onClose(),
        onText(text) {
          frames += 1;
          if (frames === drop.atFrame) drop.cut();
          if (frames !== drop.atFrame || drop.isRead) listener.onText(text);
        },
      };
    },
  });
  return { ...agent, doors: (agent.doors ?? []).map(wrap), hasDropped: () => frames >= drop.atFrame };
}
