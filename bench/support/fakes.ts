/**
 * The platform and the bot of a bench, in a process of their own: a LINE that takes each reply token once and refuses a
 * second use, and a bot over HTTP that answers at once with what it was asked.
 */
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** What the platform has seen since the last question. */
export interface Seen {
  /** Distinct reply tokens taken. */
  readonly replied: number;
  readonly pushed: number;
  /** Calls that LINE would have refused. */
  readonly refused: number;
  /** Turns that the bot was asked, and the messages in them. One that is asked again counts once. */
  readonly turns: number;
  readonly asked: number;
  /** When each reply came (epoch ms, with fractions), by token. Only where it is asked for. */
  readonly times: Readonly<Record<string, number>>;
}

const OTHER = JSON.stringify({ type: "none", totalUsage: 0, displayName: "Ann", userId: `U${"d".repeat(32)}` });
const SENT = JSON.stringify({ sentMessages: [{ id: "461230966842064897", quoteToken: "q" }] });
const INVALID = JSON.stringify({ message: "Invalid reply token" });
const ANSWER = JSON.stringify({ replies: ["Yes, we are open until nine."] });

const tokens = new Map<string, number>();
/** Messages of each turn. */
const turns = new Map<string, number>();
let pushed = 0;
let refused = 0;

function withBody(answer: (url: string, body: string) => readonly [status: number, text: string]): RequestListener {
  return (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const [status, text] = answer(request.url ?? "", Buffer.concat(parts).toString());
      response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
      response.end(text);
    });
  };
}

const platform = createServer(
  withBody((url, body) => {
    if (url.endsWith("/message/push")) pushed += 1;
    if (!url.endsWith("/message/reply")) return [200, url.endsWith("/message/push") ? SENT : OTHER];
    const { replyToken } = JSON.parse(body) as { replyToken: string };
    if (tokens.has(replyToken)) {
      refused += 1;
      return [400, INVALID];
    }
    tokens.set(replyToken, performance.timeOrigin + performance.now());
    return [200, SENT];
  }),
);
const bot = createServer(
  withBody((_, body) => {
    const { turnId, events } = JSON.parse(body) as { turnId: string; events: readonly unknown[] };
    turns.set(turnId, events.length);
    return [200, ANSWER];
  }),
);

async function listen(server: Server): Promise<number> {
  // Longer than any pause of a bench: an idle connection that ends is another bench's subject.
  server.keepAliveTimeout = 600_000;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

const [platformPort, botPort] = await Promise.all([listen(platform), listen(bot)]);
const seen = (times: Seen["times"]): Seen => {
  const asked = [...turns.values()].reduce((sum, messages) => sum + messages, 0);
  return { replied: tokens.size, pushed, refused, turns: turns.size, asked, times };
};

process.on("message", (question) => {
  if (question === "seen") process.send?.(seen({}));
  else if (question === "times") process.send?.(seen(Object.fromEntries(tokens)));
  else if (question === "reset") {
    tokens.clear();
    turns.clear();
    pushed = 0;
    refused = 0;
    process.send?.({});
  } else if (question === "ports") {
    process.send?.({ platformPort, botPort });
  }
});
process.send?.({ port: platformPort });
