/**
 * Goal: a turn whose bot drops its connection whenever it is given that one costs nobody else an answer or a free token, in
 * each dialect that bots connect with (G12).
 * Method: a whole gateway with real SQLite on a manual clock; bots that speak each dialect by hand over a real socket.
 */
import { afterEach, describe, expect, test } from "vitest";
import type { Agent } from "../src/agents/agent.ts";
import { openabAgent } from "../src/agents/openab/endpoint.ts";
import { EVENT } from "../src/agents/openab/frames.ts";
import type { WireTurn } from "../src/agents/protocol.ts";
import { webSocketAgent } from "../src/agents/websocket/endpoint.ts";
import { until } from "./e2e/support/eventually.ts";
import { type ListeningGateway, listeningGateway } from "./support/agents/listening-gateway.ts";
import { type Event, reply } from "./support/agents/openab-core.ts";
import { type Frame, RawSocket } from "./support/agents/raw-socket.ts";

const TOKEN = "agent-token";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** What an operator is shown of turns at which an agent fails. */
async function failing({ store }: ListeningGateway) {
  const query = { kind: null, channel: null, account: null, conversation: null, since: null, before: null };
  return (await store.listWaiting({ ...query, states: ["ready", "leased"], limit: 10 })).items;
}

interface Dialect {
  readonly agent: Agent;
  connect(whole: ListeningGateway): Promise<RawSocket>;
  /** What a frame asks; `null`: nothing. */
  textOf(frame: Frame): string | null;
  answerTo(frame: Frame): object;
  readonly reason: string;
}

const DIALECTS: Readonly<Record<string, () => Dialect>> = {
  "our own": () => ({
    agent: webSocketAgent({ token: TOKEN }),
    async connect(whole) {
      const bot = await RawSocket.connect(whole.socketUrl("/v1/agent"));
      bot.send({ type: "hello", version: 1, token: TOKEN, name: "bot", credit: 10 });
      return bot;
    },
    textOf: ({ type, turn }) => (type === "turn" ? (turn as WireTurn).text : null),
    answerTo({ turn }) {
      const { turnId, fence } = turn as WireTurn;
      return { type: "done", turnId, fence, seq: 1, replies: ["hello"] };
    },
    reason: "the agent's connection ended again",
  }),
  "openab's": () => ({
    agent: openabAgent({ token: TOKEN }),
    connect: (whole) => RawSocket.connect(whole.socketUrl(`/ws?token=${TOKEN}`)),
    textOf: (frame) => (frame.schema === EVENT ? (frame as unknown as Event).content.text : null),
    answerTo(frame) {
      const { event_id: to, channel } = frame as unknown as Event & { readonly channel: { readonly id: string } };
      return reply({ to, text: "hello", peer: channel.id, request: to });
    },
    reason: "the core's connection ended again",
  }),
};

describe.each(Object.entries(DIALECTS))("in %s dialect", (_, dialectOf) => {
  /** Answers at once, and drops its connection at `poison`, before it accepts; then it connects anew, until the test ends. */
  async function fragileBot(
    whole: ListeningGateway,
    dialect: Dialect,
    given: string[],
    life = new AbortController(),
  ): Promise<void> {
    ends.push(() => life.abort());
    const bot = await dialect.connect(whole);
    if (life.signal.aborted) return bot.drop();
    ends.push(() => bot.drop());
    let handled = 0;
    const poll = setInterval(() => {
      const frames = bot.frames.slice(handled);
      handled += frames.length;
      for (const frame of frames) {
        const text = dialect.textOf(frame);
        if (text === null) continue;
        given.push(text);
        if (text === "poison") bot.drop();
        else bot.send(dialect.answerTo(frame));
      }
    }, 1);
    ends.push(() => clearInterval(poll));
    void bot.isClosed().then(() => {
      clearInterval(poll);
      if (life.signal.aborted) return;
      // The gateway may end while it connects.
      fragileBot(whole, dialect, given, life).catch((error: unknown) => {
        if (!life.signal.aborted) throw error;
      });
    });
  }

  const poisoned = (given: readonly string[]) => given.filter((text) => text === "poison").length;

  test("a bot whose connection drops whenever it is given one certain turn answers everybody else, and is given that turn rarer and rarer", async () => {
    const dialect = dialectOf();
    const whole = await listeningGateway({ agent: dialect.agent });
    ends.push(whole.end);
    const given: string[] = [];
    await fragileBot(whole, dialect, given);
    await whole.simulator.person("Usick").says("poison");
    await until("the second drop", () => poisoned(given) === 2);
    for (let second = 0; second < 30; second++) {
      const who = `Uwell${second}`;
      await whole.simulator.person(who).says("hi");
      await until("the answer", async () => {
        await whole.clock.advance(100);
        return whole.simulator.seenBy(who).length === 1;
      });
      await whole.clock.advance(900);
    }
    expect(poisoned(given)).toBeLessThan(12);
    const reasons = whole.lines.map(({ fields }) => String(fields.reason ?? ""));
    expect(reasons).toContain(dialect.reason);
    const routes = whole.simulator.calls.map(({ path }) => path.split("/").at(-1));
    expect(routes).not.toContain("push");
    expect(await failing(whole)).toMatchObject([{ kind: "turn", reason: dialect.reason }]);
  });
});
