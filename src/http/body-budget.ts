import type { IncomingMessage } from "node:http";

export type Read =
  | { readonly kind: "whole"; readonly bytes: Uint8Array }
  | { readonly kind: "too-long" }
  /** All bodies together exceeded the budget, and this was the oldest. */
  | { readonly kind: "over-budget" }
  /** The client closed the connection. */
  | { readonly kind: "aborted" };

/** Node's request where available, which costs a quarter of a web stream. */
export type BodySource = IncomingMessage | ReadableStream<Uint8Array> | null;

/**
 * Memory budget for bodies of unauthenticated requests: together at most `maxBytes`, counted as bytes arrive, because
 * `Content-Length` is only a claim. Over the budget the oldest is dropped: a platform's webhook arrives within
 * milliseconds, so a slow client is no platform.
 */
export class BodyBudget {
  readonly #maxBytes: number;
  /** The oldest first. */
  readonly #readings = new Set<Reading>();
  #heldBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get heldBytes(): number {
    return this.#heldBytes;
  }

  /** Reads a body of `limitBytes` at most. Never rejects for a fault of the client. */
  async read(source: BodySource, limitBytes: number): Promise<Read> {
    const reading = new Reading(limitBytes, (bytes) => this.#makeRoom(bytes));
    this.#readings.add(reading);
    try {
      if (source === null) reading.finish();
      else if (source instanceof ReadableStream) void readStream(source, reading);
      else readIncoming(source, reading);
      return await reading.result;
    } finally {
      this.#readings.delete(reading);
      this.#heldBytes -= reading.size;
    }
  }

  #makeRoom(bytes: number): void {
    this.#heldBytes += bytes;
    for (const oldest of this.#readings) {
      if (this.#heldBytes <= this.#maxBytes) return;
      this.#readings.delete(oldest);
      this.#heldBytes -= oldest.size;
      oldest.size = 0;
      oldest.settle({ kind: "over-budget" });
    }
  }
}

const NOTHING = new Uint8Array();

class Reading {
  /** Bytes charged to the budget. */
  size = 0;
  readonly result: Promise<Read>;
  /** Stops reading the source. */
  onSettled: () => void = () => {};
  readonly #limitBytes: number;
  readonly #charge: (bytes: number) => void;
  readonly #resolve: (read: Read) => void;
  /** The first chunk, or a buffer of which `size` bytes are filled. */
  #bytes: Uint8Array = NOTHING;
  #isOurs = false;
  #isSettled = false;

  constructor(limitBytes: number, charge: (bytes: number) => void) {
    this.#limitBytes = limitBytes;
    this.#charge = charge;
    const { promise, resolve } = Promise.withResolvers<Read>();
    this.result = promise;
    this.#resolve = resolve;
  }

  get isSettled(): boolean {
    return this.#isSettled;
  }

  take(chunk: Uint8Array): void {
    if (this.#isSettled) return;
    if (this.size + chunk.length > this.#limitBytes) {
      this.settle({ kind: "too-long" });
      return;
    }
    if (this.size === 0) this.#bytes = chunk;
    else this.#append(chunk);
    this.size += chunk.length;
    this.#charge(chunk.length);
  }

  /** Copies into one buffer: one-byte chunks, kept as received, would use a hundred times their size. */
  #append(chunk: Uint8Array): void {
    const needed = this.size + chunk.length;
    if (!this.#isOurs || needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#limitBytes, needed * 2));
      grown.set(this.#bytes.subarray(0, this.size));
      this.#bytes = grown;
      this.#isOurs = true;
    }
    this.#bytes.set(chunk, this.size);
  }

  finish(): void {
    this.settle({ kind: "whole", bytes: this.#bytes.subarray(0, this.size) });
  }

  settle(read: Read): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    this.#bytes = NOTHING;
    this.onSettled();
    this.#resolve(read);
  }
}

/** The server drains an unread rest for a moment and then closes the connection. */
function readIncoming(incoming: IncomingMessage, reading: Reading): void {
  const onData = (chunk: Uint8Array) => reading.take(chunk);
  const onEnd = () => reading.finish();
  const onAborted = () => reading.settle({ kind: "aborted" });
  reading.onSettled = () => {
    incoming.off("data", onData).off("end", onEnd).off("error", onAborted).off("close", onAborted);
  };
  incoming.on("data", onData).once("end", onEnd).once("error", onAborted).once("close", onAborted);
  if (incoming.destroyed) onAborted();
}

async function readStream(stream: ReadableStream<Uint8Array>, reading: Reading): Promise<void> {
  const reader = stream.getReader();
  // Cancelling may fail when the client has disconnected.
  const ignore = () => undefined;
  reading.onSettled = () => void reader.cancel().catch(ignore);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (reading.isSettled) return;
      if (done) return reading.finish();
      reading.take(value);
    }
  } catch {
    reading.settle({ kind: "aborted" });
  }
}
