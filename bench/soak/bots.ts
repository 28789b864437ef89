/** Bots of the soak that connect by themselves, and drop their connection at one word. */
import { setTimeout as pause } from "node:timers/promises";
import { WebSocket } from "ws";
import { connect } from "../../src/agents/client/connect.ts";
import { EVENT, REPLY } from "../../src/agents/openab/frames.ts";
import type { WireTurn } from "../../src/agents/protocol.ts";
import { SECRETS } from "./setup.ts";

/** What makes them drop it, without a goodbye. */
export const DROP = "drop";

/** A bot by the library's own client. */
export async function fragileBot(port: number, isOver: () => boolean): Promise<void> {
  const sockets = new Set<WebSocket>();
  class Tracked extends WebSocket {
    constructor(url: string) {
      super(url);
      sockets.add(this);
      this.on("close", () => sockets.delete(this));
      this.on("message", (data) => {
        const { turn } = JSON.parse(String(data)) as { turn?: WireTurn };
        if (turn?.text.includes(DROP)) for (const socket of sockets) socket.terminate();
      });
    }
  }
  const options = { token: SECRETS.agentToken, credit: 256, WebSocket: Tracked as never, onError: () => undefined };
  const bot = connect(`ws://127.0.0.1:${port}/v1/agent`, options).onTurn((turn) => `re: ${turn.text}`);
  while (!isOver()) await pause(500);
  await bot.close();
}

interface CoreEvent {
  readonly schema: string;
  readonly event_id: string;
  readonly channel: { readonly id: string };
  readonly content: { readonly text: string };
}

/** An openab core that connects again after 200 ms. */
export async function fragileCore(port: number, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/ws?token=${SECRETS.coreToken}`);
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      const event = JSON.parse(String(data)) as CoreEvent;
      if (event.schema !== EVENT) return;
      const { channel, content } = event;
      if (content.text.includes(DROP)) return socket.terminate();
      const text = `re: ${content.text}`;
      const reply = { schema: REPLY, reply_to: event.event_id, platform: "line", channel: { id: channel.id } };
      socket.send(JSON.stringify({ ...reply, content: { type: "text", text } }));
    });
    const closed = new Promise((resolve) => socket.once("close", resolve));
    while (!isOver() && socket.readyState !== WebSocket.CLOSED) await Promise.race([closed, pause(500)]);
    socket.terminate();
    await pause(200);
  }
}
