/** Webhooks that lie in a process's sockets before it can read one of them. */
import { connect, type Socket } from "node:net";
import { signed } from "./post.ts";

/** The first line of the answer; empty when the connection ended without one. */
type Answer = Promise<string>;

/** A connection of the public port, open and taken: the process needs not accept it any more. */
export class Line {
  readonly #socket: Socket;
  readonly #url: URL;
  #received = "";

  private constructor(url: URL) {
    this.#url = url;
    this.#socket = connect(Number(url.port), url.hostname);
    this.#socket.setEncoding("latin1").on("data", (part: string) => {
      this.#received += part;
    });
    this.#socket.on("error", () => undefined);
  }

  /** `url`: where webhooks go. Whether the process is alive is asked first, so that it has the connection. */
  static async open(url: string): Promise<Line> {
    const line = new Line(new URL(url));
    line.#socket.write(`GET /health HTTP/1.1\r\nhost: ${line.#url.hostname}\r\n\r\n`);
    await line.#has('"alive"}');
    line.#received = "";
    return line;
  }

  static direct(url: string): Line {
    return new Line(new URL(url));
  }

  /** Resolves when the system has taken the whole request. */
  async put(body: string, secret: string): Promise<{ readonly answer: Answer }> {
    const headers = { ...signed(body, secret), "content-length": String(Buffer.byteLength(body)), connection: "close" };
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    const request = [`POST ${this.#url.pathname} HTTP/1.1`, `host: ${this.#url.hostname}`, ...head, "", body];
    const answer = this.#has(null);
    await new Promise<void>((resolve) => {
      this.#socket.write(request.join("\r\n"), () => resolve());
    });
    return { answer };
  }

  /** Resolves with the first line when these words were received, or else when the connection has ended. */
  #has(words: string | null): Answer {
    return new Promise((resolve) => {
      const firstLine = () => resolve(this.#received.split("\r\n")[0] ?? "");
      this.#socket.on("data", () => words !== null && this.#received.includes(words) && firstLine());
      this.#socket.once("close", firstLine);
    });
  }
}
