import { createHmac } from "node:crypto";

export const SECRET = "bench-channel-secret";

/** Number of senders, such that most turns have a few events. */
const PEOPLE = 2_000;

/** Complete HTTP requests, each a distinct signed LINE webhook with one text event. */
export function signedRequests(count: number, runId: string, port: number, people = PEOPLE): Buffer[] {
  return Array.from({ length: count }, (_, index) => signedRequest(index, runId, port, index % people));
}

/** As `signedRequests`: each person writes so many messages one after another, and then no more. */
export function signedBursts(count: number, runId: string, port: number, ofEach: number): Buffer[] {
  return Array.from({ length: count }, (_, index) => signedRequest(index, runId, port, Math.floor(index / ofEach)));
}

const serialOf = (index: number, runId: string) => `${runId}${String(index).padStart(9, "0")}`;

/** The reply token of the request of that place. */
export const tokenOf = (index: number, runId: string) => `token${serialOf(index, runId)}`.padEnd(32, "x");

function signedRequest(index: number, runId: string, port: number, person: number): Buffer {
  const serial = serialOf(index, runId);
  const event = {
    type: "message",
    mode: "active",
    timestamp: Date.now(),
    source: { type: "user", userId: `U${String(person).padStart(32, "0")}` },
    webhookEventId: `01BENCH${serial}`,
    deliveryContext: { isRedelivery: false },
    replyToken: tokenOf(index, runId),
    message: {
      id: `4445${serial}`,
      type: "text",
      quoteToken: `quote${serial}`.padEnd(64, "q"),
      text: "こんにちは、営業時間を教えてください 🙂",
    },
  };
  const body = JSON.stringify({ destination: `U${"d".repeat(32)}`, events: [event] });
  const signature = createHmac("sha256", SECRET).update(body).digest("base64");
  const head = [
    "POST /webhook/line HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Content-Type: application/json; charset=utf-8",
    "User-Agent: LineBotWebhook/2.0",
    `X-Line-Signature: ${signature}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    "",
  ];
  return Buffer.from(head.join("\r\n") + body);
}
