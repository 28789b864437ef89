/** A bot behind a real HTTP server, whose answers a test scripts person by person, and which remembers every turn. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import type { WireTurn } from "../../../src/agents/protocol.ts";

export const AGENT_SECRET = `whsec_${Buffer.from("an end-to-end test's agent secret").toString("base64")}`;

export interface HandedTurn {
  readonly at: number;
  readonly turn: WireTurn;
  readonly headers: Readonly<Record<string, string>>;
  /** The body's exact bytes, as text. */
  readonly body: string;
  /** What the official library says of the signature: `null` when it is right, else its words. */
  readonly signatureProblem: string | null;
  /** The gateway hung up before there was an answer. */
  hungUp: boolean;
}

/** `disconnect`: the connection ends without an answer. */
export type AgentAnswer =
  | "disconnect"
  | { readonly status: number; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };

export type Script = (turn: WireTurn) => AgentAnswer | Promise<AgentAnswer>;

export const answers = (...replies: unknown[]): AgentAnswer => ({ status: 200, body: { replies } });
export const answersLater: AgentAnswer = { status: 202 };

/** A model that thinks for so long. */
export async function thinksFor(delayMs: number, answer: AgentAnswer): Promise<AgentAnswer> {
  await wait(delayMs);
  return answer;
}

/** One answer after another; the last one again and again. */
export function inTurn(first: AgentAnswer, ...rest: AgentAnswer[]): Script {
  const left = [first, ...rest];
  let current = first;
  return () => {
    current = left.shift() ?? current;
    return current;
  };
}

const echo: Script = (turn) => answers(`re: ${turn.text}`);

export class ScriptedAgent implements AsyncDisposable {
  readonly handed: HandedTurn[] = [];
  readonly #scripts = new Map<string, Script>();
  #server: Server | null = null;
  #port = 0;

  /** Listens; after a `stop`, on the same port as before. */
  async start(): Promise<void> {
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(this.#port, "127.0.0.1", resolve);
    });
    this.#server = server;
    this.#port = (server.address() as AddressInfo).port;
  }

  /** From now on nobody listens: connections are refused. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    if (server === null) return;
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/turns`;
  }

  /** What this person's turns are answered. By default with `re:` and what was said. */
  script(peerId: string, script: Script): void {
    this.#scripts.set(peerId, script);
  }

  turnsOf(peerId: string): readonly HandedTurn[] {
    return this.handed.filter(({ turn }) => turn.conversation.peerId === peerId);
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString("utf8");
    const turn = JSON.parse(body) as WireTurn;
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const problem = signatureProblem(body, headers);
    const handed: HandedTurn = { at: performance.now(), turn, headers, body, signatureProblem: problem, hungUp: false };
    this.handed.push(handed);
    response.once("close", () => {
      handed.hungUp = !response.writableEnded;
    });
    const script = this.#scripts.get(turn.conversation.peerId) ?? echo;
    const answer = problem === null ? await script(turn) : { status: 401, body: { message: problem } };
    if (answer === "disconnect") {
      request.socket.destroy();
      return;
    }
    const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body ?? "");
    const hasBody = answer.body !== undefined;
    response.writeHead(answer.status, { ...(hasBody && { "content-type": "application/json" }), ...answer.headers });
    response.end(hasBody ? text : undefined);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

function signatureProblem(body: string, headers: Record<string, string>): string | null {
  try {
    new Webhook(AGENT_SECRET).verify(body, headers);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
