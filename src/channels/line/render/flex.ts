import { isBlank } from "../../render.ts";
import { inUnits, shorten } from "../../shorten.ts";
import type { LineMessage } from "./piece.ts";

/** LINE: up to 30 KB of JSON in a bubble; up to 50 KB and 12 bubbles in a carousel (Flex Message). */
export const BUBBLE_BYTES = 30 * 1024;
export const CAROUSEL_BYTES = 50 * 1024;
export const CAROUSEL_BUBBLES = 12;
/** LINE: `altText` has up to 1 500 characters (Messaging API reference, "Flex Message"). */
const ALT_TEXT_LIMIT = 1_500;

export interface FlexBubble {
  readonly contents: LineMessage;
  /** Alternative text, shown in notifications and by old clients. */
  readonly alt: string;
}

export function sizeOf(contents: unknown): number {
  return Buffer.byteLength(JSON.stringify(contents));
}

/** The bubbles in as few messages as possible. */
export function flexMessages(bubbles: readonly FlexBubble[]): LineMessage[] {
  const groups: FlexBubble[][] = [];
  for (const bubble of bubbles) {
    const last = groups.at(-1);
    if (last !== undefined && last.length < CAROUSEL_BUBBLES && carouselSize([...last, bubble]) <= CAROUSEL_BYTES) {
      last.push(bubble);
    } else groups.push([bubble]);
  }
  return groups.map((group) => ({ type: "flex", altText: altOf(group), contents: containerOf(group) }));
}

function carouselSize(group: readonly FlexBubble[]): number {
  return sizeOf({ type: "carousel", contents: group.map(({ contents }) => contents) });
}

function containerOf(group: readonly FlexBubble[]): LineMessage {
  const [only, ...more] = group;
  if (only !== undefined && more.length === 0) return only.contents;
  return { type: "carousel", contents: group.map(({ contents }) => contents) };
}

function altOf(group: readonly FlexBubble[]): string {
  const alt = group.map((bubble) => bubble.alt).join("\n");
  if (isBlank(alt)) return "…";
  // In UTF-16 units, the strictest count: LINE doesn't document its own.
  return shorten(alt, ALT_TEXT_LIMIT, inUnits);
}

export function flexText(text: string, look: LineMessage = {}): LineMessage[] {
  return isBlank(text) ? [] : [{ type: "text", text, wrap: true, ...look }];
}

export function column(contents: readonly LineMessage[]): LineMessage {
  return { type: "box", layout: "vertical", spacing: "sm", contents };
}
