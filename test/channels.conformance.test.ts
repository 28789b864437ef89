/**
 * Goal: every platform keeps what `Channel` promises.
 * Method: one suite, run for each entry of the registry with that folder's fixtures and against its simulator on a
 * real loopback socket.
 */
import { readdirSync, readFileSync } from "node:fs";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type Channel, Malformed, type Verified } from "../src/channels/channel.ts";
import { CHANNELS, type ChannelName } from "../src/channels/index.ts";
import type { Fault } from "../src/channels/simulation/faults.ts";
import type { Route, SendOutcomeKind } from "../src/core/delivery.ts";
import type { TurnEvent } from "../src/core/event.ts";
import { packCalls } from "../src/core/pack-calls.ts";
import { VERSION } from "../src/runtime/version.ts";
import { type ConnectedChannel, HARNESSES } from "./support/channel-harnesses.ts";

const NO_TURN = { message: () => null };

for (const name of Object.keys(CHANNELS) as ChannelName[]) {
  describe(`channel ${name}`, () => {
    let connected: ConnectedChannel;
    beforeAll(async () => {
      connected = await HARNESSES[name].start();
    });
    afterAll(() => connected[Symbol.asyncDispose]());

    describe("takes in", () => takesIn(name, () => connected));
    describe("renders", () => renders(() => connected));
    describe("fetches media", () => fetches(() => connected));
    describe("calls", () => calls(name, () => connected));
    for (const route of HARNESSES[name].routes) {
      describe(`sends by ${route}`, () => sends(name, route, () => connected));
    }
  });
}

function takesIn(name: ChannelName, connected: () => ConnectedChannel) {
  const folder = new URL(`../src/channels/${name}/fixtures/`, import.meta.url);
  const names = readdirSync(folder).filter((file) => file.endsWith(".json"));
  const fixtures = names.map((file) => ({ file, body: readFileSync(new URL(file, folder)) }));
  const { signatureHeader } = HARNESSES[name];
  const verify = (body: Uint8Array, headers: Headers): Verified | null => connected().channel.verify(body, headers);
  const signed = (body: Uint8Array) => new Headers(connected().platform.sign(body));
  const normalize = (body: Uint8Array | string) => {
    const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
    const verified = verify(bytes, signed(bytes));
    if (verified === null) throw new Error("a good signature was refused");
    return connected().channel.normalize(verified);
  };

  test.each(fixtures)("$file: a good signature passes, one flipped byte doesn't", ({ body }) => {
    const headers = signed(body);
    expect(verify(body, headers)).not.toBeNull();
    for (let index = 0; index < body.length; index += 1) {
      const changed = Uint8Array.from(body);
      changed[index] = (changed[index] ?? 0) ^ 0x01;
      expect(verify(changed, headers)).toBeNull();
    }
  });

  test("a missing or malformed signature is refused without an error", () => {
    const body = fixtures[0]?.body ?? new Uint8Array();
    expect(verify(body, new Headers())).toBeNull();
    for (const odd of ["", "x", "=", "sha256=", "ÿ".repeat(44), "A".repeat(10_000)]) {
      expect(verify(body, new Headers({ [signatureHeader]: odd }))).toBeNull();
    }
  });

  test("no two events of the fixtures share a key", () => {
    const keys = fixtures.flatMap(({ body }) => normalize(body).events.flatMap((event) => event.dedupKeys));
    expect(keys.length).toBeGreaterThan(0);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("a redelivered copy has the keys of the first", async () => {
    const { first, second } = await connected().redelivered();
    if (HARNESSES[name].marksCopies) expect(second).not.toBe(first);
    const keysOf = (body: string) => normalize(body).events.map((event) => event.dedupKeys);
    expect(keysOf(second)).toEqual(keysOf(first));
    expect(normalize(second).events.map((event) => event.redelivered)).toEqual([HARNESSES[name].marksCopies]);
  });

  test("an unknown kind of event becomes other, with all it said, and opens no turn", () => {
    const { events } = normalize(readFileSync(new URL("unknown-type.json", folder)));
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event).toMatchObject({ type: "other", effect: "store" });
      expect(event.raw).toBeTypeOf("object");
    }
  });

  test.each(fixtures)(
    "$file: fields named after a prototype change nothing, in whatever object they stand",
    ({ body }) => {
      const trap =
        '"__proto__":{"type":"text","isRedelivery":true,"is_echo":true,"polluted":1},"constructor":{"prototype":{"polluted":1}}';
      const trapped = body.toString().replace(/\{(?=\s*")/g, `{${trap},`);
      expect(trapped).not.toBe(body.toString());
      const seen = (of: Uint8Array | string) =>
        normalize(of).events.map(({ type, effect, conversation, sender, redelivered, token, revises, sentAt }) => ({
          ...{ type, effect, conversation, sender, redelivered, token, revises, sentAt },
        }));
      expect(seen(trapped)).toEqual(seen(body));
      expect(normalize(trapped).receipts).toEqual(normalize(body).receipts);
      expect(Object.prototype).not.toHaveProperty("polluted");
    },
  );

  test("every event names its channel, its account and its conversation", () => {
    for (const event of fixtures.flatMap(({ body }) => normalize(body).events)) {
      expect(event.conversation).toMatchObject({ channel: name, account: connected().channel.account });
      expect(event.conversation.peerId).not.toBe("");
      expect(Number.isSafeInteger(event.sentAt)).toBe(true);
    }
  });

  test("a fixture with anything at all in any place never fails, unless it is no webhook any more", () => {
    const texts = fixtures.map(({ body }) => new TextDecoder().decode(body));
    fc.assert(
      fc.property(fc.constantFrom(...texts), fc.nat(), fc.jsonValue(), (text, place, odd) => {
        const changed = JSON.stringify(replaceNth(JSON.parse(text), place, odd));
        try {
          for (const event of normalize(changed).events) expect(event.dedupKeys[0]).not.toBe("");
        } catch (error) {
          expect(error).toBeInstanceOf(Malformed);
        }
      }),
      { numRuns: 500 },
    );
  });

  test.each(["", "hello", "[]", "null", "7"])("a signed body of %j is malformed", (body) => {
    expect(() => normalize(body)).toThrow(Malformed);
  });
}

/** The value with its n-th part (of as many as it has) replaced. */
function replaceNth(value: unknown, place: number, odd: unknown): unknown {
  let count = 0;
  JSON.stringify(value, (_key, part: unknown) => {
    count += 1;
    return part;
  });
  let seen = 0;
  const target = place % count;
  return JSON.parse(
    JSON.stringify(value, (_key, part: unknown) => {
      const isTarget = seen === target;
      seen += 1;
      return isTarget ? odd : part;
    }),
  );
}

function callsOf(channel: Channel, messages: readonly unknown[]) {
  const units = messages.map((message) => ({ bundledId: null, messages: [message] }));
  return packCalls(units, channel.messagesPerCall);
}

function renders(connected: () => ConnectedChannel) {
  test("a text over the limit is split and never cut, and the platform takes every piece", async () => {
    const { channel, openConversation, seenBy } = connected();
    const { peerId } = await openConversation(channel.paidRoute);
    const text = Array.from({ length: 4_000 }, (_, line) => `Line ${line}: 👩‍👩‍👧 and 漢字.`).join("\n");
    for (const [index, { messages }] of callsOf(
      channel,
      channel.render([{ type: "text", text }], NO_TURN).messages,
    ).entries()) {
      const delivery = { deliveryId: `long-${index}`, peerId, messages };
      const call = channel.buildCall(delivery, { route: channel.paidRoute, token: null });
      expect((await channel.send(call, channel.paidRoute)).outcome.kind).toBe("sent");
    }
    expect(seenBy(peerId).length).toBeGreaterThan(1);
    expect(seenBy(peerId).join("")).toBe(text);
  });

  test.each([250, 302, 1_100])("a choice with a value of %i characters is said, as a button or as a text", (length) => {
    const { channel } = connected();
    const choice = { label: "the long one", value: "🍎".repeat(length / 2) };
    const replies = [
      { type: "choices", text: "Which?", choices: [choice] },
      { type: "card", title: "A card", actions: [choice] },
    ] as const;
    for (const reply of replies) {
      const { messages } = channel.render([reply], NO_TURN);
      expect(channel.problemWith(messages)).toBeNull();
      expect(JSON.stringify(messages)).toContain("the long one");
    }
  });

  test("nothing to say is no message", () => {
    const { channel } = connected();
    expect(channel.render([], NO_TURN)).toEqual({ messages: [], adapted: [] });
    expect(channel.render([{ type: "text", text: " \n " }], NO_TURN).messages).toEqual([]);
  });
}

function fetches(connected: () => ConnectedChannel) {
  const still = new AbortController().signal;

  test("what a webhook brings is opened by its reference, with the platform's own bytes", async ({ skip }) => {
    const { channel, picture, platform } = connected();
    if (channel.media === undefined || picture === undefined) return skip("the platform has no media");
    const { webhook, reference, content } = await picture();
    const body = new TextEncoder().encode(webhook);
    const verified = channel.verify(body, new Headers(platform.sign(body)));
    if (verified === null) throw new Error("a good signature was refused");
    const [event] = channel.normalize(verified).events;
    expect(channel.media.referenceOf(event?.content ?? {})).toBe(reference);
    const outcome = await channel.media.open(reference, still);
    if (outcome.kind !== "content") throw new Error(`not opened: ${outcome.kind}`);
    expect(await new Response(outcome.body).text()).toBe(content);
    expect(outcome.type).toMatch(/^\w+\/[\w.+-]+$/);
    expect(channel.media.referenceOf({ postback: { data: "a" } })).toBeNull();
  });

  test.each(["", "/", "..", "../../info", "https://elsewhere.example/", "1?x=2", "1#", "\r\n", "0".repeat(500)])(
    "an odd reference %j is gone, and nothing goes wrong",
    async (reference) => {
      const { media } = connected().channel;
      if (media !== undefined) expect((await media.open(reference, still)).kind).toBe("gone");
    },
  );

  test("content that nobody wants to the end is given up, and the next one is opened", async ({ skip }) => {
    const { channel, picture } = connected();
    if (channel.media === undefined || picture === undefined) return skip("the platform has no media");
    const { reference, content } = await picture();
    for (let round = 0; round < 3; round += 1) {
      const left = new AbortController();
      const [unread, aborted] = [
        await channel.media.open(reference, still),
        await channel.media.open(reference, left.signal),
      ];
      if (unread.kind === "content") await unread.body.cancel();
      left.abort();
      if (aborted.kind === "content") await aborted.body.cancel().catch(() => undefined);
    }
    const outcome = await channel.media.open(reference, still);
    if (outcome.kind !== "content") throw new Error(`not opened: ${outcome.kind}`);
    expect(await new Response(outcome.body).text()).toBe(content);
  });

  test("a platform that can't be reached is unavailable", async ({ skip }) => {
    const { channelAt, picture } = connected();
    const { media } = channelAt(await closedPort());
    if (media === undefined || picture === undefined) return skip("the platform has no media");
    expect((await media.open("1", still)).kind).toBe("unavailable");
  });
}

const ANSWERS: readonly (readonly [name: string, fault: Fault | null, outcome: SendOutcomeKind, isShown: boolean])[] = [
  ["a good answer", null, "sent", true],
  ["400", { at: "before-accept", how: 400 }, "refused", false],
  ["401", { at: "before-accept", how: 401 }, "account-stopped", false],
  ["429", { at: "before-accept", how: 429 }, "rate-limited", false],
  ["500 before it was accepted", { at: "before-accept", how: 500 }, "unknown", false],
  ["500 after it was accepted", { at: "after-accept", how: 500 }, "unknown", true],
  ["a disconnect before it was accepted", { at: "before-accept", how: "disconnect" }, "unknown", false],
  ["a disconnect after it was accepted", { at: "after-accept", how: "disconnect" }, "unknown", true],
];

function sends(name: ChannelName, route: Route, connected: () => ConnectedChannel) {
  const { noRepeat } = HARNESSES[name];
  let deliveries = 0;
  const prepare = async () => {
    deliveries += 1;
    const { peerId, token } = await connected().openConversation(route);
    const { messages } = connected().channel.render([{ type: "text", text: "here you are" }], NO_TURN);
    const delivery = { deliveryId: `${route}-${deliveries}`, peerId, messages };
    return { peerId, delivery, token, call: connected().channel.buildCall(delivery, { route, token }) };
  };

  test.each(ANSWERS)("%s has its outcome, and the call is made once", async (_name, fault, outcome, isShown) => {
    const { channel, callCount, seenBy } = connected();
    const { call, peerId } = await prepare();
    if (fault !== null) connected().fault(route, fault);
    const before = callCount();
    expect((await channel.send(call, route)).outcome.kind).toBe(outcome);
    expect(callCount() - before).toBe(1);
    expect(seenBy(peerId)).toEqual(isShown ? ["here you are"] : []);
  });

  test("a time limit that ends after the request left is unknown", async () => {
    const { channel, clock, seenBy } = connected();
    const { call, peerId } = await prepare();
    connected().fault(route, { at: "slow", delayMs: 3_600_000 });
    const sending = channel.send(call, route);
    await vi.waitFor(() => expect(seenBy(peerId)).toHaveLength(1), 20_000);
    await clock.advance(clock.nextIn() ?? 0);
    expect((await sending).outcome.kind).toBe("unknown");
  });

  test("a refused connection is certain: try again", async () => {
    const { call } = await prepare();
    const report = await connected()
      .channelAt(await closedPort())
      .send(call, route);
    expect(report).toMatchObject({ outcome: { kind: "retry" }, status: null });
  });

  test("one delivery is the same call to the byte, however often it is built", async () => {
    const { call, delivery, token } = await prepare();
    expect(connected().channel.buildCall(delivery, { route, token })).toEqual(call);
  });

  const note = noRepeat === null ? "" : ` (skipped: ${noRepeat})`;
  test.skipIf(noRepeat !== null)(`a repeat, with the same retry key, is not a second message${note}`, async () => {
    const { channel, seenBy } = connected();
    const { call, peerId } = await prepare();
    connected().fault(route, { at: "after-accept", how: "disconnect" });
    await channel.send(call, route);
    const again = await channel.send(call, route);
    expect(["sent", "token-invalid"]).toContain(again.outcome.kind);
    expect(seenBy(peerId)).toEqual(["here you are"]);
  });

  test("another delivery has another retry key", async () => {
    const [one, two] = [await prepare(), await prepare()];
    if (one.call.retryKey !== null) expect(one.call.retryKey).not.toBe(two.call.retryKey);
    expect(one.call).not.toEqual(two.call);
  });
}

function calls(name: ChannelName, connected: () => ConnectedChannel) {
  const prepare = async (route: Route) => {
    const { peerId, token } = await connected().openConversation(route);
    const { messages } = connected().channel.render([{ type: "text", text: "here you are" }], NO_TURN);
    const call = connected().channel.buildCall({ deliveryId: `call-${route}`, peerId, messages }, { route, token });
    return { peerId, call };
  };

  test("every one says which program makes it: deliveries, signs, questions, and the ways to media", async () => {
    await using platform = await easyPlatform();
    const channel = connected().channelAt(platform.url);
    for (const route of HARNESSES[name].routes) await channel.send((await prepare(route)).call, route);
    const { peerId } = await prepare(channel.paidRoute);
    const conversation = { channel: name, account: channel.account, kind: "user", peerId } as const;
    const lastEvent = { platformEventId: "m_1", type: "message", content: {} } as TurnEvent;
    await channel.typingIndicator?.show({ conversation, lastEvent });
    await channel.profiles?.nameOf(conversation, peerId);
    await channel.checkAccount?.();
    await channel.diagnostics?.();
    const before = platform.requests.length;
    const media = await channel.media?.open("1", AbortSignal.timeout(60_000));
    if (media?.kind === "content") await media.body.cancel();
    expect(before).toBeGreaterThan(HARNESSES[name].routes.length);
    expect(platform.requests.length > before).toBe(channel.media !== undefined);
    const unnamed = platform.requests.filter(({ userAgent }) => userAgent !== `turnpike/${VERSION}`);
    expect(unnamed).toEqual([]);
  });

  test.each(HARNESSES[name].routes)("a proxy's 100 Continue before the answer to a %s is skipped", async (route) => {
    await using platform = await easyPlatform((response) => response.writeContinue());
    const { call } = await prepare(route);
    const report = await connected().channelAt(platform.url).send(call, route);
    expect(report).toMatchObject({ outcome: { kind: "sent" }, status: 200 });
    expect(platform.requests).toHaveLength(1);
  });
}

/** A platform that takes whatever comes; `begin` may write something before its answer. */
async function easyPlatform(begin: (response: ServerResponse) => unknown = () => undefined) {
  const requests: { readonly path: string; readonly userAgent: string | undefined }[] = [];
  const server = createHttpServer(({ url: path = "", headers }, response) => {
    requests.push({ path, userAgent: headers["user-agent"] });
    begin(response);
    const ids = { sentMessages: [{ id: "1" }], messages: [{ id: "1" }], message_id: "1" };
    response.end(JSON.stringify({ ...ids, url: `${url}/content`, mime_type: "image/jpeg" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return `http://127.0.0.1:${address.port}`;
}
