/** Redaction of secrets and of quoted input in texts that platforms, agents and libraries wrote. */

/** A shorter secret would match ordinary words; the settings refuse those. */
const SECRET_LEAST = 6;
const SECRET_PLACEHOLDER = "(secret)";

/** Headers and parameters that hold any credential. */
const CREDENTIAL =
  /\b(bearer\s+|whsec_|(?:access_token|appsecret_proof|client_secret|signature|token|password)["']?\s*[=:]\s*["']?)[^\s"'&,}]+/gi;

const MAY_HOLD_A_CREDENTIAL = /[=:\s]|whsec_/;

export interface Redactor {
  (text: string): string;
  /** Whether nothing would be redacted in any part of the text. */
  isClean(text: string): boolean;
}

/** Redacts these secrets, whole or cut off at the end, and every value in the place of a credential. */
export function createRedactor(secrets: () => readonly string[]): Redactor {
  const known = () => secrets().filter((secret) => secret.length >= SECRET_LEAST);
  const mayHold = (text: string, secret: string) => text.includes(secret.slice(0, SECRET_LEAST));
  const redact = (text: string) => {
    let redacted = text;
    for (const secret of known()) {
      if (mayHold(redacted, secret))
        redacted = redactTruncated(redacted.replaceAll(secret, SECRET_PLACEHOLDER), secret);
    }
    return !MAY_HOLD_A_CREDENTIAL.test(redacted) ? redacted : redacted.replace(CREDENTIAL, `$1${SECRET_PLACEHOLDER}`);
  };
  // `search` ignores `lastIndex`, which `test` of a global expression moves.
  const isClean = (text: string) => !known().some((secret) => mayHold(text, secret)) && text.search(CREDENTIAL) === -1;
  return Object.assign(redact, { isClean });
}

/** A truncated text may end in the middle of a secret. */
function redactTruncated(text: string, secret: string): string {
  for (let length = Math.min(secret.length - 1, text.length); length >= SECRET_LEAST; length--) {
    if (text.endsWith(secret.slice(0, length))) return text.slice(0, -length) + SECRET_PLACEHOLDER;
  }
  return text;
}

/** This many equal characters in a row count as a quotation … */
const QUOTE_LENGTH = 8;
/** … and this many in scripts whose characters are syllables or words. */
const QUOTE_LENGTH_NON_LATIN = 3;
const NON_LATIN = /^[^\u0020-\u024f]+$/;
const QUOTE_PLACEHOLDER = "…";
/** Characters of each text that are compared: a reason is too short to quote what comes after them. */
const COMPARED_LENGTH = 5_000;

/**
 * A platform's or an agent's error without the input that it quotes: in part, cut off, or with characters escaped as
 * `\uXXXX`.
 */
export function stripQuotedInput(message: string, given: readonly string[]): string {
  const plain = message.replace(/\\u([0-9a-f]{4})/gi, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  );
  const texts = given.map((text) => text.slice(0, COMPARED_LENGTH).trim()).filter((text) => text !== "");
  const all = texts.join("\n");
  const hidden = new Set<number>();
  for (let at = 0; at < plain.length; at++) {
    for (const length of [QUOTE_LENGTH, QUOTE_LENGTH_NON_LATIN]) {
      const part = plain.slice(at, at + length);
      const counts = part.length === length && (length === QUOTE_LENGTH || NON_LATIN.test(part));
      if (counts && all.includes(part)) hide(hidden, at, length);
    }
  }
  for (const text of texts) if (text.length < QUOTE_LENGTH) hideInQuotationMarks(hidden, plain, text);
  return Array.from({ length: plain.length }, (_, at) => {
    if (!hidden.has(at)) return plain[at];
    return hidden.has(at - 1) ? "" : QUOTE_PLACEHOLDER;
  }).join("");
}

function hide(hidden: Set<number>, from: number, length: number): void {
  for (let at = from; at < from + length; at++) hidden.add(at);
}

/** A short text is hidden only inside quotation marks: "ok" is part of many words. */
function hideInQuotationMarks(hidden: Set<number>, message: string, text: string): void {
  for (let at = message.indexOf(text); at >= 0; at = message.indexOf(text, at + 1)) {
    const around = `${message[at - 1] ?? ""}${message[at + text.length] ?? ""}`;
    if (/^["'`«»“”‘’]{2}$/.test(around)) hide(hidden, at, text.length);
  }
}

/** Every string value in a JSON body; the body itself when it isn't JSON. */
export function stringValuesOf(body: string): readonly string[] {
  try {
    return stringValues(JSON.parse(body));
  } catch {
    return [body];
  }
}

/** Fields whose values are the platform's own constants: an error may name them. */
const CONSTANT_FIELDS: ReadonlySet<string> = new Set([
  "type",
  "messaging_type",
  "messaging_product",
  "recipient_type",
  "template_type",
  "layout",
  "tag",
]);

/** Every string inside a value, without field names. */
export function stringValues(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => (CONSTANT_FIELDS.has(name) ? [] : stringValues(inner)));
}
