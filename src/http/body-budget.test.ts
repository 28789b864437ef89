/**
 * Goal: unauthenticated bodies together stay within the budget, and the slowest is dropped first.
 * Method: web streams that the test feeds byte by byte, and Node's own requests over a real socket.
 */
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { BodyBudget, type Read } from "./body-budget.ts";

/** A body whose chunks the test sends. */
function sender(bodies: BodyBudget, limitBytes = 100) {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  const writer = writable.getWriter();
  const result: Promise<Read> = bodies.read(readable, limitBytes);
  const send = async (count: number, byte = 0) => {
    // A cancelled stream rejects writes.
    await writer.write(new Uint8Array(count).fill(byte)).catch(() => undefined);
    await new Promise(setImmediate);
  };
  return { result, send, end: () => writer.close(), abort: () => writer.abort() };
}

test("a complete body is whole, and frees its budget", async () => {
  const bodies = new BodyBudget(100);
  const one = sender(bodies);
  await one.send(3, 1);
  await one.send(4, 2);
  await one.send(5, 3);
  expect(bodies.heldBytes).toBe(12);
  await one.end();
  expect(await one.result).toEqual({ kind: "whole", bytes: Buffer.from([1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 3]) });
  expect(bodies.heldBytes).toBe(0);
  expect(await bodies.read(null, 100)).toEqual({ kind: "whole", bytes: new Uint8Array() });
});

test("a body over its own limit is too long, at the first byte over it", async () => {
  const bodies = new BodyBudget(1_000);
  const [fits, grows] = [sender(bodies, 10), sender(bodies, 10)];
  await fits.send(10);
  await fits.end();
  expect((await fits.result).kind).toBe("whole");
  await grows.send(10);
  await grows.send(1);
  expect(await grows.result).toEqual({ kind: "too-long" });
  expect(bodies.heldBytes).toBe(0);
});

test("over the budget the oldest is dropped, and no more than needed", async () => {
  const bodies = new BodyBudget(100);
  const [dawdler, second, third] = [sender(bodies), sender(bodies), sender(bodies)];
  await dawdler.send(60);
  await second.send(30);
  await third.send(20);
  expect(await dawdler.result).toEqual({ kind: "over-budget" });
  expect(bodies.heldBytes).toBe(50);
  for (const one of [second, third]) {
    await one.end();
    expect((await one.result).kind).toBe("whole");
  }
  expect(bodies.heldBytes).toBe(0);
});

test("a body in a hundred thousand chunks costs only its bytes", async () => {
  const bodies = new BodyBudget(1_000_000);
  const count = 100_000;
  const source = ReadableStream.from(
    (function* chunks() {
      for (let at = 0; at < count; at += 1) yield Uint8Array.of(at % 251);
    })(),
  );
  const read = await bodies.read(source as ReadableStream<Uint8Array>, count);
  if (read.kind !== "whole") throw new Error(read.kind);
  expect(read.bytes.every((byte, at) => byte === at % 251)).toBe(true);
  expect([read.bytes.length, read.bytes.buffer.byteLength <= 2 * count]).toEqual([count, true]);
});

test("an aborted body frees its budget", async () => {
  const bodies = new BodyBudget(100);
  const one = sender(bodies);
  await one.send(60);
  await one.abort();
  expect(await one.result).toEqual({ kind: "aborted" });
  expect(bodies.heldBytes).toBe(0);
});

test("over a socket it is the same: whole, too long, aborted, over budget", async () => {
  const bodies = new BodyBudget(100);
  const results: Promise<Read>[] = [];
  const server = createServer((incoming, outgoing) => {
    const result = bodies.read(incoming, 80);
    results.push(result);
    void result.then(({ kind }) => outgoing.end(kind));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const open = () => {
    const client = request({ port, host: "127.0.0.1", method: "POST", agent: false });
    const answer = new Promise<string>((resolve) => {
      client.on("response", (response) => response.setEncoding("utf8").once("data", resolve));
      client.on("error", () => resolve("nobody is there"));
    });
    return { client, answer };
  };
  const holds = async (count: number) => await expect.poll(() => bodies.heldBytes).toBe(count);

  const whole = open();
  whole.client.end("hello");
  expect(await whole.answer).toBe("whole");
  expect(await results[0]).toMatchObject({ bytes: Buffer.from("hello") });

  const long = open();
  long.client.write(Buffer.alloc(81));
  expect(await long.answer).toBe("too-long");
  long.client.destroy();

  const gone = open();
  gone.client.write(Buffer.alloc(10));
  await holds(10);
  gone.client.destroy();
  expect(await results[2]).toEqual({ kind: "aborted" });

  const dawdler = open();
  dawdler.client.write(Buffer.alloc(70));
  await holds(70);
  const next = open();
  next.client.end(Buffer.alloc(40));
  expect([await dawdler.answer, await next.answer]).toEqual(["over-budget", "whole"]);
  dawdler.client.destroy();
  await holds(0);
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
