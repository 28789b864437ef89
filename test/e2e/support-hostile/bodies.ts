/** Whole requests to the webhook's address whose bodies are the trouble. */
import { gzipSync } from "node:zlib";
import { sign } from "../support/post.ts";
import type { Draw, Maker } from "./draw.ts";

/** In every id of an event that nobody signed. None of them may ever be in the database. */
export const UNSIGNED = "UNSIGNED";
/** In every id of an event that was signed. */
export const SIGNED = "SIGNED";

export type Headers = Readonly<Record<string, string>>;

export function requestOf(headers: Headers, body: string | Uint8Array, line = "POST /webhook/line HTTP/1.1"): Buffer {
  const bytes = Buffer.from(body as string);
  const all = {
    host: "gateway",
    "content-type": "application/json",
    "content-length": String(bytes.length),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${line}\r\n${lines.join("")}\r\n`, "latin1"), bytes]);
}

/** A webhook as LINE would send it, with that mark in its ids. */
export function webhook({ text, number }: Draw, mark: string, more: object = {}): string {
  const id = `${mark}-${text(12)}`;
  const event = {
    type: "message",
    mode: "active",
    timestamp: 1_790_000_000_000,
    source: { type: "user", userId: `U${text(20)}` },
    webhookEventId: id,
    deliveryContext: { isRedelivery: number(2) === 0 },
    replyToken: text(32),
    message: { id: `${id}-m`, type: "text", text: `hostile ${text(8)}` },
    ...more,
  };
  return JSON.stringify({ destination: "Ubot", events: [event] });
}

const whole = (what: string, bytes: Uint8Array) => ({ what, act: { pieces: [bytes], ending: "wait" } }) as const;

/** A body that isn't the one that was signed. */
const changed = (what: string, change: (body: Buffer, draw: Draw) => Uint8Array): Maker => {
  return (draw) => {
    const body = webhook(draw, UNSIGNED);
    const forged = change(Buffer.from(body), draw);
    return whole(what, requestOf({ "x-line-signature": sign(body, draw.secret) }, forged));
  };
};

const unsigned = (what: string, headers: (draw: Draw, body: string) => Headers): Maker => {
  return (draw) => {
    const body = webhook(draw, UNSIGNED);
    return whole(what, requestOf(headers(draw, body), body));
  };
};

/** None of these is signed: nothing of them may be stored, and none may be told 200. */
export const BODIES: readonly Maker[] = [
  unsigned("no signature", () => ({})),
  unsigned("an empty signature", () => ({ "x-line-signature": "" })),
  unsigned("a signature of another key", ({ text }, body) => ({ "x-line-signature": sign(body, text(20)) })),
  unsigned("a signature that isn't base64", ({ text }) => ({ "x-line-signature": `${text(5)}!$%&` })),
  unsigned("a signature of the wrong length", ({ text, number }) => ({ "x-line-signature": text(number(2_000)) })),
  unsigned("two signatures", (_draw, body) => ({
    "x-line-signature": sign(body, "other"),
    "X-LINE-SIGNATURE": sign(body, "another"),
  })),
  unsigned("a signature in Meta's way", (_draw, body) => ({ "x-hub-signature-256": `sha256=${sign(body, "x")}` })),
  changed("one byte changed", (body, { number }) => {
    const at = number(body.length);
    body[at] = (body[at] ?? 0) ^ (1 << number(8));
    return body;
  }),
  changed("white space added", (body) => Buffer.concat([body, Buffer.from(" ")])),
  changed("the end cut off", (body, { number }) => body.subarray(0, body.length - 1 - number(20))),
  changed("a second document behind the first", (body) => Buffer.concat([body, body])),
  changed("written anew", (body) => Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1))),
  changed("a byte order mark in front", (body) => Buffer.concat([Buffer.of(0xef, 0xbb, 0xbf), body])),
  changed("in UTF-16", (body) => Buffer.from(body.toString(), "utf16le")),
  changed("compressed", (body) => gzipSync(body)),
  (draw) => {
    const body = webhook(draw, UNSIGNED);
    const headers = {
      "x-line-signature": sign(body, "other"),
      "content-encoding": draw.one(["gzip", "br", "x", "deflate"]),
    };
    return whole("said to be compressed", requestOf(headers, gzipSync(body)));
  },
  ({ number, text }) => {
    const bytes = Buffer.from(Array.from({ length: number(4_000) }, () => number(256)));
    return whole("noise", requestOf({ "x-line-signature": sign(bytes, text(9)) }, bytes));
  },
  ({ number }) => whole("a long body without a signature", requestOf({}, Buffer.alloc(number(1_048_576), "["))),
  ({ number }) => whole("over the limit", requestOf({}, Buffer.alloc(1_048_577 + number(200_000), "a"))),
  (draw) => {
    const body = webhook(draw, UNSIGNED);
    const headers = {
      "content-length": String(body.length + 1 + draw.number(1_000)),
      "x-line-signature": sign(body, draw.secret),
    };
    return {
      what: "broken off",
      act: { pieces: [requestOf(headers, body)], ending: draw.one(["end", "disconnect"] as const) },
    };
  },
  (draw) => {
    const body = webhook(draw, UNSIGNED);
    const headers = { "content-length": String(1 + draw.number(30)), "x-line-signature": sign(body, draw.secret) };
    return whole("longer than it says", requestOf(headers, body));
  },
];

const signed = (what: string, bodyOf: (draw: Draw) => string | Uint8Array): Maker => {
  return (draw) => {
    const body = bodyOf(draw);
    return whole(what, requestOf({ "x-line-signature": sign(body, draw.secret) }, body));
  };
};

const nested = (open: string, close: string, depth: number) => open.repeat(depth) + close.repeat(depth);

/** What else a signed webhook may leave behind: events that are so odd that they have no id. */
export const WITHOUT_ID: ReadonlySet<string> = new Set(["null", "7", "[]", "{}"]);

/** Signed, and odd all the same: whoever has the secret may be a platform that changed its mind. 200 or 400, and no more. */
export const SIGNED_BODIES: readonly Maker[] = [
  signed("no JSON", ({ text }) => text(50)),
  signed("noise", ({ number }) => Buffer.from(Array.from({ length: 1 + number(2_000) }, () => number(256)))),
  signed("nothing", () => ""),
  signed("another shape", ({ one }) =>
    one(["null", "7", '"x"', "[]", "{}", '{"events":{}}', `{"events":[${[...WITHOUT_ID]}]}`]),
  ),
  signed("deep arrays", ({ number }) => nested("[", "]", 10_000 + number(200_000))),
  signed("deep objects", ({ number }) => `${'{"events":'.repeat(10_000 + number(50_000))}1`),
  signed("an event that is deep inside", (draw) => {
    const depth = 5_000 + draw.number(100_000);
    return webhook(draw, SIGNED).replace('"type":"text"', `"type":"text","extra":${nested("[", "]", depth)}`);
  }),
  signed("an unknown event that is deep inside", (draw) => {
    const depth = 5_000 + draw.number(100_000);
    return webhook(draw, SIGNED, { type: "strange" }).replace(
      '"mode"',
      `"extra":${nested('{"a":', "}", depth).replace("}", "1}")},"mode"`,
    );
  }),
  signed("prototypes", (draw) => {
    const trap = '"__proto__":{"polluted":1,"isRedelivery":true},"constructor":{"prototype":{"polluted":1}}';
    return webhook(draw, SIGNED).replaceAll("{", `{${trap},`);
  }),
  signed("ids that are prototypes", (draw) =>
    webhook(draw, SIGNED, { source: { type: "user", userId: draw.one(["__proto__", "constructor", "toString"]) } }),
  ),
  signed("types that are prototypes", (draw) =>
    webhook(draw, SIGNED, { type: draw.one(["__proto__", "constructor"]) }),
  ),
  signed("numbers out of bounds", (draw) =>
    webhook(draw, SIGNED).replace(
      /"timestamp":\d+/,
      `"timestamp":${draw.one(["1e400", "-1", "1e-9", "9".repeat(400), '"x"'])}`,
    ),
  ),
  signed("halves of characters", (draw) => webhook(draw, SIGNED).replace("hostile", "\\ud800\\u0000\\udfff")),
  signed("fields of the wrong kind", (draw) =>
    webhook(draw, SIGNED, {
      [draw.one(["source", "message", "mode", "replyToken", "deliveryContext"])]: draw.one([null, 7, "x", [], true]),
    }),
  ),
  signed("an id as long as a book", (draw) =>
    webhook(draw, SIGNED, { webhookEventId: `${SIGNED}${"x".repeat(draw.number(100_000))}` }),
  ),
  signed("the same field twice", (draw) => webhook(draw, SIGNED).replace('"events"', '"events":[],"events"')),
];
