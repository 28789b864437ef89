import { type Clock, every } from "../../runtime/clock.ts";
import type { StreamWire } from "./wire.ts";

/** Keeps the connection open through proxies, and detects a lost one. */
const HEARTBEAT_MS = 15_000;
/** `retry:` for clients. */
const RETRY_MS = 2_000;
/** A reader that is so many events behind is cut off: it connects anew, and begins with `hello`. */
const BEHIND_MAX = 1_000;
export const READERS_MAX = 20;

type Reader = ReadableStreamDefaultController<Uint8Array>;

const encoder = new TextEncoder();

/** Server-sent events of all that happens to the simulated platforms, the agent and the gateway. */
export class PageStream {
  readonly #clock: Clock;
  readonly #hello: () => StreamWire["hello"];
  readonly #readers = new Map<Reader, () => void>();

  constructor(clock: Clock, hello: () => StreamWire["hello"]) {
    this.#clock = clock;
    this.#hello = hello;
  }

  /** A new reader's stream; `null`: there are too many readers. */
  open(): ReadableStream<Uint8Array> | null {
    if (this.#readers.size >= READERS_MAX) return null;
    let own: Reader | null = null;
    return new ReadableStream<Uint8Array>(
      {
        start: (reader) => {
          own = reader;
          reader.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n${textOf("hello", this.#hello())}`));
          this.#readers.set(
            reader,
            every(this.#clock, HEARTBEAT_MS, () => this.#write(reader, encoder.encode(": heartbeat\n\n"))),
          );
        },
        cancel: () => {
          if (own !== null) this.#forget(own);
        },
      },
      { highWaterMark: BEHIND_MAX },
    );
  }

  send<Name extends keyof StreamWire>(name: Name, of: StreamWire[Name]): void {
    if (this.#readers.size === 0) return;
    const bytes = encoder.encode(textOf(name, of));
    for (const reader of [...this.#readers.keys()]) this.#write(reader, bytes);
  }

  close(): void {
    for (const reader of [...this.#readers.keys()]) this.#end(reader);
  }

  #write(reader: Reader, bytes: Uint8Array): void {
    if ((reader.desiredSize ?? 0) <= 0) this.#end(reader);
    else reader.enqueue(bytes);
  }

  #end(reader: Reader): void {
    this.#forget(reader);
    reader.close();
  }

  #forget(reader: Reader): void {
    this.#readers.get(reader)?.();
    this.#readers.delete(reader);
  }
}

function textOf(name: string, of: object): string {
  return `event: ${name}\ndata: ${JSON.stringify(of)}\n\n`;
}
