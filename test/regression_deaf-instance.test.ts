/**
 * Goal: a bot whose connection drops twice within a lease is given turns on its third. The first drop, in the middle of a
 * turn, had left a timer that forgets the instance when its lease is over; after the second, without a turn, the instance
 * began anew under the same id, and the timer forgot the new one. The bot was connected, pinged, and given nothing more
 * until its connection ended.
 * Method: a whole gateway on a real socket; the bot's frames are written by hand; the time of the lease is the test's.
 */
import { afterEach, expect, test } from "vitest";
import type { WireTurn } from "../src/agents/protocol.ts";
import { webSocketAgent } from "../src/agents/websocket/endpoint.ts";
import { until } from "./e2e/support/eventually.ts";
import { type ListeningGateway, listeningGateway } from "./support/agents/listening-gateway.ts";
import { RawSocket } from "./support/agents/raw-socket.ts";

const TOKEN = "agent-token";
/** Less than the gateway's 15 s between two pings: nothing else happens to the connection meanwhile. */
const LEASE_MS = 5_000;

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function connected(whole: ListeningGateway, resume: readonly object[] = []): Promise<RawSocket> {
  const bot = await RawSocket.connect(whole.socketUrl("/v1/agent"));
  ends.push(() => bot.drop());
  bot.send({ type: "hello", version: 1, token: TOKEN, name: "bot", instance: "instance-of-a-bot", resume });
  await bot.hears("welcome");
  return bot;
}

async function dropped(whole: ListeningGateway, bot: RawSocket): Promise<void> {
  bot.drop();
  await until("no connection", async () => (await whole.count("agent_connections")) === 0);
}

test("regression_a_bot_that_was_dropped_twice_within_a_lease_is_still_given_turns", async () => {
  const whole = await listeningGateway({
    agent: webSocketAgent({ token: TOKEN }),
    settings: { leaseMs: LEASE_MS },
  });
  ends.push(whole.end);
  const person = whole.simulator.person("Uann");

  const first = await connected(whole);
  await person.says("one");
  const { turnId, fence } = (await first.hears("turn")).turn as WireTurn;
  first.send({ type: "accept", turnId, fence });
  first.send({ type: "ping" });
  await first.hears("pong");
  await dropped(whole, first);

  const second = await connected(whole, [{ turnId, fence }]);
  second.send({ type: "done", turnId, fence, seq: 1, replies: ["answer"] });
  await second.hears("ack");
  await dropped(whole, second);

  const third = await connected(whole);
  await whole.clock.advance(LEASE_MS);
  await person.says("two");
  expect((await third.hears("turn")).turn).toMatchObject({ attempt: 1, text: "two" });
});
