/**
 * Goal: no answer of the admin port lets a browser run, frame, guess or hand out anything.
 * Method: a whole gateway without a socket; answers of every status.
 */
import { afterEach, expect, test } from "vitest";
import { assembleGateway } from "../../../test/support/assembled-gateway.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const TOKEN = "the-token";
const page = { "content-type": "application/json", origin: "http://localhost:8081" };

const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

test("every answer forbids scripts of others, frames and guesses of its type, and opens nothing to another origin", async () => {
  const broken = async () => {
    throw new Error("a detail of ours");
  };
  const whole = assembleGateway({
    settings: { adminToken: TOKEN },
    wrapStore: (store) => ({ ...store, readItem: broken }),
  });
  ends.push(whole.end);
  const ask = (path: string, init: RequestInit = {}) =>
    whole.gateway.adminFetch(new Request(`http://localhost:8081${path}`, init));
  const authorization = `Bearer ${TOKEN}`;
  const answers: [number, Promise<Response> | Response][] = [
    [200, ask("/api/overview", { headers: { authorization } })],
    [200, ask("/metrics", { headers: { authorization } })],
    [200, ask("/api/event-feed", { headers: { authorization } })],
    [400, ask("/api/waiting?limit=0", { headers: { authorization } })],
    [401, ask("/api/overview")],
    [403, ask("/api/overview", { headers: { origin: "https://evil.test" } })],
    [404, ask("/api/nothing", { headers: { authorization } })],
    [404, ask("/nothing", { headers: { authorization } })],
    [415, ask("/api/actions", { method: "POST", headers: { authorization } })],
    [500, ask("/api/items/turn_x", { headers: { authorization } })],
    [200, ask("/api/sign-in", { method: "POST", headers: page, body: JSON.stringify({ token: TOKEN }) })],
  ];
  for (const [status, answer] of answers) {
    const { headers, status: read, url } = await answer;
    expect(read, url).toBe(status);
    expect(headers.get("content-security-policy")).toBe(CSP);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    expect(headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect([...headers.keys()].filter((name) => name.startsWith("access-control-"))).toEqual([]);
  }
});
