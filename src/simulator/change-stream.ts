import type { ServerResponse } from "node:http";
import type { Changes } from "../channels/simulation/changes.ts";

const READERS_MAX = 20;
/** A reader that is this far (bytes) behind is cut off: it connects anew, and reads the views first. */
const BEHIND_MAX_BYTES = 1024 * 1024;

/** Server-sent events of what happens on a simulated platform: `event` is the kind, `data` the record as JSON. */
export class ChangeStream {
  readonly #readers = new Set<ServerResponse>();

  constructor(changes: Pick<Changes, "listen">) {
    changes.listen(({ kind, record }) => this.#send(kind, record));
  }

  /** Answers with the stream until the reader goes. */
  open(response: ServerResponse): void {
    if (this.#readers.size >= READERS_MAX) {
      response.writeHead(503, { "content-type": "application/json", "retry-after": "5" });
      response.end(JSON.stringify({ message: `at most ${READERS_MAX} readers at a time` }));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    // A comment: the reader knows that from here on it misses nothing.
    response.write(": open\n\n");
    this.#readers.add(response);
    response.on("close", () => this.#readers.delete(response));
  }

  #send(kind: string, record: object): void {
    if (this.#readers.size === 0) return;
    const text = `event: ${kind}\ndata: ${JSON.stringify(record)}\n\n`;
    for (const reader of this.#readers) {
      if (reader.writableLength > BEHIND_MAX_BYTES) reader.destroy();
      else reader.write(text);
    }
  }
}
