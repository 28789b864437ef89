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
  /** Whether it has shown no token yet. Default: it has, or it would not have been admitted. */
  readonly isAnonymous?: boolean;
}

/** What is known of a connection before its first frame. */
export interface UpgradeRequest {
  readonly query: URLSearchParams;
  /** The token of `Authorization: Bearer …`; `null` without one. */
  readonly bearer: string | null;
}

/** A place where agents connect with a WebSocket. */
export interface SocketEndpoint {
  /** As in `/v1/agent`. */
  readonly path: string;
  /** Largest frame that is read, in bytes: a longer one ends the connection with code 1009. */
  readonly frameLimitBytes: number;
  /** Whether the upgrade is granted; `false` is a 401. */
  admits(upgradeRequest: UpgradeRequest): boolean;
  /** Whether who knocks has shown a token already. Default: yes, or the upgrade would not be granted. */
  knows?(upgradeRequest: UpgradeRequest): boolean;
  open(socket: AgentSocket, upgradeRequest: UpgradeRequest): SocketListener;
}

/** Takes `upgrade` requests of a `node:http` server. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
