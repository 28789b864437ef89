/** A minimal LINE: accepts every answer and counts the answered messages. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Platform {
  readonly url: string;
  /** Resolves when that many messages have been answered since `reset`. */
  answered(count: number): Promise<void>;
  reset(): void;
  /** Calls since `reset`. */
  calls(): number;
  close(): void;
}

const YES = JSON.stringify({ sentMessages: [{ id: "461230966842064897", quoteToken: "q" }] });
/** Answer to requests for quota, name and bot info. */
const OTHER_ANSWER = JSON.stringify({
  type: "none",
  totalUsage: 0,
  displayName: "Ann",
  userId: `U${"d".repeat(32)}`,
});
const IS_ANSWER = /\/message\/(reply|push)$/;

export async function startPlatform(): Promise<Platform> {
  let answered = 0;
  let calls = 0;
  let wanted = 0;
  let reached: () => void = () => {};

  const server = createServer((request, response) => {
    const isAnswer = IS_ANSWER.test(request.url ?? "");
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      if (isAnswer) count(Buffer.concat(parts).toString());
      response.writeHead(200, { "content-type": "application/json", "x-line-request-id": "bench" });
      response.end(isAnswer ? YES : OTHER_ANSWER);
    });
  });

  /** The bot's answer has the number of messages: `re: 3`. */
  function count(body: string): void {
    const { messages } = JSON.parse(body) as { messages: { text: string }[] };
    calls += 1;
    for (const { text } of messages) answered += Number(text.slice("re: ".length));
    if (answered >= wanted) reached();
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async answered(count) {
      if (answered >= count) return;
      wanted = count;
      await new Promise<void>((resolve) => {
        reached = resolve;
      });
    },
    reset() {
      answered = 0;
      calls = 0;
      wanted = Number.POSITIVE_INFINITY;
    },
    calls: () => calls,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
