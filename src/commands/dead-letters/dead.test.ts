/**
 * Goal: `turnpike dead` acts once on exactly the chosen items, and its output can't manipulate a
 * terminal. Method: the command's own functions on a real SQLite file that no gateway holds.
 */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { seededRandom } from "../../../test/support/seeded-random.ts";
import { attemptOf, message, outgoing, policy, TURN_RETRY } from "../../../test/support/stores/samples.ts";
import { Misconfigured } from "../../core/errors.ts";
import { sqlite } from "../../store/sqlite/index.ts";
import { act, type DeadOptions, list, show } from "./dead.ts";

/** A tmpfs, if there is one: each action is a commit. */
const FOLDER = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

let folder: string;
let env: Readonly<Record<string, string>>;
beforeEach(() => {
  folder = mkdtempSync(join(FOLDER, "turnpike-dead-"));
  env = { TURNPIKE_DATABASE_URL: `sqlite:${join(folder, "turnpike.db")}` };
});
afterEach(() => rmSync(folder, { recursive: true }));

const HARMFUL = "\u001b[2J\u202egone\u0007";

/** `count` people with dead turns, in one of two accounts. */
async function deadTurns(count: number): Promise<string[]> {
  const store = sqlite({ file: join(folder, "turnpike.db"), clock: manualClock(), random: seededRandom(1) });
  // All at once: they share their commits.
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, person) => {
      const saying = { peerId: `U${person}`, account: person % 2 === 0 ? "even" : "odd", text: HARMFUL } as const;
      const said = await store.ingest(message(`m${person}`, { ...saying, effect: "collect-now" }), policy());
      const turnId = said.kind === "duplicate" ? "" : (said.turnId ?? "");
      const turn = await store.claimTurn({ turnId, owner: "p", leaseMs: 1_000 });
      if (turn === null || turn === "empty") throw new Error(`${turnId} can't be claimed`);
      const failure = { kind: "dead", reason: `refused ${HARMFUL}` } as const;
      await store.failTurn({ ...turn, failure, retry: TURN_RETRY, random: 0 });
      return turnId;
    }),
  );
  await store.close();
  return ids;
}

function terminal() {
  const out: string[] = [];
  const infos: string[] = [];
  return {
    out: (line: string) => void out.push(line),
    info: (line: string) => void infos.push(line),
    text: () => out.join("\n"),
    infos: () => infos.join("\n"),
  };
}

async function listed(options: DeadOptions = {}): Promise<string[]> {
  const screen = terminal();
  await list(env, { ...options, json: true }, screen);
  return (JSON.parse(screen.text()) as { items: { id: string }[] }).items.map(({ id }) => id);
}

describe("turnpike dead list and show", () => {
  test("list everything, over many pages, and by filter", async () => {
    const ids = await deadTurns(401);
    expect(new Set(await listed())).toEqual(new Set(ids));
    expect(await listed({ account: "odd" })).toHaveLength(200);
    expect(await listed({ state: "unknown,parked" })).toEqual([]);
    expect(await listed({ kind: "delivery" })).toEqual([]);
  });

  test("print no control or bidirectional characters", async () => {
    const [id = ""] = await deadTurns(1);
    const screen = terminal();
    await list(env, {}, screen);
    await show(env, id, {}, screen);
    expect(screen.text()).toContain("gone");
    expect(screen.text()).not.toMatch(/[^\P{Cc}\n]|[\u202a-\u202e]/u);
  });

  test("say why a delivery went by its route", async () => {
    const bench = sqlite({ file: join(folder, "turnpike.db"), clock: manualClock(), random: seededRandom(1) });
    const said = await bench.ingest(message("m1", { effect: "collect-now" }), policy());
    const turnId = said.kind === "duplicate" ? "" : (said.turnId ?? "");
    const turn = await bench.claimTurn({ turnId, owner: "p", leaseMs: 1_000 });
    if (turn === null || turn === "empty") throw new Error(`${turnId} can't be claimed`);
    const answer = { turnId, fence: turn.fence, messages: outgoing("a"), messagesPerCall: 5, done: true };
    const [deliveryId = ""] = (await bench.answerTurn(answer)).deliveryIds;
    await bench.startAttempt(attemptOf(deliveryId));
    await bench.close();
    const screen = terminal();
    await show(env, deliveryId, {}, screen);
    expect(screen.text()).toContain(
      "attempt 1 by push (no reply token of its conversation is alive and unused): on its way",
    );
  });

  test("say where they look", async () => {
    await deadTurns(1);
    const screen = terminal();
    await list(env, {}, screen);
    expect(screen.infos()).toMatch(/directly in .*turnpike\.db, because no gateway runs with it/);
  });
});

describe("an action on many", () => {
  test("needs filters or ids, and --yes", async () => {
    const ids = await deadTurns(3);
    const screen = terminal();
    await expect(act(env, "replay", [], {}, screen)).rejects.toThrow(Misconfigured);
    await expect(act(env, "replay", ids, { all: true }, screen)).rejects.toThrow(/allowed: one of both/);
    await act(env, "replay", [], { all: true }, screen);
    await act(env, "replay", ids, {}, screen);
    expect(screen.text()).toMatch(/would replay 3\. Nothing was done/);
    expect(await listed()).toHaveLength(3);
  });

  test("acts on what the filter matches, reports progress, and leaves the rest", async () => {
    await deadTurns(401);
    const screen = terminal();
    await act(env, "replay", [], { account: "odd", yes: true }, screen);
    expect(screen.infos()).toContain("(100 of 200)");
    expect(await listed()).toHaveLength(201);
  });

  test("with the action id of an interrupted one continues it, and repeats nothing", async () => {
    const ids = await deadTurns(3);
    const screen = terminal();
    await act(env, "discard", ids.slice(0, 2), { yes: true, actionId: "mine", json: true }, screen);
    const again = terminal();
    await act(env, "discard", ids, { yes: true, actionId: "mine", json: true }, again);
    const { results } = JSON.parse(again.text()) as { results: { kind: string; isRepeated: boolean }[] };
    expect(results.map(({ kind, isRepeated }) => [kind, isRepeated])).toEqual([
      ["done", true],
      ["done", true],
      ["done", false],
    ]);
  });

  test("does all that is possible, prints the reasons of failures, and exits with an error", async () => {
    const [first = "", second = ""] = await deadTurns(2);
    const screen = terminal();
    const all = act(env, "discard", [first, "turn_0", second], { yes: true }, screen);
    await expect(all).rejects.toThrow(/1 of 3 failed/);
    expect(screen.text()).toContain("turn_0: there is no turn or delivery of that id");
    expect(await listed()).toEqual([]);
    await expect(act(env, "replay", [first], {}, screen)).rejects.toThrow(/1 of 1/);
    expect(screen.text()).toContain("it was discarded, and that is final");
  });
});
