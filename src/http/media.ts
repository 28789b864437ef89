import { createHmac, timingSafeEqual } from "node:crypto";
import type { Context, Hono } from "hono";
import type { Channel, Media, MediaOutcome } from "../channels/channel.ts";
import type { Deps, MediaLinks } from "../pipeline/deps.ts";
import type { Telemetry } from "../runtime/telemetry.ts";
import { boundedStream } from "./bounded-stream.ts";

/** Signed links under the public URL, once that is known. */
interface SignedLinks extends MediaLinks {
  setPublicUrl(url: string): void;
}

export function createMediaLinks(lifeMs: number): SignedLinks {
  let base: string | null = null;
  return {
    setPublicUrl: (url) => {
      base = url.replace(/\/+$/, "");
    },
    urlOf(channel, reference, from) {
      if (base === null || channel.media === undefined) return null;
      const { name, account } = channel;
      const link: Link = { name, account, reference, expires: String(from + lifeMs) };
      const path = [name, account, reference].map(encodeURIComponent).join("/");
      const query = new URLSearchParams({ expires: link.expires, signature: signatureOf(channel.media, link) });
      return `${base}/v1/media/${path}?${query}`;
    },
  };
}

interface Link {
  readonly name: string;
  readonly account: string;
  readonly reference: string;
  readonly expires: string;
}

function signatureOf({ linkKey }: Media, { name, account, reference, expires }: Link): string {
  // Only the reference, the last part, could contain the separator.
  return createHmac("sha256", linkKey).update([name, account, expires, reference].join("\n")).digest("base64url");
}

function isSigned(media: Media, link: Link, signature: string): boolean {
  const expected = Buffer.from(signatureOf(media, link));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

export type MediaDeps = Pick<Deps, "channels" | "settings" | "clock"> & Pick<Telemetry, "log">;

/** Idle timeout of a stream, in ms. */
const IDLE_MS = 30_000;

/** Seconds after which a `503` may be tried again. */
export const MEDIA_RETRY_AFTER_S = 2;

/** How one kind of client is answered. */
interface Serving {
  /** Streams of all its clients together; further ones get 503. */
  readonly atOnce: number;
  /** The answer without content. */
  readonly refuse: (c: Context, status: 410 | 413 | 503, message: string) => Response;
  /** The content's type, of the platform's. Default: the same. */
  readonly typeOf?: (type: string) => string;
}

export type ServeMedia = (c: Context, channel: Channel, media: Media, reference: string) => Promise<Response>;

/** Streams people's media from the platform. */
export function createMediaServing(deps: MediaDeps, serving: Serving): ServeMedia {
  const { atOnce, refuse } = serving;
  let streams = 0;
  return async (c, channel, media, reference) => {
    if (streams >= atOnce) {
      return refuse(c, 503, `the limit of ${atOnce} concurrent downloads is reached: try again`);
    }
    streams += 1;
    const free = once(() => {
      streams -= 1;
    });
    try {
      const response = answer(c, deps, serving, channel, await media.open(reference, c.req.raw.signal), free);
      // Only a stream continues after its response.
      if (response.status !== 200 || c.req.raw.method === "HEAD") free();
      return response;
    } catch (error) {
      free();
      throw error;
    }
  };
}

/**
 * `GET /v1/media/<channel>/<account>/<reference>`: media content, streamed from the platform. The signed link authorizes
 * until it expires; it has the reference, never the platform's URL.
 */
export function mountMedia(app: Hono, deps: MediaDeps, isWorking: () => boolean): void {
  const serve = createMediaServing(deps, { atOnce: deps.settings.limits.mediaAtOnce, refuse });
  app.get("/v1/media/:channel/:account/:reference", async (c) => {
    if (!isWorking()) return refuse(c, 503, "starting or shutting down: try again");
    const { channel: name, account, reference } = c.req.param();
    const link: Link = { name, account, reference, expires: c.req.query("expires") ?? "" };
    const channel = deps.channels.find(name, account);
    const media = channel?.media;
    if (channel === null || media === undefined || !isSigned(media, link, c.req.query("signature") ?? "")) {
      return c.json({ message: "the link's signature is missing or wrong" }, 403);
    }
    if (!(Number(link.expires) > deps.clock.now())) return refuse(c, 410, "the link has expired");
    return await serve(c, channel, media, reference);
  });
}

function refuse(c: Context, status: 410 | 413 | 503, message: string): Response {
  return c.json({ message }, status, status === 503 ? { "retry-after": String(MEDIA_RETRY_AFTER_S) } : {});
}

function once(act: () => void): () => void {
  let isDone = false;
  return () => {
    if (!isDone) act();
    isDone = true;
  };
}

function answer(
  c: Context,
  deps: MediaDeps,
  serving: Serving,
  { name: channel, account }: Channel,
  outcome: MediaOutcome,
  onEnd: () => void,
): Response {
  const facts = { channel, account, media: outcome.kind };
  const { refuse } = serving;
  switch (outcome.kind) {
    case "content":
      return stream(c, deps, serving, facts, outcome, onEnd);
    case "preparing":
      return refuse(c, 503, "the platform is still processing the content: try again");
    case "gone":
      return refuse(c, 410, "the platform has deleted the content");
    case "unavailable":
      deps.log.warn({ ...facts, reason: outcome.reason }, "media not fetched");
      return refuse(c, 503, "the platform can't be reached: try again");
    default:
      return outcome satisfies never;
  }
}

function stream(
  c: Context,
  deps: MediaDeps,
  { refuse, typeOf = (type) => type }: Serving,
  facts: { channel: string; account: string; media: string },
  outcome: MediaOutcome & { kind: "content" },
  onEnd: () => void,
): Response {
  const { maxBytes } = deps.settings.media;
  const { body, type, size } = outcome;
  if (size !== null && size > maxBytes) {
    void body.cancel();
    deps.log.warn({ ...facts, size, maxBytes }, "media not fetched: it is too large");
    return refuse(c, 413, `the content has ${size} bytes; allowed: ${maxBytes}`);
  }
  const headers = {
    "content-type": typeOf(type),
    ...(size === null ? {} : { "content-length": String(size) }),
    "cache-control": "private, no-store",
    // Untrusted content under our origin: no browser may execute it.
    "content-disposition": "attachment",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
  };
  // A HEAD request reads no body: free the platform's connection.
  if (c.req.raw.method === "HEAD") {
    void body.cancel();
    return c.body(null, 200, headers);
  }
  const { clock } = deps;
  return c.body(boundedStream(body, { clock, maxBytes, idleMs: IDLE_MS, onEnd }), 200, headers);
}
