/**
 * Goal: an agent for rehearsals gets what an agent gets, signed and marked, and no turn by itself.
 * Method: real servers on loopback; the signature is checked by the library that bot authors use.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { afterEach, expect, test } from "vitest";
import { sampleTurn } from "../../test/support/sample-turn.ts";
import { Misconfigured } from "../core/errors.ts";
import { httpAgent } from "./http.ts";
import { noAgent } from "./none.ts";
import { toWireTurn } from "./protocol.ts";
import { withRehearsals } from "./rehearsal.ts";

const SECRET = `whsec_${Buffer.from("a secret of some length").toString("base64")}`;

interface ReceivedRequest {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function bot() {
  const received: ReceivedRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push({ headers, body: Buffer.concat(chunks).toString("utf8") });
    response.writeHead(200).end('{"replies":["good day"]}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  ends.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { received, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/turns` };
}

const { signal } = new AbortController();

test("it gets the turn as an agent does, signed with its own secret, and marked by a header that no other turn has", async () => {
  const { received, url } = await bot();
  const agent = withRehearsals(noAgent(), { dev: { url, secret: SECRET } });
  const plain = httpAgent({ url, secret: SECRET });
  ends.push(agent.close, plain.close);
  const turn = sampleTurn({ turnId: "rehearsal_1" });
  const outcome = await agent.rehearsals?.[0]?.invoke(turn, signal);
  expect(outcome).toEqual({ kind: "answered", replies: [{ type: "text", text: "good day" }] });
  await plain.invoke(sampleTurn(), signal);
  const [{ headers, body } = { headers: {}, body: "" }, other] = received;
  expect(JSON.parse(body)).toEqual(JSON.parse(JSON.stringify(toWireTurn(turn))));
  expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({ turnId: "rehearsal_1" });
  expect(headers).toMatchObject({ "webhook-id": "rehearsal_1", "x-turnpike-rehearsal": "1" });
  expect(other?.headers).not.toHaveProperty("x-turnpike-rehearsal");
});

test("beside it the agent is what it was, and keeps its secrets and that one's", () => {
  const url = "http://user:a-password@127.0.0.1:1/turns";
  const agent = withRehearsals(httpAgent({ url: "http://127.0.0.1:2/", secret: SECRET }), { dev: { url } });
  ends.push(agent.close);
  expect(agent).toMatchObject({ name: "http://127.0.0.1:2", transports: ["http"], rehearsals: [{ name: "dev" }] });
  expect(agent.secrets?.()).toEqual([SECRET, "user", "a-password"]);
});

test("without any the agent is the same one", () => {
  const agent = noAgent();
  expect(withRehearsals(agent, {})).toBe(agent);
});

test("an address that no agent may have is refused", () => {
  const at = (url: string) => () => withRehearsals(noAgent(), { dev: { url } });
  expect(at("http://169.254.169.254/latest")).toThrow(Misconfigured);
  expect(at("ftp://127.0.0.1/")).toThrow(Misconfigured);
});
