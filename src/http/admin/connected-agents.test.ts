/**
 * Goal: bots that connect are told one by one, with the turns that each has and takes.
 * Method: a whole gateway on a real socket, whose agent is whichever of two kinds connects; the bot's frames are written by hand.
 */
import { afterEach, expect, test } from "vitest";
import { until } from "../../../test/e2e/support/eventually.ts";
import { readAdmin } from "../../../test/support/admin-reader.ts";
import { listeningGateway } from "../../../test/support/agents/listening-gateway.ts";
import { RawSocket } from "../../../test/support/agents/raw-socket.ts";
import { anyOf } from "../../agents/any-of.ts";
import { withBreaker } from "../../agents/breaker.ts";
import { openabAgent } from "../../agents/openab/endpoint.ts";
import { webSocketAgent } from "../../agents/websocket/endpoint.ts";
import { AGENTS } from "./agents.ts";

const TOKEN = "agent-token";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("each connected bot is an instance, with its credit that is left and the turns that it has", async () => {
  const agent = anyOf(
    withBreaker(webSocketAgent({ token: TOKEN })),
    withBreaker(openabAgent({ token: TOKEN, turnsAtOnce: 3 })),
  );
  const whole = await listeningGateway({ agent });
  ends.push(whole.end);
  const told = async () => (await readAdmin(whole, AGENTS, "/api/agents")).agents;
  expect(await told()).toMatchObject([
    { name: "websocket or openab", transports: ["websocket", "openab"], isReachable: false, instances: [] },
  ]);
  const bot = await RawSocket.connect(whole.socketUrl("/v1/agent"), {});
  ends.push(() => bot.drop());
  bot.send({ type: "hello", version: 1, token: TOKEN, name: "bot", instance: "bot-number-1", credit: 2 });
  await bot.hears("welcome");
  const core = await RawSocket.connect(whole.socketUrl(`/ws?token=${TOKEN}`), {});
  ends.push(() => core.drop());
  await until("two connections", async () => (await whole.count("agent_connections")) === 2);
  await whole.simulator.person("Uann").says("hi");
  await bot.hears("turn");
  expect(await told()).toMatchObject([
    {
      isReachable: true,
      turns: 1,
      instances: [
        { transport: "websocket", name: "bot", instance: "bot-number-1", freePlaces: 1, turns: 1 },
        { transport: "openab", name: "openab", instance: null, freePlaces: 3, turns: 0 },
      ],
      breakers: [
        { agent: "websocket", state: "closed" },
        { agent: "openab", state: "closed" },
      ],
    },
  ]);
});
