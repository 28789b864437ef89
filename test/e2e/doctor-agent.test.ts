/**
 * Goal: `turnpike doctor` finds what an agent that fails leaves behind in a running gateway. Method: the shipped program
 * beside a gateway whose bot answers 500.
 */
import { expect, onTestFinished, test } from "vitest";
import { until } from "./support/eventually.ts";
import { ACCESS_TOKEN, CHANNEL_SECRET, startWorld, type World } from "./support/world.ts";
import { examined, troubles } from "./support-doctor/examined.ts";

/** First failures in a row that open the breaker. */
const FAILURES = 10;

async function broken(): Promise<World> {
  const world = await startWorld();
  onTestFinished(() => world[Symbol.asyncDispose]());
  const people = Array.from({ length: FAILURES }, () => world.somebody());
  for (const person of people) {
    person.isAnsweredBy(() => ({ status: 500 }));
    await person.says("hi");
    // The first is at its third attempt when the others come.
    if (person === people[0]) await person.hasTurns(3);
  }
  await until("an open breaker", async () => {
    const overview = await fetch(`${world.gateway.adminUrl}/api/overview`);
    return /"state":"(half-)?open"/.test(await overview.text());
  });
  return world;
}

test("an open circuit breaker is a fault, turns that failed twice are a warning, and each says what to do", async () => {
  const { gateway, simulator } = await broken();
  const found = await examined({
    LINE_CHANNEL_SECRET: CHANNEL_SECRET,
    LINE_CHANNEL_ACCESS_TOKEN: ACCESS_TOKEN,
    LINE_API_BASE_URL: simulator.url,
    TURNPIKE_HOST: "127.0.0.1",
    TURNPIKE_PORT: new URL(gateway.url).port,
    TURNPIKE_ADMIN_PORT: new URL(gateway.adminUrl).port,
    TURNPIKE_DATABASE_URL: `sqlite:${gateway.file}`,
    TURNPIKE_AGENT_URL: "http://127.0.0.1:1",
  });
  expect(found.code).toBe(1);
  const all = troubles(found);
  expect(all.find(({ check }) => check === "breaker")).toMatchObject({
    level: "fault",
    about: "agent",
    found: expect.stringMatching(/is (half-)?open: the agent failed at several conversations/),
    advice: expect.stringContaining("turn not answered"),
  });
  expect(all.find(({ check }) => check === "turns-failing")).toMatchObject({
    level: "warning",
    about: "database",
    found: expect.stringMatching(/failed at the agent 2 times or more/),
    advice: expect.stringContaining("turnpike dead list --state ready,leased"),
  });
});
