/**
 * An openab core, written after the protocol page: it says what it is, shows by a reaction that it has a message, answers
 * with one frame at a time and waits for the word on it. What it says about a message goes into the connection that the
 * message came by, also when that one is gone; it never says anything twice.
 */
import type { AgentWebSocket } from "../../../src/agents/client/connect.ts";
import { CLIENT_HELLO, EVENT, REPLY, RESPONSE } from "../../../src/agents/openab/frames.ts";
import { type Clock, pause } from "../../../src/runtime/clock.ts";

export interface CoreOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly WebSocket: new (url: string) => AgentWebSocket;
  /** The texts that answer a text, one frame each. */
  readonly answer: (text: string) => Promise<readonly string[]>;
  /** Whether it reacts to a message before it works on it. */
  readonly reacts: boolean;
}

interface CoreEvent {
  readonly event_id: string;
  readonly message_id: string;
  readonly platform: string;
  readonly channel: { readonly id: string };
  readonly content: { readonly text: string };
}

/** openab `src/gateway.rs`: 1 s, doubling, 30 s at most, from 1 s again after a connection. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 30_000;
const ACK_MS = 12_000;

export function memoryCore(options: CoreOptions): { close(): void } {
  const { clock } = options;
  let isClosed = false;
  let waitMs = FIRST_WAIT_MS;
  let requests = 0;
  const waiting = new Map<string, () => void>();

  async function work(socket: AgentWebSocket, event: CoreEvent): Promise<void> {
    const say = (frame: object) => {
      const { platform, channel } = event;
      if (socket.readyState === 1) socket.send(JSON.stringify({ schema: REPLY, platform, channel, ...frame }));
    };
    const react = (mark: string) =>
      say({ reply_to: event.message_id, command: "add_reaction", content: { type: "text", text: mark } });
    if (options.reacts) react("👀");
    for (const text of await options.answer(event.content.text)) {
      requests += 1;
      const id = `req_${requests}`;
      const { promise: told, resolve } = Promise.withResolvers<void>();
      waiting.set(id, resolve);
      say({ reply_to: event.event_id, request_id: id, content: { type: "text", text } });
      await Promise.race([told, pause(clock, ACK_MS)]);
    }
    if (options.reacts) react("🆗");
  }

  function connectOnce(): void {
    if (isClosed) return;
    const socket = new options.WebSocket(options.url);
    socket.addEventListener("open", () => {
      waitMs = FIRST_WAIT_MS;
      const hello = { protocol_version: 1, client_name: "openab-core/test", requested_platforms: [] };
      socket.send(JSON.stringify({ schema: CLIENT_HELLO, ...hello }));
    });
    socket.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(String(data)) as CoreEvent & { schema: string; request_id?: string };
      if (frame.schema === RESPONSE) waiting.get(frame.request_id ?? "")?.();
      if (frame.schema === EVENT) void work(socket, frame);
    });
    socket.addEventListener("close", () => {
      clock.after(waitMs, connectOnce);
      waitMs = Math.min(LONGEST_WAIT_MS, 2 * waitMs);
    });
  }

  connectOnce();
  return {
    close: () => {
      isClosed = true;
    },
  };
}
