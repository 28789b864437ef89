/**
 * Goal: each turn goes to the agent that its channel, account and kind of conversation name, and to no other.
 * Method: routes over bots that record what they are asked; and a whole gateway, to see that turns without a route wait.
 */
import { expect, test } from "vitest";
import { assembleGateway } from "../../test/support/assembled-gateway.ts";
import { sampleTurn } from "../../test/support/sample-turn.ts";
import type { Conversation } from "../core/conversation.ts";
import { Misconfigured } from "../core/errors.ts";
import { inProcessAgent } from "./in-process.ts";
import { noAgent } from "./none.ts";
import { routedAgents } from "./routed-agents.ts";

const named = (name: string) => inProcessAgent(() => name);
const agents = { groups: named("groups"), shop: named("shop"), line: named("line"), rest: named("rest") };
const routes = [
  { channel: "line", kind: "group", agent: "groups" },
  { channel: "line", account: "shop", agent: "shop" },
  { channel: "line", agent: "line" },
  { agent: "rest" },
] as const;

test.each<[Partial<Conversation>, string]>([
  [{}, "line"],
  [{ kind: "group" }, "groups"],
  [{ kind: "group", account: "shop" }, "groups"],
  [{ account: "shop" }, "shop"],
  [{ channel: "messenger" }, "rest"],
  [{ channel: "messenger", kind: "group" }, "rest"],
])("%j is answered by %s: the first route that fits", async (change, name) => {
  const turn = sampleTurn();
  const asked = { ...turn, conversation: { ...turn.conversation, ...change } };
  const outcome = await routedAgents(agents, routes).invoke(asked, new AbortController().signal);
  expect(outcome).toEqual({ kind: "answered", replies: [{ type: "text", text: name }] });
});

test("an account is reachable when an agent of one of its routes is", () => {
  const routed = routedAgents({ here: named("here"), away: noAgent() }, [
    { channel: "line", agent: "here" },
    { channel: "messenger", agent: "away" },
  ]);
  expect(routed.isReachable()).toBe(true);
  expect(routed.isReachable("line/default")).toBe(true);
  expect(routed.isReachable("messenger/default")).toBe(false);
  expect(routed.isReachable("whatsapp/default")).toBe(false);
});

test("a route to an unknown agent is refused, with its name", () => {
  expect(() => routedAgents(agents, [{ agent: "nobody" }])).toThrow(Misconfigured);
  expect(() => routedAgents(agents, [{ agent: "nobody" }])).toThrow(
    /"nobody"; allowed is one of groups, shop, line, rest/,
  );
});

test("a turn whose agent is unavailable waits, without a failed attempt", async () => {
  let isThere = false;
  const back = { ...named("here now"), isReachable: () => isThere };
  const routed = routedAgents({ people: back, groups: named("groups") }, [
    { kind: "group", agent: "groups" },
    { agent: "people" },
  ]);
  const whole = assembleGateway({ agent: routed });
  await whole.start();
  await whole.simulator.person("Uann").says("hi");
  await whole.clock.advance(20_000);
  expect(whole.simulator.seenBy("Uann")).toEqual([]);
  isThere = true;
  await whole.clock.advance(5_000);
  expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["here now"]);
  await whole.end();
});
