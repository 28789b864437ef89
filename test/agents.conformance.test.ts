/**
 * Goal: whatever the transport, a bot sees the same turn under the same name, its first answer is the answer, and nothing that
 * happens to a connection costs a message (G4, G7, G8).
 * Method: one suite over all transports: a whole gateway with real SQLite on a real socket, LINE over its simulator, and a bot
 * that is moved by hand. Time stands still until the test moves it. The checker is the person's screen.
 */
import { afterEach, describe, expect, test } from "vitest";
import { connect } from "../src/agents/client/connect.ts";
import { webSocketAgent } from "../src/agents/websocket/endpoint.ts";
import { until } from "./e2e/support/eventually.ts";
import { dropping } from "./support/agents/dropping-agent.ts";
import { type ListeningGateway, listeningGateway } from "./support/agents/listening-gateway.ts";
import { type Bot, TOKEN } from "./support/agents/transport-harness.ts";
import { TRANSPORTS } from "./support/agents/transport-harnesses.ts";
import { seededRandom } from "./support/seeded-random.ts";

const LEASE_MS = 60_000;
const AGENT_TIMEOUT_MS = 90_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Behind {
  readonly whole: ListeningGateway;
  readonly bot: Bot;
}

const settings = { agentToken: TOKEN, leaseMs: LEASE_MS, agentTimeoutMs: AGENT_TIMEOUT_MS };

async function behind(make: (typeof TRANSPORTS)[number]): Promise<Behind> {
  const harness = make();
  const whole = await listeningGateway({ agent: await harness.agent(), settings });
  ends.push(whole.end);
  const bot = await harness.bot(whole);
  ends.push(() => bot.close());
  return { whole, bot };
}

const says = (whole: ListeningGateway, text = "hi") => whole.simulator.person("Uann").says(text);
const screen = (whole: ListeningGateway) => whole.simulator.seenBy("Uann").map(({ text }) => text);
const done = (whole: ListeningGateway) => whole.count("turns_total", { outcome: "done" });

/** Time goes on until it is so. */
async function inTime(whole: ListeningGateway, what: string, look: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, async () => {
    if (await look()) return true;
    await whole.clock.advance(1_000);
    return false;
  });
}

/** Long enough for whatever might still come. */
async function afterAWhile(whole: ListeningGateway): Promise<void> {
  for (let second = 0; second < 10; second++) {
    await whole.clock.advance(1_000);
    await until("the wire", () => true);
  }
}

describe.each(TRANSPORTS.map((make) => [make().name, make] as const))("%s", (_name, make) => {
  test("an answer reaches the person, and ends the turn", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    await bot.answer(await bot.handed(0), "hello");
    await inTime(whole, "the answer", async () => (await done(whole)) === 1 && screen(whole).length === 1);
    expect(screen(whole)).toEqual(["hello"]);
  });

  test("a turn that comes again has the same id and the same events, whatever came meanwhile", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    const first = await bot.handed(0);
    await says(whole, "more");
    await bot.drop(first);
    await inTime(whole, "the second invocation", () => bot.handedCount === 2);
    const second = await bot.handed(1);
    expect([second.id, second.eventIds]).toEqual([first.id, first.eventIds]);
    await bot.answer(second, "to the first");
    await inTime(whole, "the next turn", () => bot.handedCount === 3);
    await bot.answer(await bot.handed(2), "to the next");
    await inTime(whole, "both answers", () => screen(whole).length === 2);
    expect(screen(whole)).toEqual(["to the first", "to the next"]);
  });

  test("two answers to a turn that was handed out twice: one is taken", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    const first = await bot.handed(0);
    await inTime(whole, "the second invocation", () => bot.handedCount === 2);
    const second = await bot.handed(1);
    await bot.answer(first, "one");
    await bot.answer(second, "other");
    await inTime(whole, "an answer", () => screen(whole).length > 0);
    await afterAWhile(whole);
    expect(screen(whole)).toHaveLength(1);
    expect(await done(whole)).toBe(1);
  });

  test("an answer that is said twice under one number is taken once", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    await bot.answer(await bot.handed(0), "once", { copies: 3 });
    await inTime(whole, "the answer", () => screen(whole).length > 0);
    await afterAWhile(whole);
    expect(screen(whole)).toEqual(["once"]);
  });

  test("a connection that ends while the bot works costs nothing", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    await bot.drop(await bot.handed(0));
    await inTime(whole, "the turn again", () => bot.handedCount === 2);
    await bot.answer(await bot.handed(1), "still here");
    await inTime(whole, "the answer", () => screen(whole).length === 1);
    await afterAWhile(whole);
    expect(screen(whole)).toEqual(["still here"]);
  });

  test("fields that nobody knows are ignored", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    await bot.answer(await bot.handed(0), "hello", { extra: true });
    await inTime(whole, "the answer", () => screen(whole).length === 1);
  });

  test("what can't be read is told with its field and what is allowed; the bot goes on", async () => {
    const { whole, bot } = await behind(make);
    await says(whole);
    const told = await bot.sayWrong(await bot.handed(0));
    expect(told).toMatch(/(replies\.0\.type|channel\.id|content): read nothing; allowed is (one of|a text)/);
    // The turn has ended with what could be said, which is nothing; or, in openab's dialect, it is still at work.
    await says(whole);
    await afterAWhile(whole);
    await bot.answer(await bot.handed(bot.handedCount - 1), "better");
    await inTime(whole, "the answer", () => screen(whole).length === 1);
  });
});

/** The bot's frames of two turns: hello, and for each turn accept, reply and done. */
const FRAMES = 7;

describe("a socket that drops at every frame", () => {
  const drops = Array.from({ length: FRAMES }, (_, nth) => [true, false].map((isRead) => [nth + 1, isRead] as const));

  test.each(drops.flat())(
    "at frame %i of the bot, which is read: %s. Every part is said once, in order",
    async (nth, isRead) => {
      const agent = dropping(webSocketAgent({ token: TOKEN }), {
        atFrame: nth,
        isRead,
        disconnect: () => whole.disconnectAgents(),
      });
      const whole: ListeningGateway = await listeningGateway({ agent, settings });
      ends.push(whole.end);
      const url = whole.socketUrl("/v1/agent");
      const bot = connect(url, { token: TOKEN, clock: whole.clock, random: seededRandom(nth) }).onTurn(async (turn) => {
        await turn.reply(`${turn.text} 1`);
        await turn.flush();
        return `${turn.text} 2`;
      });
      ends.push(() => bot.close());
      for (const [count, text] of [
        [2, "a"],
        [4, "b"],
      ] as const) {
        await says(whole, text);
        await inTime(whole, `the answer to ${text}`, () => screen(whole).length >= count);
      }
      await afterAWhile(whole);
      expect(screen(whole)).toEqual(["a 1", "a 2", "b 1", "b 2"]);
      expect(await done(whole)).toBe(2);
      expect(agent.hasDropped()).toBe(true);
    },
  );
});
