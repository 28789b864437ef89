/**
 * Goal: a `100 Continue` that nobody asked for is skipped wherever it comes, and no other byte is changed.
 * Method: a real server that writes answers to the byte, chunk by chunk, and undici's own pool.
 */
import { type AddressInfo, createServer } from "node:net";
import { Pool } from "undici";
import { afterEach, expect, test } from "vitest";
import { httpConnect } from "./http-connect.ts";
import { exchange } from "./http-exchange.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Each request is answered with these chunks, the next one when the one before it was read. */
async function poolAt(chunks: readonly string[]): Promise<Pool> {
  const server = createServer((socket) => {
    socket.setNoDelay(true).on("error", () => undefined);
    socket.on("data", async () => {
      for (const chunk of chunks) {
        await new Promise((resolve) => socket.write(chunk, resolve));
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const pool = new Pool(`http://127.0.0.1:${port}`, { connect: httpConnect({ allowH2: false }), connections: 1 });
  ends.push(
    () => new Promise((resolve) => server.close(resolve)),
    () => pool.destroy(),
  );
  return pool;
}

const POST = { path: "/", method: "POST", body: "{}" } as const;
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const answer = (body: string) => `HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`;

test.each([
  ["alone", [CONTINUE, answer("ok")]],
  ["together with the answer", [`${CONTINUE}${answer("ok")}`]],
  ["with headers of its own", ["HTTP/1.1 100 Continue\r\nvia: a\r\n\r\n", answer("ok")]],
  ["twice, of two proxies", [`${CONTINUE}${CONTINUE}`, answer("ok")]],
  ["twice, one after the other", [CONTINUE, `${CONTINUE}${answer("ok")}`]],
])("a 100 that comes %s is skipped, on each request of a connection", async (_how, chunks) => {
  const pool = await poolAt(chunks);
  for (let request = 0; request < 3; request += 1) {
    const exchanged = await exchange(pool, POST, { maxBytes: 100 });
    expect(exchanged).toMatchObject({ kind: "answered", status: 200, body: Buffer.from("ok") });
  }
});

test("an answer that quotes a 100, at the beginning of a chunk, is read as it was sent", async () => {
  const [head = "", body = ""] = [answer(CONTINUE).slice(0, -CONTINUE.length), CONTINUE];
  const pool = await poolAt([CONTINUE, head, body]);
  expect(await exchange(pool, POST, { maxBytes: 100 })).toMatchObject({ body: Buffer.from(body) });
});
