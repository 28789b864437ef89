/**
 * Goal: a deferred reply gets an exact response, and a repeat after a lost 200 is stored
 * once.
 * Method: a whole gateway without a socket; a bot that says "later" to every turn; the reply API by `gateway.fetch`.
 */
import { afterEach, beforeEach, expect, test } from "vitest";
import { type AssembledGateway, assembleGateway } from "../../test/support/assembled-gateway.ts";
import type { Agent } from "../agents/agent.ts";
import type { LeasedTurn } from "../core/turn.ts";

const TOKEN = "agent-token";

let whole: AssembledGateway;
let turns: LeasedTurn[];

const later: Agent = {
  name: "later",
  isReachable: () => true,
  invoke: async (turn) => {
    turns.push(turn);
    return { kind: "accepted" };
  },
  close: async () => {},
};

/** Answers that were written, or tried to be. */
let writes: number;
/** Answers the turn just before the next answer to it is written. */
let isOvertaken: boolean;

beforeEach(async () => {
  turns = [];
  isOvertaken = false;
  writes = 0;
  whole = assembleGateway({
    agent: later,
    settings: { agentToken: TOKEN },
    wrapStore: (store) => ({
      ...store,
      answerTurn: async (answer) => {
        writes += 1;
        if (isOvertaken) await store.answerTurn({ ...answer, done: true });
        return await store.answerTurn(answer);
      },
    }),
  });
  await whole.start();
});
afterEach(() => whole.end());

async function post(path: string, body: object, token = TOKEN) {
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await whole.post(path, bytes, headers);
  await whole.clock.settle();
  return { status: response.status, body: (await response.json()) as Record<string, unknown> };
}

async function turnOf(text: string): Promise<LeasedTurn> {
  await whole.simulator.person("Uann").says(text);
  await whole.clock.settle();
  const turn = turns.at(-1);
  if (turn === undefined) throw new Error("no turn came");
  return turn;
}

const answer = ({ turnId, fence }: LeasedTurn, body: object) => post(`/v1/turns/${turnId}/replies`, { fence, ...body });
/** Passes the debounce of replies of an open turn. */
const coalesced = () => whole.clock.advance(1_000);
const seen = () => whole.simulator.seenBy("Uann").map(({ text }) => text);

test("a repeated seq is stored once, with the same 200", async () => {
  const turn = await turnOf("hi");
  const first = await answer(turn, { seq: 1, replies: ["one"] });
  expect(first.status).toBe(200);
  expect(await answer(turn, { seq: 1, replies: ["one"] })).toEqual({
    status: 200,
    body: { ...first.body, repeated: true },
  });
  await answer(turn, { seq: 2, replies: ["two"], done: true });
  expect(await answer(turn, { seq: 2, replies: ["two"], done: true })).toMatchObject({ status: 200 });
  expect(await whole.count("turns_total", { outcome: "done" })).toBe(1);
  expect(seen()).toEqual(["one", "two"]);
});

test("an idempotencyKey has the same effect", async () => {
  const turn = await turnOf("hi");
  for (let copy = 0; copy < 3; copy++) await answer(turn, { idempotencyKey: "a", replies: ["one"] });
  await coalesced();
  expect(seen()).toEqual(["one"]);
});

test("without either, equal posts are two replies", async () => {
  const turn = await turnOf("hi");
  for (let copy = 0; copy < 2; copy++) await answer(turn, { replies: ["again"] });
  await coalesced();
  expect(seen()).toEqual(["again", "again"]);
});

test("a new seq after the turn was answered is a 409 with advice", async () => {
  const turn = await turnOf("hi");
  await answer(turn, { seq: 1, replies: ["one"], done: true });
  const late = await answer(turn, { seq: 2, replies: ["two"] });
  expect(late).toMatchObject({
    status: 409,
    body: { state: "done", message: expect.stringMatching(/discard this answer/) },
  });
  expect(await answer({ ...turn, fence: turn.fence + 1 }, { seq: 1, replies: ["one"] })).toMatchObject({ status: 409 });
});

test("a late reply without a key costs no write, which those that share its commit would pay for", async () => {
  const turn = await turnOf("hi");
  await answer(turn, { replies: ["one"], done: true });
  expect(await answer(turn, { replies: ["two"] })).toMatchObject({ status: 409, body: { state: "done" } });
  expect(await answer({ ...turn, fence: turn.fence - 1 }, { replies: ["two"] })).toMatchObject({ status: 409 });
  expect(writes).toBe(1);
});

test("a 409 names the state that the turn has when it is refused, not the one before", async () => {
  const turn = await turnOf("hi");
  isOvertaken = true;
  expect(await answer(turn, { replies: ["late"] })).toMatchObject({ status: 409, body: { state: "done" } });
});
