/** Hostile requests by the thousand, the same ones for the same seed. */
import type { Random } from "../../../src/runtime/random.ts";
import { sign } from "../support/post.ts";
import { BODIES, SIGNED_BODIES } from "./bodies.ts";
import { drawFrom, type Maker } from "./draw.ts";
import { HEADS, SMUGGLED, SOCKETS, STRANGE } from "./heads.ts";
import type { Act } from "./wire.ts";

export interface Hostile {
  readonly family: Family;
  /** For the message of a failure. */
  readonly what: string;
  readonly act: Act;
}

export type Family = keyof typeof FAMILIES;

/** How often each family comes, in a hundred. Slow ones cost time and nothing else, so there are few. */
const FAMILIES = {
  heads: { share: 22, makers: HEADS },
  bodies: { share: 26, makers: BODIES },
  signed: { share: 12, makers: SIGNED_BODIES },
  smuggled: { share: 14, makers: SMUGGLED },
  strange: { share: 14, makers: STRANGE },
  sockets: { share: 8, makers: SOCKETS },
  slow: { share: 4, makers: slow() },
} as const satisfies Record<string, { share: number; makers: readonly Maker[] }>;

export function* hostileRequests(count: number, random: Random, secret: string): Generator<Hostile> {
  const draw = drawFrom(random, secret);
  const families = Object.entries(FAMILIES).flatMap(([family, { share, makers }]) =>
    Array.from({ length: share }, () => ({ family: family as Family, makers })),
  );
  for (let made = 0; made < count; made += 1) {
    const { family, makers } = draw.one(families);
    yield { family, ...draw.one<Maker>(makers)(draw) };
  }
}

/** Those who would hold a connection for ever: byte by byte, or not at all. */
function slow(): readonly Maker[] {
  const bytes = (text: string) => [...Buffer.from(text)].map((byte) => Buffer.of(byte));
  const head = "POST /webhook/line HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
  return [
    () => ({ what: "says nothing", act: { pieces: [], ending: "hold" } }),
    ({ text }) => ({
      what: "a header that never ends",
      act: { pieces: [Buffer.from(`${head}x-slow: `), ...bytes(text(40))], everyMs: 100, ending: "hold" },
    }),
    ({ text, secret }) => {
      const body = text(64);
      const opening = `${head}x-line-signature: ${sign(body, secret)}\r\ncontent-length: 1000\r\n\r\n`;
      return {
        what: "a body that never ends",
        act: { pieces: [Buffer.from(opening), ...bytes(body)], everyMs: 100, ending: "hold" },
      };
    },
    ({ text }) => ({
      what: "chunks that never end",
      act: {
        pieces: [Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`), ...bytes(`1\r\n${text(1)}\r\n`.repeat(10))],
        everyMs: 50,
        ending: "hold",
      },
    }),
    ({ number }) => ({
      what: "a quarter of a megabyte, and then nothing",
      act: {
        pieces: [Buffer.from(`${head}content-length: 900000\r\n\r\n`), Buffer.alloc(200_000 + number(60_000), "a")],
        ending: "hold",
      },
    }),
  ];
}
