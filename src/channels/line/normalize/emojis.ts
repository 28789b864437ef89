import { readList, readObject, type WireObject } from "../../json.ts";

/**
 * A text whose inline emojis have names. LINE puts each into the text as its alternative text, `(love)`, which stays; where
 * it has none, as `()`, it becomes `[emoji]`. What points into the text (`emojis`, `mention`) is moved with it (LINE: "Text
 * message event").
 */
export function nameEmojis(message: WireObject): WireObject {
  const { text, mention } = message;
  const emojis = readList(message.emojis);
  if (typeof text !== "string" || emojis.length === 0) return message;
  const nameless = namelessIn(text, emojis);
  if (nameless.size === 0) return message;
  const move = mover(text, nameless);
  const mentionees = readObject(mention)?.mentionees;
  return {
    ...message,
    text: nameAll(text, nameless),
    emojis: emojis.map(move),
    ...(Array.isArray(mentionees) ? { mention: { ...readObject(mention), mentionees: mentionees.map(move) } } : {}),
  };
}

const NAME = "[emoji]";

/** An alternative text without a word, and the placeholder of texts that are sent. */
const NAMELESS = /^(?:\([\s\p{Default_Ignorable_Code_Point}]*\)|\$)$/u;

/** Where emojis without a name stand: start and end, in UTF-16 units, in order. */
type Places = ReadonlyMap<number, number>;

function namelessIn(text: string, emojis: readonly unknown[]): Places {
  // LINE doesn't say whether it counts UTF-16 units or characters: what stands there tells.
  const starts = startsOfCharacters(text);
  const places = emojis.flatMap((emoji): [number, number][] => {
    const { index, length } = readObject(emoji) ?? {};
    if (!isCount(index) || !isCount(length)) return [];
    const found = [index, starts[index] ?? index].find((at) => NAMELESS.test(text.slice(at, at + length)));
    return found === undefined ? [] : [[found, found + length]];
  });
  return new Map(places.toSorted(([a], [b]) => a - b));
}

function startsOfCharacters(text: string): readonly number[] {
  const starts: number[] = [];
  let at = 0;
  for (const character of text) {
    starts.push(at);
    at += character.length;
  }
  return starts;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function nameAll(text: string, nameless: Places): string {
  const parts: string[] = [];
  let from = 0;
  for (const [start, end] of nameless) {
    parts.push(text.slice(from, start), NAME);
    from = end;
  }
  return [...parts, text.slice(from)].join("");
}

/** Moves something that has a place in the text. What is replaced is ASCII, so it moves as far in either count. */
function mover(text: string, nameless: Places): (given: unknown) => unknown {
  const shifts: number[] = [];
  let shift = 0;
  for (let at = 0; at <= text.length; at += 1) {
    shifts.push(shift);
    const end = nameless.get(at);
    if (end !== undefined) shift += NAME.length - (end - at);
  }
  return (given) => {
    const object = readObject(given);
    if (object === null || !isCount(object.index)) return given;
    const length = nameless.has(object.index) ? { length: NAME.length } : {};
    return { ...object, index: object.index + (shifts[object.index] ?? shift), ...length };
  };
}
