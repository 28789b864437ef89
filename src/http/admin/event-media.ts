import type { Hono } from "hono";
import { accountKeyOf } from "../../core/conversation.ts";
import type { Store } from "../../store/store.ts";
import { createMediaServing, MEDIA_RETRY_AFTER_S, type MediaDeps } from "../media.ts";
import { problem } from "./problem.ts";

/** Downloads of all operators together: agents have a limit of their own, and aren't kept waiting by it. */
const AT_ONCE = 8;

/**
 * Types that a page may show. Anything else is bytes: a file that a person sent is never a script, a style or a page of our
 * origin, which the console's policy would let run.
 */
const SHOWN = /^(?:image\/(?:png|jpeg|gif|webp|avif|bmp|heic)|(?:audio|video)\/[\w.+-]+)(?=;|$)/i;

type EventMediaDeps = MediaDeps & { readonly store: Pick<Store, "readEvent"> };

/** `GET /events/:id/content`: the image, video, sound or file of an event, streamed from the platform. */
export function mountEventMedia(api: Hono, deps: EventMediaDeps): void {
  const serve = createMediaServing(deps, {
    atOnce: AT_ONCE,
    refuse: (c, status, detail) => problem(c, status, detail, {}, MEDIA_RETRY_AFTER_S),
    // Without parameters: a browser takes the last of `image/png;,text/html` (Fetch: extract a MIME type).
    typeOf: (type) => SHOWN.exec(type)?.[0] ?? "application/octet-stream",
  });
  api.get("/events/:id/content", async (c) => {
    const event = await deps.store.readEvent(c.req.param("id"));
    if (event === null)
      return problem(c, 404, "there is no event of that id, or its content was deleted or taken back");
    const { channel: name, account } = event.conversation;
    const channel = deps.channels.find(name, account);
    if (channel === null)
      return problem(c, 404, `${accountKeyOf(event.conversation)} is not configured here, and only it can fetch`);
    const reference = channel.media?.referenceOf(event.content) ?? null;
    if (channel.media === undefined || reference === null) {
      return problem(c, 404, "the event has no content that the gateway fetches");
    }
    return await serve(c, channel, channel.media, reference);
  });
}
