/**
 * Goal: what waits for a person is grouped by why, and it is said of how many.
 * Method: a whole gateway without a socket, whose agent refuses turns for several reasons.
 */
import { afterEach, expect, test } from "vitest";
import { askAdmin, badRequest, readAdmin } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import type { Agent } from "../../agents/agent.ts";
import { GROUPED_MAX, GROUPS } from "./groups.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** Refuses each turn with the next of the reasons. */
function refusing(...reasons: readonly string[]): Agent {
  const rest = [...reasons];
  return {
    name: "refusing",
    isReachable: () => true,
    invoke: async () => ({ kind: "rejected", reason: rest.shift() ?? "no more" }),
    close: async () => undefined,
  };
}

async function withDead(reasons: readonly string[], options: AssemblyOptions = {}): Promise<AssembledGateway> {
  const whole = assembleGateway({ agent: refusing(...reasons), ...options });
  ends.push(whole.end);
  await whole.start();
  for (const [index] of reasons.entries()) {
    await whole.simulator.person(`U${index}`).says("a word of hers");
    await whole.clock.advance(1_000);
  }
  return whole;
}

const groupsOf = (whole: AssembledGateway, query = "") =>
  readAdmin(whole, GROUPS, `/api/waiting/groups?by=reason${query}`);

test("turns of one reason are one group, whatever ids it names, the largest group first", async () => {
  const whole = await withDead([
    "the agent answered 500",
    "request 0196f3a2-1111-7000-8000-a1b2c3d4e5f6 was refused",
    "request 0196f3a2-2222-7000-8000-f6e5d4c3b2a1 was refused",
    "the agent answered 400",
  ]);
  const { window, groups } = await groupsOf(whole);
  expect(window).toMatchObject({ items: 4, max: GROUPED_MAX, isWhole: true });
  expect(groups.map(({ reason, count }) => [reason, count])).toEqual([
    ["request 0196f3a2-2222-7000-8000-f6e5d4c3b2a1 was refused", 2],
    ["the agent answered 400", 1],
    ["the agent answered 500", 1],
  ]);
  const [largest] = groups;
  expect(largest).toMatchObject({ kind: "turn", channel: "line", states: [{ state: "dead", count: 2 }] });
  expect((largest?.newest ?? 0) - (largest?.oldest ?? 0)).toBe(1_000);
  expect((window.newest ?? 0) - (window.oldest ?? 0)).toBe(3_000);
  expect(await (await askAdmin(whole, "/api/waiting/groups?by=reason")).text()).not.toContain("a word of hers");
});

test("the filters are those of the list", async () => {
  const whole = await withDead(["the agent answered 500", "the agent answered 400"]);
  expect((await groupsOf(whole, "&state=unknown")).groups).toEqual([]);
  expect((await groupsOf(whole, "&channel=messenger")).window).toMatchObject({ items: 0, oldest: null, isWhole: true });
  expect((await groupsOf(whole, "&conversation=U1")).groups).toMatchObject([{ reason: "the agent answered 400" }]);
});

test("of more than are grouped it is said that they are not all", async () => {
  const whole = await withDead(["the agent answered 500"], {
    wrapStore: (store) => ({
      ...store,
      listWaiting: async (query) => ({
        ...(await store.listWaiting(query)),
        next: query.limit === 1_000 ? "1.x" : null,
      }),
    }),
  });
  expect((await groupsOf(whole)).window).toMatchObject({ items: 1, isWhole: false });
});

test("without what to group by, or with a page, it is a 400 that names the field", async () => {
  const whole = await withDead([]);
  expect(await badRequest(whole, "/api/waiting/groups")).toMatch(/by/);
  expect(await badRequest(whole, "/api/waiting/groups?by=colour")).toMatch(/by/);
  expect(await badRequest(whole, "/api/waiting/groups?by=reason&limit=5")).toMatch(/limit/);
});
