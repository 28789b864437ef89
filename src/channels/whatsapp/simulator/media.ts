import { graphAnswer, graphError } from "../../meta/simulator/errors.ts";
import type { PlatformAnswer } from "../../simulation/platform.ts";
import type { World } from "./world.ts";

/** A link to a medium ends after five minutes (Cloud API: Media). */
const LINK_LIFE_MS = 5 * 60_000;
const PATH = "/whatsapp_business/attachments/";

/** Two hops: the medium's id gives a link on another path, and the link gives the bytes. Both ask for the token. */
export function answerMedia(world: World, url: URL, host: string | undefined, traceId: string): PlatformAnswer {
  return url.pathname === PATH ? content(world, url, traceId) : describe(world, url, host, traceId);
}

function describe(world: World, url: URL, host: string | undefined, traceId: string): PlatformAnswer {
  const mediaId = /^(?:\/v\d+\.\d)?\/(\d+)$/.exec(url.pathname)?.[1] ?? "";
  const medium = world.media.get(mediaId);
  if (medium === undefined) return graphError({ status: 400, code: 100, subcode: 33 }, traceId);
  const hash = world.ids.traceId();
  const endsAt = world.clock.now() + LINK_LIFE_MS;
  world.links.set(hash, { mediaId, endsAt });
  const query = new URLSearchParams({ mid: mediaId, ext: String(Math.floor(endsAt / 1_000)), hash });
  const answer = {
    messaging_product: "whatsapp",
    url: `http://${host ?? "simulator"}${PATH}?${query}`,
    mime_type: medium.mimeType,
    sha256: "SfInY0gGKTsJlUWbwxC1k+FAD0FZHvzwfpvO0zX0GUI=",
    file_size: Buffer.byteLength(medium.content),
    id: mediaId,
  };
  return graphAnswer(200, answer, traceId);
}

function content(world: World, url: URL, traceId: string): PlatformAnswer {
  const link = world.links.get(url.searchParams.get("hash") ?? "");
  const medium = world.media.get(link?.mediaId ?? "");
  if (link === undefined || medium === undefined || world.clock.now() >= link.endsAt) {
    return { status: 404, headers: { "content-type": "text/html", "x-fb-trace-id": traceId }, body: "not found" };
  }
  const size = String(Buffer.byteLength(medium.content));
  return { status: 200, headers: { "content-type": medium.mimeType, "content-length": size }, body: medium.content };
}
