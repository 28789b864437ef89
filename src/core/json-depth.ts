/**
 * Nesting limit of a webhook's JSON: platforms nest a dozen levels at most. `JSON.parse` takes any depth, but recursive
 * walks over the result, such as `JSON.stringify`, overflow the stack, and the webhook would fail each time it was sent.
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
  // Nearly every webhook has fewer brackets than that, and counting them costs less than half of tracking strings.
  if (countOpeningBrackets(json) <= JSON_DEPTH_MAX) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at += 1) {
    switch (json[at]) {
      case QUOTE:
        at = endOfString(json, at);
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

function countOpeningBrackets(json: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < json.length; at += 1) {
    const byte = json[at];
    if (byte === OPEN_LIST || byte === OPEN_OBJECT) count += 1;
  }
  return count;
}

/** The end of the string that begins at `from`: brackets inside it don't count. */
function endOfString(json: Uint8Array, from: number): number {
  let at = json.indexOf(QUOTE, from + 1);
  while (at > 0 && isEscaped(json, at)) at = json.indexOf(QUOTE, at + 1);
  return at < 0 ? json.length : at;
}

function isEscaped(json: Uint8Array, at: number): boolean {
  let before = at - 1;
  while (json[before] === BACKSLASH) before -= 1;
  return (at - before) % 2 === 0;
}
