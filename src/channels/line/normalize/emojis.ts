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
  const places = emojis.flatMap((emoji) => readPlace(emoji) ?? []);
  const bounds = boundsOfCount(text, places);
  const nameless = places
    .filter((place) => NAMELESS.test(sliceAt(text, bounds, place) ?? ""))
    .toSorted((a, b) => a.index - b.index);
  if (nameless.length === 0) return message;
  const lengths = new Map(nameless.map(({ index, length }) => [index, length]));
  const move = mover(lengths, bounds.length);
  const mentionees = readObject(mention)?.mentionees;
  return {
    ...message,
    text: nameAll(text, bounds, lengths),
    emojis: emojis.map(move),
    ...(Array.isArray(mentionees) ? { mention: { ...readObject(mention), mentionees: mentionees.map(move) } } : {}),
  };
}

const NAME = "[emoji]";

/** An alternative text, and the placeholder of texts that are sent. */
const EMOJI = /^(?:\(.*\)|\$)$/su;
/** One without a word. */
const NAMELESS = /^(?:\([\s\p{Default_Ignorable_Code_Point}]*\)|\$)$/u;

/** Where something stands in the text, in LINE's count. */
interface Place {
  readonly index: number;
  readonly length: number;
}

/** Where each unit of a count begins, in UTF-16 units, and where the text ends. */
type Bounds = readonly number[];

function readPlace(emoji: unknown): Place | null {
  const { index, length } = readObject(emoji) ?? {};
  return isCount(index) && isCount(length) ? { index, length } : null;
}

/**
 * LINE doesn't say whether it counts UTF-16 units or characters: what stands there tells. One count is meant for the whole
 * message, that in which more of the emojis stand where they are said to be.
 */
function boundsOfCount(text: string, places: readonly Place[]): Bounds {
  const units = Array.from({ length: text.length + 1 }, (_, at) => at);
  const characters = boundsOfCharacters(text);
  const fitting = (bounds: Bounds) => places.filter((place) => EMOJI.test(sliceAt(text, bounds, place) ?? "")).length;
  return characters.length < units.length && fitting(characters) > fitting(units) ? characters : units;
}

function boundsOfCharacters(text: string): Bounds {
  const bounds: number[] = [0];
  let at = 0;
  for (const character of text) {
    at += character.length;
    bounds.push(at);
  }
  return bounds;
}

/** `null`: the text has no such place. */
function sliceAt(text: string, bounds: Bounds, { index, length }: Place): string | null {
  const [start, end] = [bounds[index], bounds[index + length]];
  return start === undefined || end === undefined ? null : text.slice(start, end);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** By the place of each emoji without a name, in order: its length. */
type Lengths = ReadonlyMap<number, number>;

function nameAll(text: string, bounds: Bounds, nameless: Lengths): string {
  const parts: string[] = [];
  let from = 0;
  for (const [index, length] of nameless) {
    parts.push(text.slice(from, bounds[index]), NAME);
    from = bounds[index + length] ?? text.length;
  }
  return [...parts, text.slice(from)].join("");
}

/** Moves something that has a place in the text, in the same count: the name is as long in either. */
function mover(nameless: Lengths, places: number): (given: unknown) => unknown {
  const shifts: number[] = [];
  let shift = 0;
  for (let at = 0; at < places; at += 1) {
    shifts.push(shift);
    const length = nameless.get(at);
    if (length !== undefined) shift += NAME.length - length;
  }
  return (given) => {
    const object = readObject(given);
    if (object === null || !isCount(object.index)) return given;
    const length = nameless.has(object.index) ? { length: NAME.length } : {};
    return { ...object, index: object.index + (shifts[object.index] ?? shift), ...length };
  };
}
