import type { MediaOutcome } from "./channel.ts";

interface Response {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: NodeJS.ReadableStream;
}

/** What a platform's host answered with 200, as it comes. */
export function contentOf({ headers, body }: Response): MediaOutcome {
  const { "content-type": type, "content-length": length } = headers;
  return {
    kind: "content",
    body: streamOf(body),
    type: typeof type === "string" ? type : "application/octet-stream",
    size: typeof length === "string" && /^\d+$/.test(length) ? Number(length) : null,
  };
}

/** Not `Readable.toWeb`: cancelled while data is on its way, it throws where nobody can catch it (Node 24.21). */
function streamOf(body: NodeJS.ReadableStream): ReadableStream<Uint8Array> {
  // A body that breaks after its reader left is nobody's loss.
  body.on("error", () => undefined);
  return ReadableStream.from(body as AsyncIterable<Uint8Array>);
}
