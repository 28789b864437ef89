/** Requests whose heads are the trouble: what a parser, a router or a proxy in front might take in two ways. */
import { sign } from "../support/post.ts";
import { requestOf, UNSIGNED, webhook } from "./bodies.ts";
import type { Draw, Maker } from "./draw.ts";
import type { Act } from "./wire.ts";

const latin1 = (text: string) => Buffer.from(text, "latin1");
const says = (what: string, text: string | Uint8Array, ending: Act["ending"] = "wait"): ReturnType<Maker> => ({
  what,
  act: { pieces: [typeof text === "string" ? latin1(text) : text], ending },
});

const METHODS = [
  "GET",
  "PUT",
  "DELETE",
  "PATCH",
  "OPTIONS",
  "HEAD",
  "TRACE",
  "CONNECT",
  "PROPFIND",
  "post",
  "BREW",
  "P\u00d6ST",
];
const PATHS = [
  "/",
  "//",
  "/webhook",
  "/webhook/",
  "/webhook/line/",
  "/webhook/line/nobody",
  "/webhook/telegram",
  "/webhook/line/../line",
  "/webhook/%6cine",
  "/webhook/line%2f..",
  "/webhook/line%00",
  "/webhook/line%zz",
  "/webhook/line;a=b",
  "/webhook/__proto__",
  "/webhook/constructor",
  "/webhook/line/__proto__",
  "/../../etc/passwd",
  "/..%2f..%2fetc/passwd",
  "/\\..\\x",
  "/metrics",
  "/api/overview",
  "/v1/turns/turn_x/replies",
  "/v1/messages",
  "/v1/media/line/default/1?expires=9999999999999&signature=x",
  "/v1/media/line/default/%ff",
  "/v1/media/__proto__/x/y?signature=",
  "/ws?token=x",
  "/v1/agent",
  "/webhook/messenger?hub.mode=subscribe&hub.verify_token=x&hub.challenge=1",
  "*",
  "http://169.254.169.254/latest",
  "https://gateway/webhook/line",
  "webhook/line",
  "/\u00ff\u00fe",
  "/?".padEnd(9_000, "a"),
  "",
];
const HOSTS = ["", "a b", "[::1", "evil/../x", "a@b", "x:99999", "\u00ff", "%00", "gateway, gateway"];

/** Wrong methods, addresses, hosts and headers, without a signature that is right. */
export const HEADS: readonly Maker[] = [
  (draw) =>
    says(
      "another method",
      requestOf({}, webhook(draw, UNSIGNED), `${draw.one(METHODS)} /webhook/line HTTP/1.1`),
      "end",
    ),
  (draw) =>
    says(
      "another address",
      requestOf({}, webhook(draw, UNSIGNED), `${draw.one(["GET", "POST"])} ${draw.one(PATHS)} HTTP/1.1`),
    ),
  (draw) => says("an address without a body", `GET ${draw.one(PATHS)} HTTP/1.1\r\nhost: x\r\n\r\n`),
  (draw) => says("another host", requestOf({ host: draw.one(HOSTS) }, webhook(draw, UNSIGNED))),
  (draw) =>
    says(
      "a wrong token",
      requestOf(
        { authorization: `Bearer ${draw.text(20)}` },
        "{}",
        `POST ${draw.one(["/v1/messages", "/v1/turns/x/replies"])} HTTP/1.1`,
      ),
    ),
  (draw) =>
    says(
      "a content type",
      requestOf(
        {
          "content-type": draw.one([
            "",
            "text/json",
            "application/json\u00ff",
            "multipart/form-data; boundary=x",
            ";",
            "application/jsonp",
          ]),
        },
        webhook(draw, UNSIGNED),
      ),
    ),
  (draw) =>
    says(
      "a length that is none",
      requestOf(
        { "content-length": draw.one(["-1", "+5", "5, 5", "1e3", "0x10", "", " ", "99999999999999999999", "\u0665"]) },
        webhook(draw, UNSIGNED),
      ),
    ),
  (draw) => says("a length of terabytes", requestOf({ "content-length": String(2 ** (31 + draw.number(20))) }, "{}")),
  ({ number }) =>
    says(
      "headers without end",
      `POST /webhook/line HTTP/1.1\r\nhost: x\r\nx-long: ${"a".repeat(16_000 + number(40_000))}\r\n\r\n`,
    ),
  ({ number }) =>
    says(
      "thousands of headers",
      `POST /webhook/line HTTP/1.1\r\nhost: x\r\n${"a: b\r\n".repeat(1_000 + number(4_000))}\r\n`,
    ),
  ({ one }) =>
    says(
      "a header that is none",
      `POST /webhook/line HTTP/1.1\r\nhost: x\r\n${one(["no colon", ": no name", "a\u0000b: c", "a: b\u0000c", "a : b", " a: b", "a:\r\n b", "\u00ff: x", "__proto__: x", "constructor: x"])}\r\ncontent-length: 0\r\n\r\n`,
    ),
  ({ one }) =>
    says(
      "expectations",
      `POST /webhook/line HTTP/1.1\r\nhost: x\r\nexpect: ${one(["100-continue", "200-ok", ""])}\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}`,
    ),
  ({ one }) =>
    says(
      "another version",
      `POST /webhook/line HTTP/${one(["0.9", "1.0", "2.0", "9.9", "1.", "1.1.1", ""])}\r\nhost: x\r\ncontent-length: 0\r\n\r\n`,
      "end",
    ),
];

/** Two readers of these might not agree where one request ends and the next begins. */
export const SMUGGLED: readonly Maker[] = [
  ...[
    ["a length and chunks", { "transfer-encoding": "chunked" }],
    ["chunks under another name", { "transfer-encoding": "xchunked" }],
    ["chunks and identity", { "transfer-encoding": "chunked, identity" }],
    ["identity and chunks", { "transfer-encoding": "identity, chunked" }],
    ["chunks twice", { "transfer-encoding": "chunked, chunked" }],
    ["chunks with a space before the colon", { "transfer-encoding ": "chunked" }],
    ["chunks behind a tab", { "transfer-encoding": "\tchunked" }],
    ["two lengths", { "Content-Length": "0" }],
  ].map(
    ([what, headers]): Maker =>
      (draw) => {
        const hidden = requestOf({}, webhook(draw, UNSIGNED)).toString("latin1");
        return says(what as string, requestOf(headers as Record<string, string>, `0\r\n\r\n${hidden}`));
      },
  ),
  (draw) => {
    const size = draw.one([
      "zz",
      "-1",
      "FFFFFFFFFFFFFFFFF",
      "5;a=\nb",
      "0x5",
      " 5",
      "5 ",
      "",
      "1;".padEnd(30_000, "x"),
      "+1",
    ]);
    return says("a chunk of no size", chunked(draw, `${size}\r\nhello\r\n0\r\n\r\n`));
  },
  (draw) => says("a chunk longer than it says", chunked(draw, "2\r\nhello\r\n0\r\n\r\n")),
  (draw) => says("line ends without a return", chunked(draw, "5\nhello\n0\n\n"), "end"),
  (draw) => says("a chunk of gigabytes", chunked(draw, `7fffffff\r\n${"a".repeat(draw.number(100_000))}`), "end"),
  (draw) => says("trailers", chunked(draw, `2\r\n{}\r\n0\r\nx-line-signature: ${sign("{}", draw.secret)}\r\n\r\n`)),
  (draw) => says("chunks without end", chunked(draw, "1\r\na\r\n".repeat(200_000)), "end"),
  (draw) =>
    says(
      "a new line in a header",
      requestOf({ "x-a": "b\r\n\r\nPOST /webhook/line HTTP/1.1\r\nhost: x" }, webhook(draw, UNSIGNED)),
    ),
  (draw) => {
    const one = requestOf({}, webhook(draw, UNSIGNED));
    return {
      what: "many at once",
      act: { pieces: Array.from({ length: 2 + draw.number(30) }, () => one), ending: "end" },
    };
  },
  (draw) =>
    says(
      "a second line",
      `GET /health HTTP/1.1 HTTP/1.1\r\nhost: x\r\n\r\n${requestOf({}, webhook(draw, UNSIGNED)).toString("latin1")}`,
    ),
];

function chunked(draw: Draw, body: string): string {
  const signature = sign(body, draw.secret);
  return `POST /webhook/line HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\nx-line-signature: ${signature}\r\ntransfer-encoding: chunked\r\n\r\n${body}`;
}

/** What isn't HTTP at all, and clients that are gone before they were served. */
export const STRANGE: readonly Maker[] = [
  ({ number }) => says("noise", Buffer.from(Array.from({ length: 1 + number(3_000) }, () => number(256))), "end"),
  () => says("a greeting of TLS", Buffer.from("160301020001fc0303", "hex"), "end"),
  () => says("a preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "end"),
  () => says("mail", "EHLO gateway\r\nMAIL FROM:<a@b>\r\n", "end"),
  () => says("empty lines", "\r\n".repeat(2_000), "end"),
  ({ one }) => says("half a head", one(["P", "POST ", "POST /webhook/line HTTP/1.1\r\nhost"]), "end"),
  (draw) => ({
    what: "gone at once",
    act: { pieces: [requestOf({ "content-length": "500000" }, webhook(draw, UNSIGNED))], ending: "disconnect" },
  }),
  () => ({ what: "gone without a word", act: { pieces: [], ending: "disconnect" } }),
  (draw) => {
    const body = webhook(draw, UNSIGNED);
    const bytes = requestOf({ "x-line-signature": sign(body, "wrong") }, body);
    const at = draw.number(bytes.length);
    return {
      what: "in two pieces",
      act: { pieces: [bytes.subarray(0, at), bytes.subarray(at)], everyMs: draw.number(30), ending: "wait" },
    };
  },
  (draw) => {
    const bytes = Buffer.from(requestOf({}, webhook(draw, UNSIGNED)));
    for (let count = 0; count < 4; count += 1) bytes[draw.number(bytes.length)] = draw.number(256);
    return says("bytes changed at random", bytes, "end");
  },
];

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";

function upgrade(path: string, headers: Readonly<Record<string, string>> = {}, behind: Uint8Array = new Uint8Array()) {
  const all = {
    host: "x",
    connection: "Upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": KEY,
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([latin1(`GET ${path} HTTP/1.1\r\n${lines.join("")}\r\n`), behind]);
}

/** Upgrades that are refused, and connections that are let in and then say nothing sensible. The server hangs up. */
export const SOCKETS: readonly Maker[] = [
  ({ text }) => says("a wrong token", upgrade(`/ws?token=${text(10)}`), "hold"),
  () => says("no token", upgrade("/ws"), "hold"),
  ({ text }) => says("a wrong bearer", upgrade("/v1/agent", { authorization: `Bearer ${text(10)}` }), "hold"),
  ({ one }) =>
    says("another address", upgrade(one(["/", "/webhook/line", "/health", "/__proto__", "*", "//", "/%zz"])), "hold"),
  ({ one }) =>
    says("another protocol", upgrade("/v1/agent", { upgrade: one(["h2c", "", "tls/1.0", "websocket, h2c"]) }), "end"),
  ({ one }) =>
    says("another version", upgrade("/v1/agent", { "sec-websocket-version": one(["99", "-1", "", "x"]) }), "hold"),
  ({ one }) =>
    says(
      "a key that is none",
      upgrade("/v1/agent", { "sec-websocket-key": one(["", "x", "a".repeat(5_000)]) }),
      "hold",
    ),
  ({ number }) =>
    says(
      "noise in place of frames",
      upgrade("/v1/agent", {}, Buffer.from(Array.from({ length: 200 }, () => number(256)))),
      "end",
    ),
  () => says("a frame without a mask", upgrade("/v1/agent", {}, Buffer.from("810568656c6c6f", "hex")), "hold"),
  () =>
    says("a frame of exabytes", upgrade("/v1/agent", {}, Buffer.from("81ff7fffffffffffffff00000000", "hex")), "hold"),
  ({ number }) =>
    says(
      "a frame over the limit",
      upgrade(
        "/v1/agent",
        {},
        Buffer.concat([Buffer.from("81ff000000000020000100000000", "hex"), Buffer.alloc(number(100_000))]),
      ),
      "hold",
    ),
  () => says("an end at once", upgrade("/v1/agent", {}, Buffer.from("888000000000", "hex")), "hold"),
];
