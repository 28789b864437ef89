/**
 * Goal: the answer to a ping shows whether an agent works: fine, wrong secret, wrong path, broken, no answer,
 * no signature check. Method: real servers on loopback, each with an answer of its own.
 */
import { afterEach, expect, test } from "vitest";
import { startEchoAgent } from "../commands/demo/echo-agent.ts";
import { type Listening, listen } from "../http/server.ts";
import { systemClock } from "../runtime/clock.ts";
import { systemRandom } from "../runtime/random.ts";
import { checkAgent } from "./diagnostics.ts";

const whsec = (text: string) => `whsec_${Buffer.from(text).toString("base64")}`;
const SECRET = whsec("the agent's own secret");
const PARTS = { clock: systemClock(), random: systemRandom() };

const open: Listening[] = [];
afterEach(async () => {
  for (const port of open.splice(0)) {
    port.closeConnections();
    await port.close();
  }
});

async function at(answer: (request: Request) => Response | Promise<Response>): Promise<string> {
  const port = await listen(answer, { host: "127.0.0.1", port: 0 });
  open.push(port);
  return `${port.url}/turns?key=hidden`;
}

async function levels(url: string, secrets: readonly string[] = [SECRET]): Promise<readonly string[]> {
  return (await checkAgent({ url, secrets }, PARTS)).map(({ check, level }) => `${check}: ${level}`);
}

test.each([
  [401, "fault"],
  [403, "fault"],
  [404, "fault"],
  [405, "fault"],
  [410, "fault"],
  [400, "ok"],
  [422, "ok"],
  [500, "warning"],
  [503, "warning"],
] as const)("an agent that answers %i is a %s", async (status, level) => {
  expect(await levels(await at(() => new Response(null, { status })))).toEqual([`agent: ${level}`]);
});

test.each([
  [401, /Turns wait/],
  [404, /Turns wait/],
  [410, /dead at once/],
] as const)("what an agent's %i does to turns is said as it is", async (status, why) => {
  const [finding] = await checkAgent({ url: await at(() => new Response(null, { status })), secrets: [SECRET] }, PARTS);
  expect(finding).toMatchObject({ check: "agent", why: expect.stringMatching(why) });
});

test("an agent that verifies is fine, and one with another secret is a fault", async () => {
  const agent = await startEchoAgent(SECRET);
  open.push(agent);
  expect(await levels(agent.url)).toEqual(["agent: ok"]);
  expect(await levels(agent.url, [whsec("another"), SECRET])).toEqual(["agent: ok"]);
  expect(await levels(agent.url, [whsec("another")])).toEqual(["agent: fault"]);
});

test("an agent that accepts a wrong signature is a warning, only if turns are signed", async () => {
  const believer = await at(() => Response.json({ replies: ["anything"] }));
  expect(await levels(believer)).toEqual(["agent: ok", "agent-signature: warning"]);
  expect(await levels(believer, [])).toEqual(["agent: ok"]);
});

test("a ping has the form of an empty turn", async () => {
  const seen: unknown[] = [];
  await levels(
    await at(async (request) => {
      const turn = (await request.json()) as { schema: string; text: string; events: readonly unknown[] };
      seen.push([turn.schema, turn.text.length, turn.events.length, request.headers.get("webhook-id")?.slice(0, 5)]);
      return new Response(null, { status: 400 });
    }),
  );
  expect(seen).toEqual([["turnpike.ping.v1", 0, 0, "ping_"]]);
});

test("an unreachable or link-local URL is a fault; its query is not shown", async () => {
  const nobody = await checkAgent({ url: "http://127.0.0.1:1/turns?key=hidden", secrets: [SECRET] }, PARTS);
  expect(nobody).toMatchObject([{ level: "fault", found: expect.stringContaining("http://127.0.0.1:1/turns can't") }]);
  expect(await levels("http://169.254.169.254/turns")).toEqual(["agent: fault"]);
});
