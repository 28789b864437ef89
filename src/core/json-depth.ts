/**
 * Deeper than that nobody means what they send: no platform nests more than a dozen levels. `JSON.parse` takes any depth,
 * and whatever walks over the result later does so by calling itself, until there is no more stack: to write it down again,
 * for one. A webhook like that would be refused each time it came.
 */
export const JSON_DEPTH_MAX = 100;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/** Whether JSON in UTF-8 is nested deeper than allowed. What is no JSON may be either. */
export function isTooDeep(json: Uint8Array): boolean {
  // Nearly every webhook has fewer brackets than that: to count them costs less than half of looking where texts end.
  if (opensIn(json) <= JSON_DEPTH_MAX) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case QUOTE:
        at = endOfText(json, at);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        depth += 1;
        if (depth > JSON_DEPTH_MAX) return true;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        depth -= 1;
        break;
    }
  }
  return false;
}

function opensIn(json: Uint8Array): number {
  let opens = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) opens += 1;
  }
  return opens;
}

/** Where the text ends that begins there: brackets in it are somebody's words. */
function endOfText(json: Uint8Array, from: number): number {
  let at = json.indexOf(QUOTE, from + 1);
  while (at > 0 && isEscaped(json, at)) at = json.indexOf(QUOTE, at + 1);
  return at < 0 ? json.length : at;
}

function isEscaped(json: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (json[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
