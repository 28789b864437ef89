/** Webhooks posted by hand: every header and byte as the test says. */
import { createHmac } from "node:crypto";
import { type ClientRequest, request } from "node:http";
import { connect } from "node:net";

export interface Posted {
  readonly status: number;
  readonly body: string;
}

export function sign(body: string | Uint8Array, secret: string): string {
  return createHmac("sha256", secret).update(body).digest("base64");
}

/** A signed webhook's headers, some of them replaced, or left out with `undefined`. */
export function signed(
  body: string,
  secret: string,
  replaced: Readonly<Record<string, string | undefined>> = {},
): Record<string, string> {
  const headers = { "content-type": "application/json", "x-line-signature": sign(body, secret), ...replaced };
  return Object.fromEntries(
    Object.entries(headers).filter((header): header is [string, string] => header[1] !== undefined),
  );
}

/** Headers go out in the case they are given in. */
export function post(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<Posted> {
  const call = open(url, headers);
  call.request.end(body);
  return call.answered;
}

/** Only the head, which promises `length` bytes, and never one of them. */
export async function postHeadOnly(url: string, headers: Readonly<Record<string, string>>, length: number) {
  const call = open(url, { ...headers, "content-length": String(length) });
  call.request.flushHeaders();
  const answer = await call.answered;
  call.request.destroy();
  return answer;
}

/** So many bytes in chunks, without a stated length, and then neither more nor an end. */
export async function postChunks(url: string, headers: Readonly<Record<string, string>>, bytes: number) {
  const call = open(url, { ...headers, "transfer-encoding": "chunked" });
  for (let left = bytes; left > 0; left -= 64 * 1024) {
    call.request.write(Buffer.alloc(Math.min(left, 64 * 1024), "a"));
  }
  const answer = await call.answered;
  call.request.destroy();
  return answer;
}

function open(
  url: string,
  headers: Readonly<Record<string, string>>,
): { request: ClientRequest; answered: Promise<Posted> } {
  const { promise: answered, resolve, reject } = Promise.withResolvers<Posted>();
  const outgoing = request(url, { method: "POST", headers, agent: false }, (response) => {
    const parts: string[] = [];
    response.setEncoding("utf8").on("data", (part: string) => parts.push(part));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, body: parts.join("") }));
    response.on("error", reject);
  });
  outgoing.on("error", reject);
  return { request: outgoing, answered };
}

/** A client that dawdles: `opening` at once, then a byte now and then. Resolves when it was cut off. */
export function dawdle(url: string, opening: string, everyMs: number): Promise<{ received: string }> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<{ received: string }>();
  let received = "";
  const socket = connect(Number(port), hostname, () => socket.write(opening));
  const timer = setInterval(() => socket.writable && opening !== "" && socket.write("a"), everyMs);
  socket.setEncoding("latin1").on("data", (part: string) => {
    received += part;
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    clearInterval(timer);
    resolve({ received });
  });
  return promise;
}
