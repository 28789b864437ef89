import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import type { EventContent } from "../../core/event.ts";
import { readUpTo } from "../../runtime/read-up-to.ts";
import { USER_AGENT } from "../../runtime/user-agent.ts";
import type { Media, MediaOutcome } from "../channel.ts";
import { contentOf } from "../content.ts";
import { parseJson, readObject, readText } from "../json.ts";
import { graphPath } from "../meta/api.ts";
import { describeError } from "../platform-client.ts";
import type { ResolvedWhatsAppOptions } from "./config.ts";

/** A media id. Checked because it becomes part of a request path. */
const MEDIA_ID = /^\d{1,64}$/;
/** Size limit of the first answer, a link with metadata. */
const DESCRIPTION_LIMIT_BYTES = 64 * 1024;
const PAGE = /^text\/html\b/i;

/** The first answer. */
interface Link {
  readonly url: string;
  /** The medium's type; `null`: unknown. */
  readonly type: string | null;
}

/**
 * Media in two requests (Cloud API: Media): the media id gives a link that is valid for five minutes, and the link
 * gives the content. Both need the token, which is sent only to the Graph API and to `mediaHost`.
 */
export function createMedia(options: ResolvedWhatsAppOptions): Media & { close(): Promise<void> } {
  const agent = new Agent({ connect: { timeout: options.connectTimeoutMs }, headersTimeout: options.sendTimeoutMs });
  const authorization = `Bearer ${options.accessToken}`;
  const get = (url: string, signal: AbortSignal) =>
    request(url, { method: "GET", headers: { authorization, "user-agent": USER_AGENT }, signal, dispatcher: agent });

  async function linkTo(reference: string, signal: AbortSignal): Promise<Link | MediaOutcome> {
    const query = `?phone_number_id=${options.phoneNumberId}`;
    const { statusCode, body } = await get(
      `${options.graphBaseUrl}${graphPath(options, `/${reference}`)}${query}`,
      signal,
    );
    const text = await readUpTo(body, DESCRIPTION_LIMIT_BYTES);
    if (statusCode !== 200) return refusal(statusCode);
    if (text === null) return { kind: "unavailable", reason: "the answer is too long" };
    const description = readObject(parseJson(text.toString("utf8")));
    const url = readText(description?.url);
    return url !== null && isTrusted(url, options)
      ? { url, type: readText(description?.mime_type) }
      : { kind: "unavailable", reason: "the link is not Meta's" };
  }

  async function follow({ url, type }: Link, signal: AbortSignal): Promise<MediaOutcome> {
    const { statusCode, headers, body } = await get(url, signal);
    // Its errors may come with 200. An HTML file that a person sent says so in its description.
    const isError = PAGE.test(String(headers["content-type"])) && !PAGE.test(type ?? "");
    if (statusCode === 200 && !isError) return contentOf({ headers, body });
    await body.dump();
    if (statusCode === 200) return { kind: "unavailable", reason: "the media host sent a page" };
    return refusal(statusCode);
  }

  async function open(reference: string, signal: AbortSignal): Promise<MediaOutcome> {
    if (!MEDIA_ID.test(reference)) return { kind: "gone" };
    try {
      const link = await linkTo(reference, signal);
      if (!("url" in link)) return link;
      const outcome = await follow(link, signal);
      if (outcome.kind !== "gone") return outcome;
      // The host may not know a fresh link yet. Only what a second one doesn't lead to either is deleted.
      const second = await linkTo(reference, signal);
      return "url" in second ? await follow(second, signal) : second;
    } catch (error) {
      return { kind: "unavailable", reason: describeError(error) };
    }
  }

  return {
    linkKey: createHmac("sha256", options.accessToken).update(`turnpike media ${options.phoneNumberId}`).digest(),
    referenceOf: (content) => referenceOf(content),
    open,
    close: () => agent.destroy(),
  };
}

function referenceOf({ message }: EventContent): string | null {
  const { mediaId } = readObject(message) ?? {};
  return typeof mediaId === "string" && MEDIA_ID.test(mediaId) ? mediaId : null;
}

/** The media host, over TLS unless the Graph API is without TLS, too (a simulator). */
function isTrusted(link: string, { mediaHost, graphBaseUrl }: ResolvedWhatsAppOptions): boolean {
  const url = URL.parse(link);
  if (url === null || url.host !== mediaHost || url.username !== "" || url.password !== "") return false;
  return url.protocol === "https:" || url.protocol === new URL(graphBaseUrl).protocol;
}

/** 400: no such media id. 404: the link has expired, or Meta has deleted the content (after 7 days). */
function refusal(status: number): MediaOutcome {
  if (status === 400 || status === 404 || status === 410) return { kind: "gone" };
  return { kind: "unavailable", reason: `Meta answered ${status}` };
}
