/** Goal: `/health` reports that the process is alive, `/ready` that it works. */
import { afterEach, expect, test } from "vitest";
import { type AssembledGateway, type AssemblyOptions, assembleGateway } from "../../test/support/assembled-gateway.ts";
import { noAgent } from "../agents/none.ts";
import { Unavailable } from "../core/errors.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function assembled(options: AssemblyOptions = {}): AssembledGateway {
  const whole = assembleGateway(options);
  ends.push(whole.end);
  return whole;
}

async function ask(whole: AssembledGateway, path: string) {
  const response = await whole.get(path);
  return { status: response.status, body: await response.json() };
}

const NOT_YET = { status: 503, body: { status: "not ready", reason: "starting or shutting down" } };

test("/health is 200 before start, while running and after stop", async () => {
  const whole = assembled();
  expect(await ask(whole, "/health")).toEqual({ status: 200, body: { status: "alive" } });
  const running = await whole.start();
  expect(await ask(whole, "/health")).toMatchObject({ status: 200 });
  await running.stop();
  expect(await ask(whole, "/health")).toMatchObject({ status: 200 });
});

test("/ready is 503 before start and after stop", async () => {
  const whole = assembled();
  expect(await ask(whole, "/ready")).toEqual(NOT_YET);
  const running = await whole.start();
  expect(await ask(whole, "/ready")).toEqual({
    status: 200,
    body: { status: "ready", agent: "reachable", reaches: ["line/default"] },
  });
  await running.stop();
  expect(await ask(whole, "/ready")).toEqual(NOT_YET);
});

test("at shutdown /ready turns 503 first; webhooks are accepted during the grace period", async () => {
  const whole = assembled({ settings: { shutdownGraceMs: 5_000 } });
  const running = await whole.start();
  const body = new TextEncoder().encode('{"destination":"Ubot","events":[]}');
  const webhook = async () => (await whole.post("/webhook/line", body, whole.simulator.sign(body))).status;
  const stopped = running.stop();
  expect([await ask(whole, "/ready"), await webhook()]).toEqual([NOT_YET, 200]);
  await whole.clock.advance(4_999);
  expect([await ask(whole, "/ready"), await webhook()]).toEqual([NOT_YET, 200]);
  await whole.clock.advance(1);
  expect([await ask(whole, "/ready"), await webhook()]).toEqual([NOT_YET, 503]);
  await stopped;
});

test("without an agent it is ready and reports it, because webhooks are accepted and turns wait", async () => {
  const whole = assembled({ agent: noAgent() });
  await whole.start();
  expect(await ask(whole, "/ready")).toEqual({
    status: 200,
    body: { status: "ready", agent: "not reachable: turns wait", reaches: [] },
  });
});

test("while the store can't commit /ready is 503, without details", async () => {
  const faults = new Set<string>();
  const whole = assembled({
    wrapStore: (store) => ({
      ...store,
      checkCommit: async () => {
        if (faults.has("full")) throw new Unavailable("the database can't commit (SQLITE_FULL)");
        return await store.checkCommit();
      },
    }),
  });
  await whole.start();
  faults.add("full");
  expect(await ask(whole, "/ready")).toEqual({
    status: 503,
    body: { status: "not ready", reason: "the store can't commit" },
  });
  expect(whole.lines.at(-1)).toMatchObject({
    level: "error",
    fields: { reason: "Unavailable: the database can't commit (SQLITE_FULL)" },
  });
  faults.clear();
  expect(await ask(whole, "/ready")).toMatchObject({ status: 200 });
});

test("any other path is a 404 that names it", async () => {
  const whole = assembled();
  expect(await ask(whole, "/readyz")).toEqual({ status: 404, body: { message: "there is no resource /readyz" } });
});
