/** An HTTP server that by default echoes requests in its answers, credentials included. */
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedRequest {
  readonly path: string;
  readonly authorization: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export type Answer = readonly [status: number, body: string] | "disconnect";

/** A request as text, with the credentials or the content first. */
export function quoteOf({ path, authorization, body }: ReceivedRequest, wordsFirst: boolean): string {
  return wordsFirst ? `${wordsOf(body)} ${body} ${authorization} ${path}` : `${authorization} ${path} ${body}`;
}

function wordsOf(body: string): string {
  try {
    return texts(JSON.parse(body)).join(" ");
  } catch {
    return body;
  }
}

function texts(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(texts) : [];
}

export class EchoServer implements AsyncDisposable {
  /** Answers of the next requests. */
  answer: (heard: ReceivedRequest) => Answer = (heard) => [400, quoteOf(heard, true)];
  readonly heard: ReceivedRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<EchoServer> {
    const server = createServer();
    const echoServer = new EchoServer(server);
    server.on("request", (request, response) => {
      void read(request).then((body) => {
        const { url: path = "/", headers } = request;
        const heard = { path, authorization: String(headers.authorization ?? ""), body, headers: flat(headers) };
        echoServer.heard.push(heard);
        const answer = echoServer.answer(heard);
        if (answer === "disconnect") request.socket.destroy();
        else response.writeHead(answer[0], { "content-type": "application/json" }).end(answer[1]);
      });
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    server.listen(0, "127.0.0.1", resolve);
    await promise;
    return echoServer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }
}

function flat(headers: IncomingMessage["headers"]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}
