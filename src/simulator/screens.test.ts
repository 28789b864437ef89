/**
 * Goal: a person's screen has both sides' messages as that platform shows them, with what became of each.
 * Method: every simulator on the list, without a socket and on a manual clock; how the gateway answers is set by the test.
 */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../test/support/manual-clock.ts";
import { seededRandom } from "../../test/support/seeded-random.ts";
import { CHANNELS, type ChannelName } from "../channels/index.ts";
import type { Screen } from "../channels/simulation/screen.ts";

const NAMES = Object.keys(CHANNELS) as ChannelName[];
type Fields = Readonly<Record<string, unknown>>;

function start(name: ChannelName) {
  const clock = manualClock();
  const { variables, set, examplePeerId: peerId } = CHANNELS[name].simulator;
  const gateway = { status: 200 };
  const { commands, views, platform } = set(variables)({
    clock,
    random: seededRandom(4),
    webhookUrl: "http://gateway.invalid/",
    deliver: async () => gateway.status,
  });
  const changed: string[] = [];
  platform.changes.listen(({ kind, record }) => {
    if (kind === "screen") changed.push((record as { peerId: string }).peerId);
  });
  const command = async <T = Fields>(named: string, input: Fields = {}) =>
    (await commands[named]?.({ peerId, ...input })) as T;
  const screen = (of = peerId) => views.screen?.(of) as Screen;
  const call = async (path: string, body: Fields, token: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const bytes = new TextEncoder().encode(JSON.stringify(body));
    const result = await platform.handle({ method: "POST", path, headers, body: bytes });
    return result === "disconnect" ? 0 : result.status;
  };
  return { clock, gateway, changed, command, screen, call, peerId };
}

type Started = ReturnType<typeof start>;

/** How the bot answers, and how it marks the newest message as read, on each platform. */
const BOTS: Readonly<Record<string, { answer(on: Started): Promise<number>; types(on: Started): Promise<number> }>> = {
  line: {
    answer: ({ call, peerId }) =>
      call("/v2/bot/message/push", { to: peerId, messages: [{ type: "text", text: "answer" }] }, "access-token"),
    types: ({ call, peerId }) => call("/v2/bot/chat/loading/start", { chatId: peerId }, "access-token"),
  },
  messenger: {
    answer: ({ call, peerId }) =>
      call(
        "/v26.0/me/messages",
        { recipient: { id: peerId }, messaging_type: "RESPONSE", message: { text: "answer" } },
        "page-token",
      ),
    types: ({ call, peerId }) =>
      call("/v26.0/me/messages", { recipient: { id: peerId }, sender_action: "typing_on" }, "page-token"),
  },
  whatsapp: {
    answer: ({ call, peerId }) =>
      call(
        "/v26.0/106540000000001/messages",
        { messaging_product: "whatsapp", to: `+${peerId}`, type: "text", text: { body: "answer" } },
        "access-token",
      ),
    types: ({ call, screen }) => {
      const message_id = screen().entries.at(-1)?.messageId;
      const typing = { messaging_product: "whatsapp", status: "read", message_id, typing_indicator: { type: "text" } };
      return call("/v26.0/106540000000001/messages", typing, "access-token");
    },
  },
};

describe.each(NAMES.filter((name) => name in BOTS))("on %s", (name) => {
  const bot = BOTS[name] ?? { answer: () => Promise.resolve(0), types: () => Promise.resolve(0) };

  test("both sides stand on it in their order, and each change is told", async () => {
    const on = start(name);
    const { command, screen, clock, changed, peerId } = on;
    expect(screen()).toEqual({ peerId, entries: [], typingUntil: null, isBlocked: false });
    const said = await command("says", { text: "hi" });
    await clock.advance(5);
    expect(await bot.answer(on)).toBe(200);
    expect(screen().entries).toMatchObject([
      { from: "person", name: null, text: "hi", messageId: said.messageId, mark: "sent", isRetracted: false },
      { from: "bot", name: null, text: "answer", mark: null, isRetracted: false },
    ]);
    // Written, accepted, answered.
    expect(new Set(changed).size).toBe(1);
    expect(changed.length).toBeGreaterThan(2);
  });

  test("a message is lost until a copy of it is accepted", async () => {
    const { command, screen, clock, gateway } = start(name);
    const marks = () => screen().entries.map(({ mark }) => mark);
    const late = command("says", { text: "one", delayMs: 1_000 });
    expect(marks()).toEqual(["sending"]);
    gateway.status = 503;
    await clock.advance(1_000);
    await late;
    await clock.advance(500);
    expect(marks()).toEqual(["lost"]);
    await command("says", { text: "two", lost: true });
    expect(marks()).toEqual(["lost", "lost"]);
    gateway.status = 200;
    await clock.advance(60_000);
    // Messenger tries at once and never again.
    expect(marks()).toEqual([name === "messenger" ? "lost" : "sent", "sent"]);
  });

  test("the bot is shown as typing until it answers, or for a while", async () => {
    const on = start(name);
    await on.command("says", { text: "hi" });
    expect(await bot.types(on)).toBeLessThan(300);
    expect(on.screen().typingUntil).toBeGreaterThan(on.clock.now());
    await bot.answer(on);
    expect(on.screen().typingUntil).toBeNull();
    await on.command("says", { text: "and?" });
    await bot.types(on);
    await on.clock.advance(60_000);
    expect(on.screen().typingUntil).toBeNull();
  });

  test("who blocks the bot is shown as having done so", async () => {
    const { command, screen } = start(name);
    await command("blocks");
    expect(screen().isBlocked).toBe(true);
    await command(name === "line" ? "follows" : "unblocks");
    expect(screen().isBlocked).toBe(false);
  });

  test("an edited message has its new words", async () => {
    const { command, screen } = start(name);
    const { messageId } = await command("says", { text: "hi" });
    await command("edits", { messageId, text: "ho" });
    expect(screen().entries).toMatchObject([{ text: "ho", mark: "sent" }]);
  });
});

test("LINE: a group has one screen, with the names of those who wrote, and the played members are in it", async () => {
  const { people } = CHANNELS.line.simulator;
  const groupId = people.find((person) => person.groupId !== null)?.groupId ?? "";
  const { command, screen } = start("line");
  for (const { peerId } of people.filter((person) => person.groupId === groupId)) {
    await command("says", { peerId, groupId, text: `I am ${peerId}` });
  }
  expect(screen(groupId).entries.map(({ name, text }) => [name, text])).toEqual([
    ["Person Uann", "I am Uann"],
    ["Person Uben", "I am Uben"],
    ["Person Ucho", "I am Ucho"],
  ]);
  expect(screen("Uann").entries).toEqual([]);
});

test("LINE and WhatsApp: a message that was taken back is marked so", async () => {
  for (const [name, takesBack] of [
    ["line", "unsends"],
    ["whatsapp", "revokes"],
  ] as const) {
    const { command, screen } = start(name);
    const { messageId } = await command("says", { text: "hi" });
    await command(takesBack, { messageId });
    expect(screen().entries).toMatchObject([{ messageId, isRetracted: true, mark: "sent" }]);
  }
});

test("what takes a lost message back doesn't count as the message", async () => {
  const { command, screen } = start("line");
  const { messageId } = await command("says", { text: "hi", lost: true });
  await command("unsends", { messageId });
  expect(screen().entries).toMatchObject([{ mark: "lost", isRetracted: true }]);
});

test("a read mark includes what was sent before it, on LINE, Messenger and WhatsApp", async () => {
  const marks = ({ screen }: Started) => screen().entries.map(({ mark }) => mark);
  const twoLines = async (name: ChannelName) => {
    const on = start(name);
    await on.command("says", { text: "one" });
    await on.command("says", { text: "two" });
    return on;
  };
  const messenger = await twoLines("messenger");
  await messenger.call(
    "/v26.0/me/messages",
    { recipient: { id: messenger.peerId }, sender_action: "mark_seen" },
    "page-token",
  );
  await messenger.command("says", { text: "three" });
  expect(marks(messenger)).toEqual(["read", "read", "sent"]);
  const whatsapp = await twoLines("whatsapp");
  const message_id = whatsapp.screen().entries[1]?.messageId;
  const read = { messaging_product: "whatsapp", status: "read", message_id };
  await whatsapp.call("/v26.0/106540000000001/messages", read, "access-token");
  await whatsapp.command("says", { text: "three" });
  expect(marks(whatsapp)).toEqual(["read", "read", "sent"]);
});

test("Messenger and WhatsApp: what a colleague answers stands on the other side", async () => {
  for (const name of ["messenger", "whatsapp"] as const) {
    const { command, screen } = start(name);
    await command("answers-by-hand", { text: "I'll take this one." });
    expect(screen().entries).toMatchObject([{ from: "bot", text: "I'll take this one.", mark: null }]);
  }
});

test("what has no text is there as it was sent", async () => {
  const line = start("line");
  await line.command("sends", { message: { type: "sticker", packageId: "1", stickerId: "2" } });
  // Without LINE's tokens.
  expect(line.screen().entries).toMatchObject([
    { text: null, message: { type: "sticker", packageId: "1", stickerId: "2" } },
  ]);
  expect(JSON.stringify(line.screen())).not.toMatch(/token/i);
  const messenger = start("messenger");
  await messenger.command("taps", { data: "x", title: "Yes" });
  expect(messenger.screen().entries).toMatchObject([{ text: "Yes" }]);
  const whatsapp = start("whatsapp");
  await whatsapp.command("taps", { id: "x", title: "Yes" });
  await whatsapp.command("sends", { type: "location", content: { latitude: 1, longitude: 2 } });
  await whatsapp.command("reacts", { messageId: "wamid.x", emoji: "👍" });
  expect(whatsapp.screen().entries).toMatchObject([{ text: "Yes" }, { text: null, message: { type: "location" } }]);
});
