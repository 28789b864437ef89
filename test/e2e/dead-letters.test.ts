/**
 * Goal: whatever waits for a person is found, explained and brought back with the command line alone (G11).
 * Method: the shipped program with a turn that died, an answer whose outcome is unknown and one that the quota parked;
 * then only `turnpike dead`, first through the running gateway, then on its file when none runs.
 */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { answers, inTurn } from "./support/agent.ts";
import { type Environment, runCommand } from "./support/command.ts";
import { until } from "./support/eventually.ts";
import { type Somebody, startWorld, type World } from "./support/world.ts";

const ADMIN_TOKEN = "e2e-admin-token";
/** Brief enough to wait for its end, and long enough for an answer at once, also on a busy machine. */
const BRIEF: Environment = { LINE_REPLY_TOKEN_TTL_MS: "15000", TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN };

interface Listed {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly conversation: { readonly peerId: string };
}

/** `turnpike dead <args>`, with what an operator's shell has in its environment. */
async function dead(world: World, args: readonly string[], env: Environment = {}) {
  await using command = runCommand(["dead", ...args], {
    TURNPIKE_DATABASE_URL: `sqlite:${world.gateway.file}`,
    TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN,
    TURNPIKE_ADMIN_PORT: new URL(world.gateway.adminUrl).port,
    ...env,
  });
  const { code } = await command.ended;
  return { code, stdout: command.stdout(), stderr: command.stderr() };
}

async function listed(world: World, ...args: string[]): Promise<readonly Listed[]> {
  const { stdout, stderr, code } = await dead(world, ["list", "--json", ...args]);
  expect(code, stderr).toBe(0);
  return (JSON.parse(stdout) as { items: Listed[] }).items;
}

/** Ann's turn dies, nobody knows whether Bob has his answer, and Cid's waits for the next month. */
async function threeWaiting(world: World): Promise<Record<"ann" | "bob" | "cid", Somebody>> {
  const [ann, bob, cid] = [world.somebody(), world.somebody(), world.somebody()];
  ann.isAnsweredBy(inTurn({ status: 400, body: { message: "no" } }, answers("here I am")));
  await ann.says("hello, it's Ann");
  await until("Ann's turn is dead", () => world.gateway.value("SELECT count(*) FROM turn WHERE state = 'dead'") === 1);
  world.line.faults.next("reply", { at: "before-accept", how: "disconnect", times: 1_000 });
  bob.isAnsweredBy(() => answers("for Bob"));
  await bob.says("hello, it's Bob");
  const held = "SELECT count(*) FROM delivery WHERE state = 'unknown' AND due_at IS NULL";
  await until("Bob's answer is held", () => world.gateway.value(held) === 1);
  world.line.faults.clear();
  world.line.quota.limit = 0;
  // Its free route is closed, and so is the paid one.
  world.line.faults.next("reply", { at: "before-accept", how: 400, message: "Invalid reply token" });
  cid.isAnsweredBy(() => answers("for Cid"));
  await cid.says("hello, it's Cid");
  await until(
    "Cid's answer is parked",
    () => world.gateway.value("SELECT count(*) FROM delivery WHERE state = 'parked'") === 1,
  );
  return { ann, bob, cid };
}

describe.concurrent("turnpike dead", () => {
  test("finds, explains and brings back a dead turn, an unknown and a parked delivery of a running gateway", async () => {
    await using world = await startWorld({ env: BRIEF });
    const { ann, bob, cid } = await threeWaiting(world);

    const items = await listed(world);
    const idOf = (who: Somebody) => items.find(({ conversation }) => conversation.peerId === who.id)?.id ?? "";
    expect(items.map(({ kind, state }) => `${state} ${kind}`).toSorted((a, b) => a.localeCompare(b))).toEqual([
      "dead turn",
      "parked delivery",
      "unknown delivery",
    ]);
    const list = await dead(world, ["list"]);
    expect(list.stderr).toContain(`through the gateway at ${world.gateway.adminUrl}`);
    expect(list.stdout).toMatch(/didn't answer it/);
    expect(list.stdout).toMatch(/It isn't known whether the platform accepted it/);
    expect(list.stdout).toMatch(/No route is open for it/);
    expect(list.stdout).not.toMatch(/hello|for Bob|for Cid/);
    expect(await listed(world, "--state", "unknown", "--channel", "line", "--since", "1h")).toMatchObject([
      { id: idOf(bob) },
    ]);

    const told = await dead(world, ["show", idOf(bob)]);
    expect(told.stdout).toMatch(/attempt 1 by reply \(free, by a token of its own turn\): unknown/);
    expect(told.stdout).toContain("for Bob");
    expect(told.stdout).toContain(`turnpike dead resend ${idOf(bob)}`);
    expect((await dead(world, ["show", idOf(ann)])).stdout).toContain("hello, it's Ann");

    world.line.quota.limit = null;
    for (const [action, who] of [
      ["replay", ann],
      ["resend", bob],
      ["replay", cid],
    ] as const) {
      const done = await dead(world, [action, idOf(who)]);
      expect(done.code, done.stderr).toBe(0);
    }
    await Promise.all([ann, bob, cid].map((who) => who.hasSeen(1)));
    await world.settled();
    expect([ann, bob, cid].map((who) => who.texts())).toEqual([["here I am"], ["for Bob"], ["for Cid"]]);
    expect(await listed(world)).toEqual([]);
    expect((await dead(world, ["list"])).stdout).toContain("There are no dead letters.");
    const actors = world.gateway.rows("SELECT actor, action FROM operator_action ORDER BY at");
    expect(actors).toHaveLength(3);
    expect(new Set(actors.map(({ actor }) => actor))).toEqual(new Set(["TURNPIKE_ADMIN_TOKEN"]));
  });

  test("does the same on the file of a gateway that doesn't run, and the next start goes on", async () => {
    await using world = await startWorld({ env: BRIEF });
    const { ann, bob, cid } = await threeWaiting(world);
    await world.gateway.term();
    const all = await dead(world, ["replay", "--all"]);
    expect(all.stderr).toContain("no gateway runs with it");
    const settings = `${world.gateway.file}.yaml`;
    writeFileSync(settings, `databaseUrl: sqlite:${world.gateway.file}\n`);
    const byFile = ["replay", "--all", "--config", settings];
    const same = await dead(world, byFile, { TURNPIKE_DATABASE_URL: undefined });
    expect(same.stderr).toBe(all.stderr);
    for (const { stdout } of [all, same]) expect(stdout).toMatch(/would replay 1\. Nothing was done/);
    expect(world.gateway.value("SELECT count(*) FROM operator_action")).toBe(0);
    expect((await dead(world, ["replay", "--all", "--yes"])).code).toBe(0);
    expect((await dead(world, ["sent", "--state", "unknown", "--yes"])).code).toBe(0);
    expect((await dead(world, ["discard", "--state", "parked", "--yes"])).code).toBe(0);
    world.line.quota.limit = null;
    await world.restart();
    await ann.hasSeen(1);
    await world.settled();
    expect([ann, bob, cid].map((who) => who.texts())).toEqual([["here I am"], [], []]);
    expect(world.gateway.rows("SELECT DISTINCT actor FROM operator_action")).toEqual([{ actor: "cli" }]);
    expect(world.gateway.value("SELECT count(*) FROM delivery WHERE state <> 'sent' AND discarded_at IS NULL")).toBe(0);
  });

  test("says in a sentence what is wrong: a token, an address, an option, an id, a file", async () => {
    await using world = await startWorld({ env: BRIEF });
    const wrong: readonly [string[], Environment, RegExp][] = [
      [["list"], { TURNPIKE_ADMIN_TOKEN: "wrong" }, /answers 401.*TURNPIKE_ADMIN_TOKEN/],
      [["list", "--url", "http://127.0.0.1:9"], {}, /no gateway answers at http:\/\/127\.0\.0\.1:9/],
      [["list", "--url", world.gateway.url], {}, /is not the admin API of a gateway/],
      [["list", "--url", "nowhere"], {}, /--url/],
      [["list", "--state", "alive"], {}, /--state: read "alive"; allowed: dead, unknown, parked/],
      [["list", "--since", "yesterday"], {}, /--since/],
      [["show", "turn_0"], {}, /there is no turn or delivery/],
      [["replay"], {}, /read neither ids nor filters; allowed: ids to replay/],
      [["replay", "turn_0"], {}, /1 of 1 failed/],
      [["list"], { TURNPIKE_DATABASE_URL: "sqlite:/nowhere/x.db" }, /there is no database/],
    ];
    for (const [args, env, words] of wrong) {
      const { code, stderr } = await dead(world, args, env);
      expect(code, args.join(" ")).toBe(1);
      expect(stderr, args.join(" ")).toMatch(words);
      expect(stderr).not.toContain(ADMIN_TOKEN);
    }
  });
});
