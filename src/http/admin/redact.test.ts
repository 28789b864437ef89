/**
 * Goal: no token of a platform leaves by the admin API, no text with `words=0`, and no file as something that runs.
 * Method: a whole gateway over LINE's simulator, whose events and answers have such tokens; every answer is searched.
 */
import { afterEach, describe, expect, test } from "vitest";
import { askAdmin } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import type { Channel, MediaOutcome } from "../../channels/channel.ts";
import { feedWithoutWords, withoutTokens, withoutTokensInText, withoutWords } from "./redact.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const WORDS = "a word of hers";
const ANSWER = "an answer of the bot";

function assembled(options: AssemblyOptions = {}): AssembledGateway {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  return whole;
}

const ask = (whole: AssembledGateway, path: string, init: RequestInit = {}) => askAdmin(whole, `/api${path}`, init);

/** A person wrote, the bot quoted it, and LINE told the quote token of the answer. */
async function conversation() {
  const whole = assembled({
    answer: ({ events }) => [{ type: "text", text: ANSWER, replyTo: events[0]?.message?.id ?? "" }],
  });
  await whole.start();
  await whole.simulator.person("Uann").says(WORDS);
  for (let step = 0; whole.simulator.seenBy("Uann").length === 0 && step < 200; step++) await whole.clock.advance(100);
  await whole.clock.settle();
  const [found] = await whole.store.search("Uann");
  const conversationId = found?.id ?? "";
  const { entries = [] } = (await whole.store.readTimeline({ conversationId, limit: 20, before: null })) ?? {};
  const turn = entries.find(({ kind }) => kind === "turn");
  const delivery = entries.find(({ kind }) => kind === "delivery");
  const paths = [
    `/conversations/${conversationId}/timeline`,
    `/items/${turn?.kind === "turn" ? turn.turnId : ""}`,
    `/items/${delivery?.kind === "delivery" ? delivery.deliveryId : ""}`,
  ];
  return { whole, entries, paths };
}

describe("a platform's tokens", () => {
  test("are in the store, and not in what leaves", async () => {
    const { whole, entries, paths } = await conversation();
    const stored = JSON.stringify(entries);
    expect(stored).toContain('"markAsReadToken":');
    // Of the event, of the message that quotes it, and of LINE's answer, which is a text.
    expect(stored.match(/quoteToken/g)?.length).toBeGreaterThanOrEqual(3);
    const tokens = [...stored.matchAll(/Token\\*":\\*"([^"\\]+)/g)].map(([, token = ""]) => token);
    expect(tokens.length).toBeGreaterThanOrEqual(4);
    for (const path of paths) {
      const response = await ask(whole, path);
      expect(response.status, path).toBe(200);
      const text = await response.text();
      expect(text).toContain(path === paths[2] ? ANSWER : WORDS);
      for (const token of tokens) expect(text, path).not.toContain(token);
      expect(text).not.toContain("markAsReadToken");
    }
  });

  test("are left out at any depth, under any of their names, and everything else stays", () => {
    const given = {
      a: [{ quoteToken: "x", b: { flow_token: 1, text: "token" } }],
      notification_messages_token: "y",
      n: null,
    };
    expect(withoutTokens(given)).toEqual({ a: [{ b: { text: "token" } }], n: null });
    expect(withoutTokens("a quoteToken in words")).toBe("a quoteToken in words");
  });

  test.each([
    ['{"sentMessages":[{"id":"1","quoteToken":"abc"}]}', '{"sentMessages":[{"id":"1","quoteToken":"…"}]}'],
    ['{"quoteToken" : "abc","x":"y"}', '{"quoteToken" : "…","x":"y"}'],
    ['{"id":"1","quoteToken":"cut o', '{"id":"1","quoteToken":"…'],
    ['{"message":"Invalid reply token"}', '{"message":"Invalid reply token"}'],
  ])("of %s is left %s", (given, left) => {
    expect(withoutTokensInText(given)).toBe(left);
  });
});

describe("words=0", () => {
  test("leaves every text out, and what happened in", async () => {
    const { whole, paths } = await conversation();
    for (const path of paths) {
      const whatIs = (await (await ask(whole, path)).json()) as { entries: { kind: string }[] };
      const response = await ask(whole, `${path}?words=0`);
      expect(response.status).toBe(200);
      const text = await response.text();
      for (const word of [WORDS, ANSWER]) expect(text, path).not.toContain(word);
      const { entries } = JSON.parse(text) as typeof whatIs;
      expect(entries.map(({ kind }) => kind)).toEqual(whatIs.entries.map(({ kind }) => kind));
      for (const entry of entries) {
        if (entry.kind === "event") expect(entry).toMatchObject({ content: { message: { id: expect.anything() } } });
        if (entry.kind === "delivery") expect(entry).toMatchObject({ messages: [{ type: "text" }] });
      }
    }
  });

  test("regression: leaves out what a platform says of a failure afterwards, which may quote the message", () => {
    const receipt = {
      kind: "receipt",
      at: 1,
      deliveryId: "dlv_1",
      platformMessageId: "wamid.1",
      status: "failed",
      saidAt: 1,
      detail: JSON.stringify({ kind: "refused", reason: `131009: not allowed: ${ANSWER}` }),
    } as const;
    expect(withoutWords([receipt])).toEqual([{ ...receipt, detail: null }]);
  });

  test("is taken by every resource, and anything else is a 400 that names it", async () => {
    const whole = assembled();
    for (const path of ["/overview", "/waiting", "/conversations", "/search?q=x", "/actions", "/accounts"]) {
      const joined = path.includes("?") ? `${path}&words=` : `${path}?words=`;
      for (const words of ["0", "1"]) expect((await ask(whole, joined + words)).status, path).toBe(200);
      const response = await ask(whole, `${joined}no`);
      expect(response.status, path).toBe(400);
      expect(((await response.json()) as { detail: string }).detail).toMatch(/^words: /);
    }
  });

  test("leaves them out of the feed's lines, too, where a setting lets them into the log", () => {
    const line = {
      number: 1,
      at: 0,
      level: "info",
      message: "event accepted",
      fields: { text: WORDS, code: 200 },
    } as const;
    const told: unknown[] = [];
    const feed = feedWithoutWords({
      newest: () => 1,
      since: () => [line],
      follow: (onNext) => {
        onNext(line);
        return () => undefined;
      },
    });
    feed.follow((entry) => told.push(entry));
    expect([...feed.since(0), ...told]).toEqual([1, 2].map(() => ({ ...line, fields: { code: 200 } })));
  });
});

describe("the content of an event", () => {
  const bytes = (text: string) => ReadableStream.from([new TextEncoder().encode(text)]);

  /** A person's image, whose content the platform has in that form. */
  async function withImage(outcome: () => MediaOutcome, message: Readonly<Record<string, unknown>> = {}) {
    const opened: string[] = [];
    const open = async (reference: string) => {
      opened.push(reference);
      return outcome();
    };
    const wrapChannel = (channel: Channel): Channel =>
      channel.media === undefined ? channel : { ...channel, media: { ...channel.media, open } };
    const whole = assembled({ asksLine: true, wrapChannel, settings: { media: { maxBytes: 1_024 } } });
    await whole.start();
    const source = { type: "user", userId: "Uann" } as const;
    const { events } = whole.simulator;
    const image = { id: "4711", type: "image", contentProvider: { type: "line" }, ...message };
    await whole.simulator.post([events.message(source, image)]);
    const [event] = await whole.store.search(String(image.id));
    return { whole, opened, source, path: `/events/${event?.id ?? ""}/content` };
  }

  const png: MediaOutcome = { kind: "content", body: bytes("hello"), type: "image/png", size: 5 };

  test("is an attachment that no browser runs or guesses", async () => {
    const { whole, opened, path } = await withImage(() => png);
    const response = await ask(whole, path);
    expect([response.status, await response.text()]).toEqual([200, "hello"]);
    expect(opened).toEqual(["4711"]);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "content-type": "image/png",
      "content-length": "5",
      "content-disposition": "attachment",
      "x-content-type-options": "nosniff",
      "content-security-policy": "sandbox; default-src 'none'",
      "cross-origin-resource-policy": "same-origin",
      "cache-control": "private, no-store",
    });
  });

  test.each(["text/html", "image/svg+xml", "text/javascript", "application/pdf", "text/css", "image/png, text/html"])(
    "of type %s is bytes",
    async (type) => {
      const { whole, path } = await withImage(() => ({ ...png, body: bytes("hello"), type }));
      expect((await ask(whole, path)).headers.get("content-type")).toBe("application/octet-stream");
    },
  );

  test.each([
    ["image/png;,text/html", "image/png"],
    ["audio/ogg; codecs=opus, text/javascript", "audio/ogg"],
  ])("regression: of type %s is of its first type only", async (type, shown) => {
    const { whole, path } = await withImage(() => ({ ...png, body: bytes("hello"), type }));
    expect((await ask(whole, path)).headers.get("content-type")).toBe(shown);
  });

  test.each<[MediaOutcome, number, string | null]>([
    [{ kind: "gone" }, 410, null],
    [{ kind: "preparing" }, 503, "2"],
    [{ kind: "unavailable", reason: "500" }, 503, "2"],
    [{ ...png, size: 2_000 }, 413, null],
  ])("that can't be had is a problem: %j", async (outcome, status, after) => {
    const { whole, path } = await withImage(() =>
      outcome.kind === "content" ? { ...outcome, body: bytes("x") } : outcome,
    );
    const response = await ask(whole, path);
    expect([response.status, response.headers.get("retry-after")]).toEqual([status, after]);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
  });

  test("that is longer than allowed breaks off, and the ninth at once waits", async () => {
    const { whole, path } = await withImage(() => ({ ...png, body: bytes("x".repeat(2_000)), size: null }));
    await expect((await ask(whole, path)).text()).rejects.toThrow("too large");
    const held = await withImage(() => ({ ...png, body: new ReadableStream(), size: null }));
    const responses = await Promise.all(Array.from({ length: 9 }, () => ask(held.whole, held.path)));
    expect(responses.map(({ status }) => status).toSorted()).toEqual([...Array(8).fill(200), 503]);
    await Promise.all(responses.map((response) => response.body?.cancel()));
    expect((await ask(held.whole, held.path, { method: "HEAD" })).status).toBe(200);
  });

  test("that was taken back, is a text, is elsewhere or never was, isn't there", async () => {
    const { whole, opened, source, path } = await withImage(() => png);
    await whole.simulator.post([whole.simulator.events.unsend(source, "4711")]);
    const text = whole.simulator.events.message(source, { id: "4712", type: "text", text: "hi" });
    const external = { type: "external", originalContentUrl: "https://evil.test/x.png" };
    const other = whole.simulator.events.message(source, { id: "4713", type: "image", contentProvider: external });
    await whole.simulator.post([text, other]);
    const paths = [path, "/events/event_x/content", "/events/%2e%2e/content"];
    for (const id of ["4712", "4713"]) paths.push(`/events/${(await whole.store.search(id))[0]?.id}/content`);
    for (const one of paths) expect((await ask(whole, one)).status, one).toBe(404);
    expect(opened).toEqual([]);
  });
});
