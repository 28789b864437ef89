import { once } from "node:events";
import { WebSocket } from "ws";
import { until } from "../../e2e/support/eventually.ts";

export type Frame = Readonly<Record<string, unknown>> & { readonly type?: string };

/** A bot that speaks the wire by hand: what it sends is what the test says, to the letter. */
export class RawSocket {
  readonly frames: Frame[] = [];
  readonly #socket: WebSocket;
  #closed: { code: number; reason: string } | null = null;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("message", (text) => this.frames.push(JSON.parse(String(text)) as Frame));
    socket.on("close", (code, reason) => {
      this.#closed = { code, reason: String(reason) };
    });
    socket.on("error", () => undefined);
  }

  static async connect(url: string, headers: Readonly<Record<string, string>> = {}): Promise<RawSocket> {
    const socket = new WebSocket(url, { headers: { ...headers } });
    const raw = new RawSocket(socket);
    await once(socket, "open");
    return raw;
  }

  send(frame: object | string): void {
    this.#socket.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.send(bytes);
  }

  /** The `nth` frame of that type (or that schema, where a dialect says so), from 0. */
  async hears(type: string, nth = 0): Promise<Frame> {
    const heard = () => this.#of(type)[nth];
    return await until(`a ${type} frame`, heard);
  }

  count(type: string): number {
    return this.#of(type).length;
  }

  #of(type: string): Frame[] {
    return this.frames.filter((frame) => frame.type === type || frame.schema === type);
  }

  async isClosed(): Promise<{ code: number; reason: string }> {
    return await until("the end of the connection", () => this.#closed);
  }

  /** Reads nothing more, so that no ping is answered. */
  deafen(): void {
    this.#socket.pause();
  }

  /** As when the network goes: no goodbye. */
  drop(): void {
    this.#socket.terminate();
  }

  close(): void {
    this.#socket.close();
  }
}
