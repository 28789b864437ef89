/**
 * What a home-made gateway has around its queue: a server that verifies LINE's signature, and a client that asks the bot
 * and replies. The contenders differ in what lies between.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Pool } from "undici";
import { SECRET } from "./webhooks.ts";

export interface LineEvent {
  readonly webhookEventId: string;
  readonly replyToken: string;
  readonly timestamp: number;
  readonly source: { readonly userId: string };
  readonly message: { readonly text: string };
}

/** Answers 200 when each event is accepted. Resolves to its port. */
export async function serveWebhooks(accept: (event: LineEvent) => Promise<void>): Promise<number> {
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", async () => {
      const body = Buffer.concat(parts);
      const expected = createHmac("sha256", SECRET).update(body).digest();
      const given = Buffer.from(String(request.headers["x-line-signature"]), "base64");
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        return void response.writeHead(401).end();
      const { events } = JSON.parse(body.toString()) as { events: readonly LineEvent[] };
      try {
        await Promise.all(events.map(accept));
      } catch {
        // The platform sends it again.
        return void response.writeHead(503, { "content-length": 0 }).end();
      }
      response.writeHead(200, { "content-type": "application/json", "content-length": 16 });
      response.end('{"message":"OK"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

export interface Calls {
  /** The bot's replies to the event. */
  ask(turnId: string, event: LineEvent): Promise<readonly string[]>;
  /** The platform's status for that body of a reply call. */
  reply(body: string): Promise<number>;
}

/** Without a bot nothing may be called. */
export function createCalls(platformUrl: string, botUrl: string): Calls {
  const connections = { connections: 256, pipelining: 1 };
  const bot = botUrl === "" ? null : new Pool(botUrl, connections);
  const platform = platformUrl === "" ? null : new Pool(platformUrl, connections);
  const post = async (pool: Pool | null, path: string, body: string) => {
    if (pool === null) throw new Error("there is nobody to call");
    const headers = { "content-type": "application/json", authorization: "Bearer bench" };
    const { statusCode, body: answered } = await pool.request({ path, method: "POST", headers, body });
    return { status: statusCode, text: await answered.text() };
  };
  return {
    async ask(turnId, event) {
      const { text } = await post(bot, "/", JSON.stringify({ turnId, events: [event] }));
      return (JSON.parse(text) as { replies: readonly string[] }).replies;
    },
    reply: async (body) => (await post(platform, "/v2/bot/message/reply", body)).status,
  };
}

export function replyBody({ replyToken }: LineEvent, replies: readonly string[]): string {
  return JSON.stringify({ replyToken, messages: replies.map((text) => ({ type: "text", text })) });
}
