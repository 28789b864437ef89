/**
 * Goal: nothing gets into a log that isn't listed, and of what is listed only what its kind allows; lines that come too often are counted.
 * Method: the redacting log in front of a log that keeps its lines; fields that the types forbid are passed by a cast.
 */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import type { Log } from "./log.ts";
import { type RedactingLogOptions, redactingLog } from "./redacting-log.ts";
import { createRedactor } from "./redaction.ts";

interface Line {
  readonly level: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly message: string;
}

function withRedaction(options: Partial<RedactingLogOptions> = {}) {
  const lines: Line[] = [];
  const at = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields: fields as Line["fields"], message });
  const log: Log = { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error"), fatal: at("fatal") };
  const clock = manualClock();
  const redact = createRedactor(() => ["the-access-token"]);
  const redacting = redactingLog(log, { clock, redact, payloads: false, key: "a key for the test", ...options });
  return { redacting, lines, clock, fields: () => lines.at(-1)?.fields };
}

/** As code does that the compiler was talked out of looking at. */
function force(fields: Record<string, unknown>): object {
  return fields as object;
}

describe("a field", () => {
  test("that isn't on the list is left out and counted, whatever its name", () => {
    const { redacting, fields } = withRedaction();
    redacting.info(force({ turnId: "turn_1", text2: "my words", "my words": 1 }), "a line");
    expect(fields()).toEqual({ turnId: "turn_1", dropped: 2 });
  });

  test("that ends in the beginning of a secret is redacted, wherever it stands in its line", () => {
    const { redacting, fields } = withRedaction();
    redacting.info({ reason: "LINE refused the-access-to", state: "dead", agent: "http" }, "a line");
    expect(fields()).toEqual({ reason: "LINE refused (secret)", state: "dead", agent: "http" });
  });

  test("that isn't on the list doesn't compile", () => {
    const { redacting } = withRedaction();
    // @ts-expect-error: the field isn't listed
    redacting.info({ text2: "my words" }, "a line");
    const facts = { turnId: "turn_1", text2: "my words" };
    // @ts-expect-error: nor is it when it comes along with others
    redacting.info({ ...facts }, "a line");
  });

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["an id stays", { turnId: "turn_0199-a", status: 404 }, { turnId: "turn_0199-a", status: 404 }],
    ["an id that is a sentence is odd", { eventId: "my mother is ill" }, { eventId: "(odd)" }],
    ["an id that never ends is odd", { path: "/".repeat(201) }, { path: "(odd)" }],
    ["an id that is a secret is masked", { instance: "the-access-token" }, { instance: "(secret)" }],
    ["a number that is a text is odd", { events: "my words" }, { events: "(odd)" }],
    ["a time stays", { sentAt: "2026-11-22T03:00:00.000Z" }, { sentAt: "2026-11-22T03:00:00.000Z" }],
    ["an object is odd", { reason: { text: "my words" } }, { reason: "(odd)" }],
    ["what isn't there isn't written", { reason: undefined, turnId: null }, { turnId: null }],
    ["a sentence has no secret", { reason: "401: the-access-token" }, { reason: "401: (secret)" }],
    [
      "a sentence names nobody",
      { reason: "U0123456789abcdef0123456789abcdef, +15551234567" },
      { reason: "(id), +(id)" },
    ],
    ["a number of a sentence stays", { reason: "(#131047) 1048576 bytes" }, { reason: "(#131047) 1048576 bytes" }],
    ["what people say isn't written", { text: "my words", answer: "x", request: "y", response: "z" }, {}],
  ])("%s", (_what, given, written) => {
    const { redacting, fields } = withRedaction();
    redacting.warn(force(given), "a line");
    expect(fields()).toEqual(written);
  });

  test("that is a sentence ends", () => {
    const { redacting, fields } = withRedaction();
    redacting.warn({ reason: "x".repeat(1_000) }, "a line");
    expect(String(fields()?.reason)).toHaveLength(400);
  });
});

describe("a person", () => {
  const peer = "U0123456789abcdef0123456789abcdef";
  const nameOf = (options: Partial<RedactingLogOptions>, id = peer) => {
    const { redacting, fields } = withRedaction(options);
    redacting.info({ peer: id }, "a line");
    return String(fields()?.peer);
  };

  test("is a hash that is the same for the same key, and another for another person or key", () => {
    expect(nameOf({ key: "one key" })).toMatch(/^peer_[0-9a-f]{16}$/);
    expect(nameOf({ key: "one key" })).toBe(nameOf({ key: "one key" }));
    expect(nameOf({ key: "one key" })).not.toBe(nameOf({ key: "another" }));
    expect(nameOf({ key: "one key" })).not.toBe(nameOf({ key: "one key" }, "U2"));
  });

  test("is another in each process that draws its own key", () => {
    const drawn = () => {
      const lines: unknown[] = [];
      const at = (fields: object) => void lines.push(fields);
      const log: Log = { debug: at, info: at, warn: at, error: at, fatal: at };
      redactingLog(log, { clock: manualClock(), redact: createRedactor(() => []), payloads: false }).info(
        { peer },
        "a line",
      );
      return JSON.stringify(lines);
    };
    expect(drawn()).not.toBe(drawn());
  });

  test("isn't in the platform's ids either: WhatsApp's hold the phone number", () => {
    const wamid = `wamid.${Buffer.from("\x1a\x0b15551234567\x15\x02\x00\x12\x18\x14").toString("base64")}`;
    const { redacting, fields } = withRedaction();
    redacting.info({ platformEventId: wamid }, "a line");
    expect(fields()?.platformEventId).toMatch(/^id_[0-9a-f]{16}$/);
    redacting.info({ platformEventId: "01FZ74A0TDDPYRVKNK77XKC3ZR" }, "a line");
    expect(fields()?.platformEventId).toBe("01FZ74A0TDDPYRVKNK77XKC3ZR");
  });
});

test("with payloads people and their words are written, and secrets are not", () => {
  const { redacting, fields } = withRedaction({ payloads: true });
  redacting.info({ peer: "U1", text: "my words", request: '{"token":"the-access-token"}' }, "a line");
  expect(fields()).toEqual({ peer: "U1", text: "my words", request: '{"token":"(secret)"}' });
});

describe("a rate-limited line", () => {
  const REFUSED = "webhook refused";

  test("is written ten times, and then how many more there were", async () => {
    const { redacting, lines, clock } = withRedaction();
    for (let n = 0; n < 522; n++)
      redacting.warn({ channel: "line", account: "default", code: 401, reason: `${n}` }, REFUSED);
    expect(lines).toHaveLength(10);
    await clock.advance(10_000);
    expect(lines).toHaveLength(11);
    expect(lines.at(-1)).toEqual({
      level: "warn",
      message: REFUSED,
      fields: { channel: "line", account: "default", code: 401, more: 512 },
    });
    redacting.warn({ channel: "line", account: "default", code: 401, reason: "again" }, REFUSED);
    expect(lines).toHaveLength(12);
  });

  test("is counted for each account and each code", () => {
    const { redacting, lines } = withRedaction();
    for (let n = 0; n < 20; n++) redacting.warn({ channel: "line", account: "default", code: 401 }, REFUSED);
    redacting.warn({ channel: "line", account: "shop", code: 401 }, REFUSED);
    redacting.warn({ channel: "line", account: "default", code: 413 }, REFUSED);
    expect(lines).toHaveLength(12);
  });

  test("is counted at the end too, and leaves no timer", () => {
    const { redacting, lines, clock } = withRedaction();
    for (let n = 0; n < 15; n++) redacting.warn({ code: 401 }, REFUSED);
    redacting.close();
    expect(lines.at(-1)?.fields).toEqual({ code: 401, more: 5 });
    expect(clock.nextIn()).toBeNull();
  });

  test("within the limit is followed by no count", async () => {
    const { redacting, lines, clock } = withRedaction();
    redacting.warn({ code: 401 }, REFUSED);
    await clock.advance(60_000);
    expect(lines).toHaveLength(1);
  });

  test("is one that clients can cause: others are all written", () => {
    const { redacting, lines } = withRedaction();
    for (let n = 0; n < 50; n++) redacting.info({ turnId: "turn_1" }, "turn sealed");
    expect(lines).toHaveLength(50);
  });

  test("of ever new paths is dropped at a bound", () => {
    const { redacting, lines } = withRedaction();
    for (let n = 0; n < 5_000; n++) redacting.warn({ path: `/v1/${n}`, code: 400 }, "agent's request refused");
    expect(lines).toHaveLength(1_000);
  });
});
