/**
 * An agent's replies, read as far as they can be: what can't be said costs nothing that stands beside it. A second call
 * would bring the same, and cost a model's answer.
 */
import { z } from "zod";
import type { ReadReplies, Reply, UnsayableReply } from "../core/reply.ts";
import { check } from "../runtime/parse-json.ts";
import { repaired } from "./repair.ts";

const quoting = { replyTo: z.string().min(1).optional() };
const text = z.string().min(1);
const HttpsUrl = z.url({ protocol: /^https$/, error: "must be an https:// URL" });

const TextReply = z.object({ type: z.literal("text"), text, ...quoting });
const MediaReply = z.object({
  type: z.enum(["image", "video", "audio", "file"]),
  url: HttpsUrl,
  previewUrl: HttpsUrl.optional(),
  durationMs: z.number().int().positive().optional(),
  name: text.optional(),
  caption: text.optional(),
  ...quoting,
});
const LocationReply = z.object({
  type: z.literal("location"),
  title: text,
  address: text,
  latitude: z.number().min(-90).max(90),
  longitude: z.number().min(-180).max(180),
  ...quoting,
});
/** Value of a choice. Where a platform has no room for it, the choice is a text to type: see its channel. */
const value = text;
const Action = z.union([
  z.object({ label: text, value, url: z.undefined().optional() }),
  z.object({ label: text, url: z.url(), value: z.undefined().optional() }),
]);
const ChoicesReply = z.object({
  type: z.literal("choices"),
  text,
  choices: z
    .array(z.object({ label: text, value }))
    .min(1)
    .max(100),
  ...quoting,
});
const card = {
  title: text,
  text: text.optional(),
  imageUrl: HttpsUrl.optional(),
  actions: z.array(Action).max(20).optional(),
};
const CardReply = z.object({ type: z.literal("card"), ...card, ...quoting });
const CarouselReply = z.object({
  type: z.literal("carousel"),
  cards: z.array(z.object(card)).min(1).max(50),
  ...quoting,
});
const RawReply = z.object({
  type: z.literal("raw"),
  channel: text,
  message: z.record(z.string(), z.unknown()),
});
export const AnyReply = z.discriminatedUnion("type", [
  TextReply,
  MediaReply,
  LocationReply,
  ChoicesReply,
  CardReply,
  CarouselReply,
  RawReply,
]);

/** A plain string is a text. */
export type WrittenReply = string | z.input<typeof AnyReply>;

/** One reply as an agent may write it; anything else is read as well, as far as it can be. */
export const WireReply = z.custom<WrittenReply>(() => true);

/** Maximum number of replies: a loop in an agent must not fill the disk. */
const REPLIES_MAX = 100;

/** A list of at least `min` replies, read one by one. */
export const wireReplies = (min = 0) => z.array(WireReply).min(min).max(REPLIES_MAX).transform(readEach);

function readEach(list: readonly unknown[]): ReadReplies {
  const replies: Reply[] = [];
  const unsayable: UnsayableReply[] = [];
  for (const [index, value] of list.entries()) {
    if (!isWritable(value)) {
      unsayable.push({ problem: `replies.${index}: read what JSON can't write; allowed is a reply`, value: null });
      continue;
    }
    const fixed = repaired(value);
    if (fixed === null) continue;
    const read = check(AnyReply, fixed, `replies.${index}`);
    if (read.ok) replies.push(read.value);
    else unsayable.push({ problem: read.reason, value });
  }
  return unsayable.length === 0 ? { replies } : { replies, unsayable };
}

/** A function in this process may return anything: a cycle or a BigInt can't be stored. */
function isWritable(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
