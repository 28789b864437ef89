/**
 * Goal: the admin API tells of this process what an operator asks first: its agents, the processes beside it, itself, and what is
 * left of the month's paid messages.
 * Method: a whole gateway without a socket, with time that stands still.
 */
import { afterEach, expect, test } from "vitest";
import { askAdmin, readAdmin } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import type { Agent } from "../../agents/agent.ts";
import { withBreaker } from "../../agents/breaker.ts";
import { inProcessAgent } from "../../agents/in-process.ts";
import { noAgent } from "../../agents/none.ts";
import { routedAgents } from "../../agents/routed-agents.ts";
import { VERSION } from "../../runtime/version.ts";
import { AGENTS } from "./agents.ts";
import { ME } from "./me.ts";
import { NODES } from "./nodes.ts";
import { WIRE } from "./wire.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function started(options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  await whole.start();
  return whole;
}

async function agentsOf(whole: AssembledGateway) {
  return (await readAdmin(whole, AGENTS, "/api/agents")).agents;
}

const quotaOf = async (whole: AssembledGateway) =>
  (await readAdmin(whole, WIRE.accounts, "/api/accounts")).accounts[0]?.quota;

test("an agent that has answered, with the turn and when", async () => {
  const whole = await started({ answer: () => "hi" });
  expect(await agentsOf(whole)).toMatchObject([
    { name: "in-process", transports: ["in-process"], isReachable: true, turns: 0, lastAnswer: null, lastCall: null },
  ]);
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  const [agent] = await agentsOf(whole);
  expect(agent?.lastAnswer?.turnId).toMatch(/^turn_/);
  expect(agent?.lastCall).toMatchObject({ outcome: "answered" });
  expect(agent?.breakers).toEqual([]);
});

test("one that hangs holds its turn and has fewer free places, and its breaker is told", async () => {
  const hung: Agent = {
    name: "hung",
    isReachable: () => true,
    invoke: () => new Promise(() => undefined),
    close: async () => undefined,
  };
  const whole = await started({ agent: withBreaker(hung) });
  const [before] = await agentsOf(whole);
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  const [agent] = await agentsOf(whole);
  expect(agent).toMatchObject({
    name: "hung",
    transports: ["custom"],
    turns: 1,
    lastAnswer: null,
    breakers: [{ agent: "hung", state: "closed" }],
  });
  expect(agent?.freePlaces).toBe((before?.freePlaces ?? 0) - 1);
});

test("each of several agents is told by its own name, and what one did is not the other's", async () => {
  const whole = await started({
    agent: routedAgents({ shop: inProcessAgent(() => "hi"), absent: noAgent() }, [{ channel: "line", agent: "shop" }]),
  });
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  expect(await agentsOf(whole)).toMatchObject([
    { name: "shop", transports: ["in-process"], isReachable: true, lastCall: { outcome: "answered" } },
    { name: "absent", transports: ["none"], isReachable: false, lastCall: null, lastAnswer: null },
  ]);
});

test("an answer that comes later counts for the agent that has the turn", async () => {
  const later: Agent = {
    name: "later",
    isReachable: () => true,
    attach: (host) => {
      later.invoke = async ({ turnId, fence }) => {
        const replies = { replies: [{ type: "text" as const, text: "later" }], unsayable: [] };
        void host.pause(5_000).then(() => host.answer({ turnId, fence, done: true, key: null, ...replies }));
        return { kind: "accepted" };
      };
    },
    invoke: async () => ({ kind: "accepted" }),
    close: async () => undefined,
  };
  const whole = await started({ agent: later });
  await whole.simulator.person("Uann").says("a word of hers");
  await whole.clock.advance(1_000);
  expect(await agentsOf(whole)).toMatchObject([{ turns: 1, lastAnswer: null }]);
  await whole.clock.advance(10_000);
  expect(await agentsOf(whole)).toMatchObject([
    { turns: 0, lastAnswer: { turnId: expect.stringMatching(/^turn_/) }, lastCall: { outcome: "ended" } },
  ]);
});

test("a database of one process has one node, which no other can take over", async () => {
  const whole = await started();
  const { owner, nodes } = await readAdmin(whole, NODES, "/api/nodes");
  expect(nodes).toEqual([{ owner, isThis: true, isAlive: true, aliveUntil: null, version: VERSION }]);
});

test("who asks, by what right, and the gateway's version, batch policy and clock", async () => {
  const whole = await started({
    settings: { hasSimulator: true, accountBatch: { "line/default": { quietMs: 7 } } },
  });
  const me = await readAdmin(whole, ME, "/api/me");
  expect(me).toMatchObject({
    version: VERSION,
    actor: "loopback",
    rights: ["read", "operate"],
    hasSimulator: true,
    batch: { quietMs: 0 },
    accountBatch: { "line/default": { quietMs: 7 } },
    clock: { now: whole.clock.now(), wall: whole.clock.wall(), doubtedMs: 0, sinceSteppedMs: null },
  });
  expect((await readAdmin(whole, NODES, "/api/nodes")).owner).toBe(me.owner);
});

test("with a token it is the actor, and without it nothing is told", async () => {
  const whole = await started({ settings: { adminToken: "the-token" } });
  for (const path of ["/api/me", "/api/agents", "/api/nodes", "/api/pulse", "/api/waiting/groups?by=reason"]) {
    expect((await askAdmin(whole, path)).status, path).toBe(401);
  }
  const headers = { authorization: "Bearer the-token" };
  const me = await (await askAdmin(whole, "/api/me", { headers })).json();
  expect(me).toMatchObject({ actor: "TURNPIKE_ADMIN_TOKEN", hasSimulator: false });
});

test("the quota is unknown until the platform says it, then what is left of which limit, and exhausted when it refuses", async () => {
  const whole = assembleGateway({ answer: () => "hi" });
  ends.push(whole.end);
  expect(await quotaOf(whole)).toEqual({ kind: "unknown", exhausted: false });
  whole.simulator.quota.limit = 1;
  await whole.start();
  await whole.clock.advance(1_000);
  expect(await quotaOf(whole)).toEqual({ kind: "limited", left: 1, limit: 1, exhausted: false });
  for (const text of ["first", "second"]) {
    whole.simulator.faults.next("reply", { at: "before-accept", how: 400, message: "Invalid reply token" });
    await whole.simulator.person("Uann").says(text);
    await whole.clock.advance(60_000);
  }
  expect(await quotaOf(whole)).toEqual({ kind: "limited", left: 0, limit: 1, exhausted: true });
});

test("a platform without a limit has no quota, and neither has a channel that counts nothing", async () => {
  const unlimited = assembleGateway();
  ends.push(unlimited.end);
  unlimited.simulator.quota.limit = null;
  await unlimited.start();
  await unlimited.clock.advance(1_000);
  expect(await quotaOf(unlimited)).toEqual({ kind: "none", exhausted: false });
  const uncounted = await started({ wrapChannel: (channel) => ({ ...channel, costPolicy: null }) });
  expect(await quotaOf(uncounted)).toEqual({ kind: "none", exhausted: false });
});
