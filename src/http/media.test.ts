/**
 * Goal: a signed link opens its content, and nothing else, until it expires; a truncated file never looks complete.
 * Method: the route in Hono without a socket, over media of every outcome, with a manual clock.
 */
import { Hono } from "hono";
import { expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import type { Channel, Media, MediaOutcome } from "../channels/channel.ts";
import { silentLog } from "../runtime/log.ts";
import { createMediaLinks, type MediaDeps, mountMedia } from "./media.ts";

const HOUR = 3_600_000;
const bytes = (...parts: string[]) => ReadableStream.from(parts.map((part) => new TextEncoder().encode(part)));

function serving(outcome: () => MediaOutcome, isWorking = true) {
  const clock = manualClock();
  const opened: string[] = [];
  const mediaOf = (key: string): Media => ({
    linkKey: new TextEncoder().encode(key),
    referenceOf: () => null,
    open: async (reference) => {
      opened.push(reference);
      return outcome();
    },
  });
  const channelOf = (account: string, media?: Media) =>
    ({ name: "line", account, ...(media === undefined ? {} : { media }) }) as Channel;
  const channels = [channelOf("shop", mediaOf("a")), channelOf("help", mediaOf("b")), channelOf("none")];
  const find = (_name: string, account: string) => channels.find((channel) => channel.account === account) ?? null;
  const settings = { media: { linkMs: HOUR, maxBytes: 10 }, limits: { mediaAtOnce: 2 } };
  const app = new Hono();
  mountMedia(app, { clock, channels: { find }, settings, log: silentLog } as unknown as MediaDeps, () => isWorking);
  const links = createMediaLinks(HOUR);
  links.setPublicUrl("https://bot.example/line/");
  const linkTo = (reference: string, channel = channels[0]) =>
    new URL(links.urlOf(channel as Channel, reference, clock.now()) ?? "https://nowhere.example");
  const get = (url: URL, method = "GET") =>
    app.request(url.pathname.replace("/line/v1", "/v1") + url.search, { method });
  return { clock, opened, channels, links, linkTo, get };
}

const picture: MediaOutcome = { kind: "content", body: bytes("hello"), type: "image/png", size: 5 };

test("a link has the public URL, and opens its content until it expires", async () => {
  const { clock, opened, linkTo, get } = serving(() => ({ ...picture, body: bytes("hello") }));
  const link = linkTo("a/b?c");
  expect(link.href).toMatch(
    /^https:\/\/bot\.example\/line\/v1\/media\/line\/shop\/a%2Fb%3Fc\?expires=\d+&signature=[\w-]{43}$/,
  );
  const response = await get(link);
  expect([response.status, await response.text()]).toEqual([200, "hello"]);
  expect(opened).toEqual(["a/b?c"]);
  await clock.advance(HOUR - 1);
  expect((await get(link)).status).toBe(200);
  await clock.advance(1);
  expect((await get(link)).status).toBe(410);
  expect(opened).toHaveLength(2);
});

test("another account's link, or one to an account without media, is refused", async () => {
  const { channels, opened, linkTo, get } = serving(() => picture);
  const link = linkTo("1", channels[1]);
  for (const account of ["shop", "none", "nobody"]) {
    expect((await get(new URL(link.href.replace("/help/", `/${account}/`)))).status).toBe(403);
  }
  expect(opened).toEqual([]);
});

test("without a public address, or without media, there is no link", () => {
  const { channels, links } = serving(() => picture);
  expect(createMediaLinks(HOUR).urlOf(channels[0] as Channel, "1", 0)).toBeNull();
  expect(links.urlOf(channels[2] as Channel, "1", 0)).toBeNull();
});

test.each<[string, MediaOutcome, number]>([
  ["that is being prepared", { kind: "preparing" }, 503],
  ["that is gone", { kind: "gone" }, 410],
  ["of a platform that is away", { kind: "unavailable", reason: "500" }, 503],
  ["that is too large", { ...picture, size: 11 }, 413],
])("content %s is answered %3$s", async (_what, outcome, status) => {
  const { linkTo, get } = serving(() => (outcome.kind === "content" ? { ...outcome, body: bytes("x") } : outcome));
  const response = await get(linkTo("1"));
  expect(response.status).toBe(status);
  expect(response.headers.get("retry-after")).toBe(status === 503 ? "2" : null);
});

test("content of unknown size breaks off at the limit", async () => {
  const { linkTo, get } = serving(() => ({ ...picture, body: bytes("hello", "world", "!"), size: null }));
  const response = await get(linkTo("1"));
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("too large");
});

test("HEAD gets the headers, and the platform's stream is cancelled", async () => {
  let release = false;
  const cancel = () => {
    release = true;
  };
  const { linkTo, get } = serving(() => ({ ...picture, body: new ReadableStream({ cancel }) }));
  const response = await get(linkTo("1"), "HEAD");
  expect([response.status, response.headers.get("content-type"), response.body]).toEqual([200, "image/png", null]);
  expect(release).toBe(true);
});

test("while the gateway isn't running it answers 503", async () => {
  const { linkTo, get } = serving(() => picture, false);
  expect((await get(linkTo("1"))).status).toBe(503);
});

test("concurrent streams are limited; one that ended, in whatever way, frees its place", async () => {
  const { clock, linkTo, get } = serving(() => ({ ...picture, body: new ReadableStream(), size: null }));
  const [first, second] = [await get(linkTo("1")), await get(linkTo("2"))];
  const refused = await get(linkTo("3"));
  expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "2"]);
  await first.body?.cancel();
  expect((await get(linkTo("3"))).status).toBe(200);
  expect((await get(linkTo("4"))).status).toBe(503);
  // A platform that stops sending runs into the idle timeout.
  const broken = expect(second.text()).rejects.toThrow("no progress");
  await clock.advance(30_000);
  await broken;
  expect((await get(linkTo("4"))).status).toBe(200);
});

test("other outcomes take no place", async () => {
  const outcomes: MediaOutcome[] = [{ kind: "gone" }, { kind: "preparing" }, { ...picture, size: 11 }];
  const { linkTo, get } = serving(() => {
    const outcome = outcomes.shift() ?? picture;
    return outcome.kind === "content" ? { ...outcome, body: bytes("hello") } : outcome;
  });
  for (const _ of [1, 2, 3]) await get(linkTo("1"));
  expect((await get(linkTo("1"), "HEAD")).status).toBe(200);
  expect(await Promise.all([get(linkTo("1")), get(linkTo("1"))])).toMatchObject([{ status: 200 }, { status: 200 }]);
});

test("an agent that stops reading loses its stream", async () => {
  let release = false;
  const cancel = () => {
    release = true;
  };
  const start = (controller: ReadableStreamDefaultController<Uint8Array>) =>
    controller.enqueue(new TextEncoder().encode("hello"));
  const { clock, linkTo, get } = serving(() => ({
    ...picture,
    body: new ReadableStream({ start, cancel }),
    size: null,
  }));
  const reader = (await get(linkTo("1"))).body?.getReader();
  expect((await reader?.read())?.value).toHaveLength(5);
  await clock.advance(29_999);
  expect(release).toBe(false);
  await clock.advance(1);
  expect(release).toBe(true);
  await expect(reader?.read()).rejects.toThrow("no progress for 30000 ms");
});
