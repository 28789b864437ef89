import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

/** One connected agent, as a dialect sees it. */
export interface AgentSocket {
  /** Sends a text frame, or nothing when the connection has ended. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** What was sent and the other side hasn't read yet, in bytes. */
  readonly waitingBytes: number;
}

export interface SocketListener {
  onText(text: string): void;
  /** Binary frames, which no dialect has. */
  onBinary(): void;
  onClose(): void;
  /** Whether it has shown no token yet. Default: it has, or the door would not have opened. */
  readonly isStranger?: boolean;
}

/** What is known of a connection before its first frame. */
export interface Knock {
  readonly query: URLSearchParams;
  /** The token of `Authorization: Bearer …`; `null` without one. */
  readonly bearer: string | null;
}

/** A place where agents connect with a WebSocket. */
export interface SocketDoor {
  /** As in `/v1/agent`. */
  readonly path: string;
  /** Largest frame that is read, in bytes: a longer one ends the connection with code 1009. */
  readonly frameLimitBytes: number;
  /** Whether the upgrade is granted; `false` is a 401. */
  admits(knock: Knock): boolean;
  /** Whether who knocks has shown a token already. Default: yes, or the upgrade would not be granted. */
  knows?(knock: Knock): boolean;
  open(socket: AgentSocket, knock: Knock): SocketListener;
}

/** Takes `upgrade` requests of a `node:http` server. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
