/** Goal: a core gets supported media, and a status in the protocol's categories for the rest. */
import { expect, test } from "vitest";
import { sampleTurn } from "../../../test/support/sample-turn.ts";
import type { InboundMessage } from "../../core/event.ts";
import type { AgentHost, ContentRead } from "../agent.ts";
import { fetchFrom } from "./media.ts";

function fetching(message: Partial<InboundMessage>, read: ContentRead) {
  const turn = sampleTurn();
  const [first] = turn.events;
  if (first === undefined) throw new Error("the sample has no event");
  const asked: number[] = [];
  const host = {
    readContent: async (_turn: unknown, _event: unknown, limitBytes: number) => {
      asked.push(limitBytes);
      return read;
    },
  } as unknown as AgentHost;
  const event = { ...first, content: { message: { id: "7", type: "image", ...message } } };
  return { asked, media: fetchFrom(host)(turn, event, 100) };
}

const bytesOf = (text: string | Uint8Array, type: string): ContentRead => ({
  kind: "bytes",
  bytes: Buffer.from(text),
  type,
});

test.each<[string, Partial<InboundMessage>, ContentRead, string, string]>([
  ["a picture", {}, bytesOf("x", "image/png"), "image/png", "line_7.png"],
  ["a sound", { type: "audio" }, bytesOf("x", "audio/x-m4a; a=b"), "audio/x-m4a", "line_7.m4a"],
  ["a file", { type: "file", fileName: "a.csv" }, bytesOf("naïve,1", "text/csv"), "text/csv", "a.csv"],
  ["one of no type", {}, bytesOf("x", ""), "image/jpeg", "line_7.jpg"],
])("%s is attached with its name and type", async (_what, message, read, mimeType, name) => {
  expect(await fetching(message, read).media).toMatchObject({ kind: "bytes", mimeType, name });
});

test.each<[Partial<InboundMessage>, ContentRead, RegExp]>([
  [{}, { kind: "too-long", size: 101 }, /^size exceeded: 101 bytes, 100 left/],
  [{}, { kind: "too-long", size: null }, /^size exceeded: more bytes/],
  [{}, { kind: "gone" }, /^download failed: /],
  [{}, { kind: "elsewhere" }, /^download failed: /],
  [{}, { kind: "unavailable", reason: "LINE can't be reached" }, /^download failed: LINE can't be reached$/],
  [{}, { kind: "preparing" }, /^processing failed: /],
  [{ type: "file" }, bytesOf(Uint8Array.of(0xff, 0xd8), "image/jpeg"), /^unsupported format: not a text file/],
  [{ type: "file" }, bytesOf("a\u0000b", "text/plain"), /^unsupported format: /],
])("%j that is %j is an attachment with a status", async (message, read, status) => {
  expect(await fetching(message, read).media).toMatchObject({ kind: "missing", status: expect.stringMatching(status) });
});

test("a video isn't downloaded: cores ignore it", async () => {
  const { asked, media } = fetching({ type: "video" }, bytesOf("x", "video/mp4"));
  expect(await media).toMatchObject({ kind: "missing", status: "unsupported format: cores don't read videos" });
  expect(asked).toEqual([]);
});

test.each(["text", "sticker", "__proto__", "constructor"])("a %s has nothing to fetch", async (type) => {
  expect(await fetching({ type }, bytesOf("x", "image/png")).media).toBeNull();
});
