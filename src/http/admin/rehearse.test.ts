/**
 * Goal: an operator sees what another agent makes of an ended turn; nobody else notices anything, and nothing is kept of it.
 * Method: a whole gateway on a file, whose rows and whose calls to LINE are compared before and after; agents behind real
 * servers, and ones that are functions.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { askAdmin, postAdmin, readAdmin } from "../../../test/support/admin-reader.ts";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import {
  dev,
  everything,
  never,
  refusal,
  rehearse,
  rehearsed,
  says,
  turnsOf,
  turnThatSaid,
} from "../../../test/support/rehearsals.ts";
import type { Agent, RehearsalAgent } from "../../agents/agent.ts";
import { inProcessAgent } from "../../agents/in-process.ts";
import { toWireTurn, type WireTurn } from "../../agents/protocol.ts";
import { withRehearsals } from "../../agents/rehearsal.ts";
import { ME } from "./me.ts";

const ends: (() => unknown)[] = [];
let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "turnpike-rehearsals-"));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const SAID = "a word of hers";
const ended = (whole: AssembledGateway) => turnThatSaid(whole, SAID);
const fileOf = () => join(folder, "turnpike.db");
const kept = (whole: AssembledGateway) => everything(fileOf(), whole);

interface Started extends AssemblyOptions {
  readonly rehearsals?: readonly RehearsalAgent[];
}

/** A gateway whose bot answers, and has told what it got. */
async function started({ rehearsals = [], ...options }: Started = {}) {
  const live: WireTurn[] = [];
  const bot = inProcessAgent((turn) => {
    live.push(turn);
    return "hi";
  });
  const whole = assembleGateway({ file: fileOf(), agent: { ...bot, rehearsals }, ...options });
  ends.push(whole.end);
  await whole.start();
  return { whole, live };
}

describe("an ended turn", () => {
  test("that is done is answered anew, and nothing changes: not in the database, and not at LINE", async () => {
    const { given, agent } = dev(() => says("good day", "how are you?"));
    const { whole } = await started({ rehearsals: [agent] });
    const turnId = await ended(whole);
    const before = kept(whole);
    expect(before).toContain(SAID);
    const asked = whole.simulator.besideCalls.length;
    expect(await rehearsed(whole, turnId)).toEqual({
      agent: "dev",
      rehearsalId: given[0]?.turnId,
      tookMs: 0,
      events: 1,
      context: 0,
      outcome: {
        kind: "answered",
        replies: [
          { type: "text", text: "good day" },
          { type: "text", text: "how are you?" },
        ],
        unsayable: [],
      },
    });
    expect(whole.simulator.besideCalls).toHaveLength(asked);
    await whole.clock.advance(60_000);
    expect(kept(whole)).toBe(before);
    expect(whole.simulator.seenBy("Uann").map(({ text }) => text)).toEqual(["hi"]);
  });

  test("that is dead is answered, and stays dead", async () => {
    const { agent } = dev(() => says("here I am"));
    const refusing: Agent = {
      ...inProcessAgent(() => undefined),
      invoke: async () => ({ kind: "rejected", reason: "the agent answered 400" }),
      rehearsals: [agent],
    };
    const { whole } = await started({ agent: refusing });
    const turnId = await ended(whole);
    const before = kept(whole);
    expect(before).toContain('"state":"dead"');
    expect(await rehearsed(whole, turnId)).toMatchObject({ outcome: { kind: "answered" } });
    await whole.clock.advance(60_000);
    expect(kept(whole)).toBe(before);
  });

  test("comes as the bot got it, with what it quotes, under an id and a fence that no lease has", async () => {
    const { given, agent } = dev(() => says("good day"));
    const { whole, live } = await started({ rehearsals: [agent] });
    await ended(whole);
    const [seen] = whole.simulator.seenBy("Uann");
    await whole.simulator.person("Uann").sends({ type: "text", text: "which?", quotedMessageId: seen?.messageId });
    await whole.clock.advance(1_000);
    const [, turnId = ""] = await turnsOf(whole);
    await rehearsed(whole, turnId);
    const [turn] = given;
    if (turn === undefined) throw new Error("the agent got nothing");
    const own = toWireTurn(turn);
    const { turnId: rehearsalId, attempt, fence, replyBy } = own;
    expect(own).toEqual({ ...live[1], turnId: rehearsalId, attempt, fence, replyBy });
    expect(own.events[0]?.quoted).toMatchObject({ role: "assistant", text: "hi" });
    expect(rehearsalId).toMatch(/^rehearsal_[0-9a-f]{32}$/);
    expect({ attempt, fence, replyBy }).toEqual({ attempt: 1, fence: 0, replyBy: null });
  });

  test("of a group comes with the context that it had, and not with what was said since", async () => {
    const { given, agent } = dev(() => says("good day"));
    const { whole, live } = await started({ rehearsals: [agent], channel: { groupTrigger: "mention" } });
    const team = whole.simulator.group("Cteam", ["Uann", "Ubob"]);
    for (const round of ["first", "second", "third"]) {
      await team.person("Ubob").says(`${round}, to nobody`);
      await whole.clock.advance(10);
      await team.person("Ubob").says(`${round}, to nobody either`);
      await whole.clock.advance(10);
      await team.person("Uann").says(round, { mentions: ["bot"] });
      await whole.clock.advance(10_000);
    }
    const turnIds = await turnsOf(whole);
    expect(live.map(({ context }) => context?.length)).toEqual([2, 2, 2]);
    for (const [index, turnId] of turnIds.entries()) {
      expect(await rehearsed(whole, turnId)).toMatchObject({ events: 1, context: 2 });
      const [turn] = given.slice(-1);
      expect(turn === undefined ? null : toWireTurn(turn).context).toEqual(live[index]?.context);
    }
  });

  test("is told with words=0 as what kinds of replies came, and without a word", async () => {
    const unsayable = [
      { problem: "replies.1.title: read nothing; allowed is a text", value: { type: "card", text: "x" } },
    ];
    const { agent } = dev(() =>
      Promise.resolve({ kind: "answered", replies: [{ type: "text", text: "good day" }], unsayable }),
    );
    const { whole } = await started({ rehearsals: [agent] });
    const { outcome } = await rehearsed(whole, await ended(whole), "?words=0");
    expect(outcome).toEqual({
      kind: "answered",
      replies: [{ type: "text" }],
      unsayable: [{ problem: unsayable[0]?.problem, value: { type: "card" } }],
    });
  });

  test("is one log line with who did it and what came of it, and no word", async () => {
    const { agent } = dev(() => says("good day"));
    const { whole } = await started({ rehearsals: [agent] });
    const turnId = await ended(whole);
    await rehearsed(whole, turnId);
    const told = whole.lines.filter(({ message }) => message === "turn rehearsed");
    expect(told).toEqual([
      {
        level: "info",
        message: "turn rehearsed",
        fields: {
          turnId,
          conversationId: expect.stringMatching(/^conv_/),
          agent: "dev",
          outcome: "answered",
          agentMs: 0,
          actor: "loopback",
        },
      },
    ]);
  });
});

describe("nothing is given to an agent", () => {
  test("of a turn that is unknown, or while the turn hasn't ended", async () => {
    const { given, agent } = dev(() => says("good day"));
    const hung: Agent = { ...inProcessAgent(() => undefined), invoke: never, rehearsals: [agent] };
    const { whole } = await started({ agent: hung });
    expect(await refusal(await rehearse(whole, "turn_x"))).toBe("404: there is no turn of that id");
    const turnId = await ended(whole);
    expect(await refusal(await rehearse(whole, turnId))).toBe("409: the turn is leased; allowed: done, dead");
    expect(given).toEqual([]);
  });

  test("once the words were deleted", async () => {
    const { given, agent } = dev(() => says("good day"));
    const { whole } = await started({ rehearsals: [agent], settings: { contentMs: 60_000, metadataMs: 600_000 } });
    const turnId = await ended(whole);
    await whole.clock.advance(180_000);
    expect(await refusal(await rehearse(whole, turnId))).toMatch(/^409: the turn's words were deleted/);
    expect(given).toEqual([]);
  });

  test("where none is marked, and the setting is named; the page is told as well", async () => {
    const { whole } = await started();
    const turnId = await ended(whole);
    expect(await refusal(await rehearse(whole, turnId))).toMatch(/^409: .*TURNPIKE_REHEARSAL_AGENTS/);
    expect((await readAdmin(whole, ME, "/api/me")).rehearsalAgents).toEqual([]);
  });

  test("that isn't marked, nor by a body of another form", async () => {
    const { given, agent } = dev(() => says("good day"));
    const { whole } = await started({ rehearsals: [agent] });
    const turnId = await ended(whole);
    expect(await refusal(await rehearse(whole, turnId, "in-process"))).toMatch(/^404: agent: .* allowed: dev$/);
    for (const body of [{}, { agent: 7 }, { agent: "dev", url: "http://127.0.0.1:1/" }]) {
      expect((await postAdmin(whole, `/api/turns/${turnId}/rehearse`, body)).status).toBe(400);
    }
    const form = { method: "POST", body: "agent=dev", headers: { "content-type": "text/plain" } };
    expect((await askAdmin(whole, `/api/turns/${turnId}/rehearse`, form)).status).toBe(415);
    expect(given).toEqual([]);
    expect((await readAdmin(whole, ME, "/api/me")).rehearsalAgents).toEqual(["dev"]);
  });

  test("by a token that only reads", async () => {
    const { given, agent } = dev(() => says("good day"));
    const adminTokens = [{ name: "rita", right: "read" as const, token: "a-token-that-only-reads" }];
    const { whole } = await started({ rehearsals: [agent], settings: { adminTokens } });
    const headers = { authorization: "Bearer a-token-that-only-reads", "content-type": "application/json" };
    const order = { method: "POST", headers, body: JSON.stringify({ agent: "dev" }) };
    expect((await askAdmin(whole, "/api/turns/turn_x/rehearse", order)).status).toBe(403);
    expect(given).toEqual([]);
  });
});

describe("an agent that fails is an answer, too:", () => {
  type Answer = (response: ServerResponse) => void;
  const answers =
    (status: number, body = ""): Answer =>
    (response) =>
      response.writeHead(status).end(body);

  async function addressOf(answer: Answer): Promise<string> {
    const server = createServer((request, response) => {
      request.resume().once("end", () => answer(response));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    ends.push(() => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/turns`;
  }

  const replies = (...list: unknown[]) => JSON.stringify({ replies: list });
  const failed = (reason: RegExp) => ({ kind: "failed", reason: expect.stringMatching(reason) });
  const rejected = (reason: RegExp) => ({ kind: "rejected", reason: expect.stringMatching(reason) });

  test.each<[string, Answer, object]>([
    ["a 500", answers(500), failed(/^the agent answered 500$/)],
    ["a wrong address", answers(404), failed(/404/)],
    ["a 422", answers(422), rejected(/^the agent answered 422$/)],
    ["what isn't JSON", answers(200, "good day"), rejected(/can't be read: the body is not JSON/)],
    ["an object without replies", answers(200, "{}"), rejected(/can't be read: replies: read nothing/)],
    ["more than it may be", answers(200, "x".repeat(2 * 1024 * 1024 + 1)), rejected(/longer than 2097152 bytes/)],
    ["a broken connection", (response) => response.destroy(), failed(/^the agent can't be reached: /)],
    ["nothing to say", answers(204), { kind: "answered", replies: [], unsayable: [] }],
    ["an answer for later", answers(202), { kind: "accepted" }],
    [
      "a reply that lacks a field",
      answers(200, replies("good day", { type: "location", title: "Harbour" })),
      {
        kind: "answered",
        replies: [{ type: "text", text: "good day" }],
        unsayable: [
          { problem: expect.stringMatching(/^replies\.1\.\w+: read nothing; allowed is/), value: expect.anything() },
        ],
      },
    ],
  ])("%s", async (_, answer, outcome) => {
    const url = await addressOf(answer);
    const { whole } = await started({
      agent: withRehearsals(
        inProcessAgent(() => "hi"),
        { dev: { url } },
      ),
    });
    const turnId = await ended(whole);
    const before = kept(whole);
    expect((await rehearsed(whole, turnId)).outcome).toEqual(outcome);
    expect(kept(whole)).toBe(before);
  });

  test("no answer in a turn's time", async () => {
    const { agent } = dev(never);
    const { whole } = await started({ rehearsals: [agent], settings: { agentTimeoutMs: 30_000 } });
    const turnId = await ended(whole);
    const asked = rehearsed(whole, turnId);
    await whole.clock.advance(30_000);
    expect(await asked).toMatchObject({ tookMs: 30_000, outcome: { kind: "timed-out", afterMs: 30_000 } });
  });

  test("one that throws, and what it quotes of the person is left out", async () => {
    const { agent } = dev(() => Promise.reject(new Error(`can't read "${SAID}"`)));
    const { whole } = await started({ rehearsals: [agent] });
    const { outcome } = await rehearsed(whole, await ended(whole));
    expect(outcome).toMatchObject({ kind: "failed", reason: expect.stringMatching(/^can't read/) });
    expect(JSON.stringify([outcome, whole.lines])).not.toContain(SAID);
  });
});

test("an answer that comes later by the reply API finds no turn, and changes nothing", async () => {
  const { given, agent } = dev(async () => ({ kind: "accepted" }));
  const { whole } = await started({ rehearsals: [agent], settings: { agentToken: "the-agents-token" } });
  const turnId = await ended(whole);
  const before = kept(whole);
  const headers = { authorization: "Bearer the-agents-token", "content-type": "application/json" };
  const { rehearsalId } = await rehearsed(whole, turnId);
  const body = JSON.stringify({ fence: given[0]?.fence, replies: ["too much"], done: true });
  const path = `http://gateway/v1/turns/${rehearsalId}/replies`;
  expect((await whole.gateway.fetch(new Request(path, { method: "POST", headers, body }))).status).toBe(404);
  await whole.clock.advance(60_000);
  expect(kept(whole)).toBe(before);
});

test("one operator who leaves ends the agent's call; so does a gateway that stops", async () => {
  const signals: AbortSignal[] = [];
  const { agent } = dev((_, signal) => {
    signals.push(signal);
    return never();
  });
  const { whole } = await started({ rehearsals: [agent] });
  const turnId = await ended(whole);
  const leaving = new AbortController();
  const headers = { "content-type": "application/json" };
  const order = { method: "POST", headers, body: JSON.stringify({ agent: "dev" }), signal: leaving.signal };
  const left = askAdmin(whole, `/api/turns/${turnId}/rehearse`, order);
  const waits = rehearse(whole, turnId);
  await whole.clock.settle();
  leaving.abort();
  expect((await left).status).toBe(503);
  expect([signals.length, signals.filter(({ aborted }) => aborted).length]).toEqual([2, 1]);
  await whole.end();
  ends.splice(ends.indexOf(whole.end), 1);
  expect(await refusal(await waits)).toMatch(/^503: the gateway stops/);
});

test("a ninth at once is asked to come again, and later is welcome", async () => {
  const { agent } = dev(never);
  const { whole } = await started({ rehearsals: [agent], settings: { agentTimeoutMs: 1_000 } });
  const turnId = await ended(whole);
  const asked = Array.from({ length: 9 }, () => rehearse(whole, turnId));
  await whole.clock.settle();
  await whole.clock.advance(1_000);
  const statuses = (await Promise.all(asked)).map(({ status }) => status);
  expect(statuses.toSorted()).toEqual([...Array(8).fill(200), 503]);
  const later = rehearse(whole, turnId);
  await whole.clock.advance(1_000);
  expect((await later).status).toBe(200);
});
