/** Replies as agents may write them, up to and beyond every limit of a platform, and the words that must arrive. */
import fc from "fast-check";
import { parseReplies } from "../../src/agents/protocol.ts";
import type { Action, Card, Reply } from "../../src/core/reply.ts";

const unit = fc.constantFrom(
  "a",
  "b",
  " ",
  "\n",
  ". ",
  "。",
  "漢",
  "ü",
  "😀",
  "👩‍👩‍👧‍👦",
  "🇹🇼",
  "o\u0301\u0327",
  '"',
  "\\",
  "<",
);
const short = fc.string({ unit, minLength: 1, maxLength: 30 });
const long = fc.string({ unit, minLength: 40, maxLength: 400 });
const huge = fc.tuple(fc.string({ unit, minLength: 100, maxLength: 200 }), fc.integer({ min: 20, max: 80 }));
const words = fc.oneof(
  { weight: 6, arbitrary: short },
  { weight: 3, arbitrary: long },
  { weight: 1, arbitrary: huge.map(([part, times]) => part.repeat(times)) },
);
/** A label may be white space alone: then the choices are a text. */
const label = fc.oneof(
  { weight: 12, arbitrary: words },
  { weight: 1, arbitrary: fc.constantFrom(" ", "\n", "\u3000") },
);
const path = fc.string({ unit: fc.constantFrom("a", "/", "%20", "ü", "漢", "|", "?", "&", "="), maxLength: 900 });
const url = path.map((rest) => `https://files.example/${rest}`);
const value = fc.string({ unit: fc.constantFrom("a", "=", "漢", "&"), minLength: 1, maxLength: 200 });

const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ label, value }),
  fc.record({ label, url: fc.oneof(url, fc.constantFrom("tel:+81300000000", "mailto:a@b.example")) }),
);
const card: fc.Arbitrary<Card> = fc.record(
  { title: words, text: words, imageUrl: url, actions: fc.array(action, { maxLength: 20 }) },
  { requiredKeys: ["title"] },
);
const media = fc.record(
  {
    type: fc.constantFrom("image", "video", "audio", "file"),
    url,
    previewUrl: url,
    durationMs: fc.integer({ min: 1, max: 3_600_000 }),
    name: words,
    caption: words,
  },
  { requiredKeys: ["type", "url"] },
);
const location = fc.record({
  type: fc.constant("location"),
  title: words,
  address: words,
  latitude: fc.integer({ min: -90, max: 90 }),
  longitude: fc.integer({ min: -180, max: 180 }),
});
const choices = fc.record({
  type: fc.constant("choices"),
  text: words,
  choices: fc.array(fc.record({ label, value }), { minLength: 1, maxLength: 40 }),
});

/** Each of them is one that the agents' endpoints let in. */
export const anyReply: fc.Arbitrary<Reply> = fc
  .oneof(
    fc.record({ type: fc.constant("text"), text: words }),
    media,
    location,
    choices,
    card.map((one) => ({ type: "card", ...one })),
    fc.record({ type: fc.constant("carousel"), cards: fc.array(card, { minLength: 1, maxLength: 15 }) }),
  )
  .map((reply) => {
    const parsed = parseReplies([reply]);
    if (!parsed.ok || parsed.value.unsayable !== undefined) throw new Error(`not a reply: ${JSON.stringify(parsed)}`);
    return parsed.value.replies[0];
  })
  // A blank text is left out.
  .filter((reply) => reply !== undefined);

/** White space may move: a text is split at it. */
export function squeezed(text: string): string {
  return text.replaceAll(/\s/g, "");
}

/** What the person must be able to read of it, and what their taps must carry. */
export function wordsOf(reply: Reply): readonly string[] {
  switch (reply.type) {
    case "text":
      return [reply.text];
    case "image":
    case "video":
    case "audio":
    case "file":
      return [reply.caption ?? ""];
    case "location":
      return [reply.title, reply.address];
    case "choices":
      return [reply.text, ...reply.choices.flatMap((choice) => [choice.label, choice.value])];
    case "card":
      return wordsOnCard(reply);
    case "carousel":
      return reply.cards.flatMap(wordsOnCard);
    case "raw":
      return [];
    default:
      return reply satisfies never;
  }
}

function wordsOnCard({ title, text = "", actions = [] }: Card): readonly string[] {
  return [title, text, ...actions.map(({ label }) => label)];
}

const SHOWN = new Set(["text", "label", "title", "address", "data"]);

/** Everything that stands in messages, in order: what they show, and what their buttons carry. */
export function saidIn(messages: readonly unknown[]): string {
  const said: string[] = [];
  JSON.stringify(messages, (key, part: unknown) => {
    if (SHOWN.has(key) && typeof part === "string") said.push(part);
    return part;
  });
  return squeezed(said.join(""));
}
