import type { MediaOutcome } from "./channel.ts";

interface Response {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: NodeJS.ReadableStream;
}

/** The body of a platform host's `200`, as a stream. */
export function contentOf({ headers, body }: Response): MediaOutcome {
  const { "content-type": type, "content-length": length } = headers;
  return {
    kind: "content",
    body: streamOf(body),
    type: typeof type === "string" ? type : "application/octet-stream",
    size: typeof length === "string" && /^\d+$/.test(length) ? Number(length) : null,
  };
}

/** Not `Readable.toWeb`: cancelled while data is in flight, it throws an uncaught error (Node 24.21). */
function streamOf(body: NodeJS.ReadableStream): ReadableStream<Uint8Array> {
  // An error after the reader has cancelled has no other listener, and would end the process.
  body.on("error", () => undefined);
  return ReadableStream.from(body as AsyncIterable<Uint8Array>);
}
