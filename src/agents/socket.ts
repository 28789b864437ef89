import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";

export interface AgentSocket {
  /** Sends a text frame; does nothing after the connection has ended. */
  send(text: string): void;
  close(code: number, reason: string): void;
  /** Unsent bytes in the buffer (backpressure). */
  readonly waitingBytes: number;
}

export interface SocketListener {
  onText(text: string): void;
  /** A binary frame, which no protocol here uses. */
  onBinary(): void;
  onClose(): void;
  /** True before authentication. Default false: `admits` has checked the token. */
  readonly isAnonymous?: boolean;
}

export interface UpgradeRequest {
  readonly query: URLSearchParams;
  /** The token of `Authorization: Bearer …`; `null` without one. */
  readonly bearer: string | null;
}

export interface SocketEndpoint {
  /** As in `/v1/agent`. */
  readonly path: string;
  /** Largest frame, in bytes: a longer one closes the connection with code 1009. */
  readonly frameLimitBytes: number;
  /** Whether the upgrade is accepted; `false`: 401. */
  admits(upgradeRequest: UpgradeRequest): boolean;
  /** Whether the upgrade request is authenticated. Default true: `admits` has checked the token. */
  isAuthenticated?(upgradeRequest: UpgradeRequest): boolean;
  open(socket: AgentSocket, upgradeRequest: UpgradeRequest): SocketListener;
}

/** Handler of a `node:http` server's `upgrade` event. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
