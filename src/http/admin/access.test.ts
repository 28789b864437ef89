/**
 * Goal: only who has a token comes in, by bearer or by the console's session, and no other page can use that session.
 * Method: a whole gateway without a socket; requests as browsers, programs and attackers send them.
 */
import { afterEach, describe, expect, test } from "vitest";
import {
  type AssembledGateway,
  type AssemblyOptions,
  assembleGateway,
} from "../../../test/support/assembled-gateway.ts";
import type { AdminToken } from "../../core/admin-token.ts";
import type { GatewayOptions } from "../../gateway.ts";
import type { Fetch } from "../rate-limited-fetch.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

const ANN: AdminToken = { name: "ann", right: "operate", token: "the-token-of-ann-1" };
const EVE: AdminToken = { name: "eve.reads", right: "read", token: "the-token-of-eve-2" };
const UNNAMED = "the-one-without-a-name";

function assembled(settings: Partial<GatewayOptions> = {}, options: AssemblyOptions = {}): AssembledGateway {
  const tokens = { adminToken: UNNAMED, adminTokens: [ANN, EVE] };
  const whole = assembleGateway({ ...options, settings: { ...tokens, ...settings } });
  ends.push(whole.end);
  return whole;
}

const TLS = "https://admin.example";
const LOCAL = "http://localhost:8081";
type Headers = Readonly<Record<string, string>>;

/** As it arrives: TLS ended at the proxy. */
function ask(whole: AssembledGateway, path: string, init: RequestInit = {}, base = TLS) {
  const { host, pathname } = new URL(`${base}${path}`);
  const url = `http://${host}${pathname}${new URL(`${base}${path}`).search}`;
  return whole.gateway.adminFetch(new Request(url, init));
}

function post(whole: AssembledGateway, path: string, body: unknown, headers: Headers, base = TLS) {
  return ask(whole, path, { method: "POST", headers, body: JSON.stringify(body) }, base);
}

const JSON_BODY = { "content-type": "application/json" };
const pageOf = (base: string) => ({ ...JSON_BODY, origin: base });

function signIn(whole: AssembledGateway, token: string, base = TLS) {
  return post(whole, "/api/sign-in", { token }, pageOf(base), base);
}

/** As the browser sends it from then on. */
async function cookieOf(whole: AssembledGateway, token: string, base = TLS): Promise<string> {
  const response = await signIn(whole, token, base);
  expect(response.status).toBe(200);
  return response.headers.get("set-cookie")?.split(";")[0] ?? "";
}

const ORDER = { actionId: "a1", action: "discard", id: "turn_x" };
const CONSOLE = { "x-turnpike-console": "1" };
const detailOf = async (response: Response) => ((await response.json()) as { detail: string }).detail;

describe("a named token", () => {
  test("that reads gets every list, and 403 for everything else", async () => {
    const whole = assembled();
    const authorization = `Bearer ${EVE.token}`;
    for (const path of ["/api/overview", "/api/waiting", "/api/actions", "/api/accounts", "/metrics"]) {
      expect((await ask(whole, path, { headers: { authorization } })).status, path).toBe(200);
      expect((await ask(whole, path, { method: "HEAD", headers: { authorization } })).status, path).toBe(200);
    }
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY"]) {
      for (const path of ["/api/actions", "/api/accounts/start", "/api/overview", "/api/nothing", "/metrics", "/"]) {
        const response = await ask(whole, path, { method, headers: { authorization, ...JSON_BODY } });
        expect(response.status, `${method} ${path}`).toBe(403);
        expect(await detailOf(response)).toBe("the token eve.reads has the right read; allowed: one with operate");
      }
    }
    const cookie = await cookieOf(whole, EVE.token);
    const response = await post(whole, "/api/actions", ORDER, { ...pageOf(TLS), ...CONSOLE, cookie });
    expect(response.status).toBe(403);
  });

  test("that operates is the actor of its actions, by bearer and by session", async () => {
    const agent = { name: "no", isReachable: () => true, close: async () => undefined };
    const invoke = async () => ({ kind: "rejected" as const, reason: "the agent answered 400" });
    const whole = assembled({}, { agent: { ...agent, invoke } });
    await whole.start();
    for (const person of ["Uann", "Ubob", "Ucid"]) await whole.simulator.person(person).says("hello");
    const dead = async () => (await whole.store.countWaiting()).find(({ state }) => state === "dead")?.count;
    for (let step = 0; (await dead()) !== 3 && step < 200; step++) await whole.clock.advance(100);
    const { items } = await whole.store.listWaiting({ ...EVERYTHING });
    const cookie = await cookieOf(whole, ANN.token);
    const ways: Headers[] = [
      { ...JSON_BODY, authorization: `Bearer ${ANN.token}` },
      { ...pageOf(TLS), ...CONSOLE, cookie },
      { ...JSON_BODY, authorization: `Bearer ${UNNAMED}` },
    ];
    for (const [index, headers] of ways.entries()) {
      const order = { actionId: `a${index}`, action: "discard", id: items[index]?.id };
      expect((await post(whole, "/api/actions", order, headers)).status).toBe(200);
    }
    const { items: actions } = await whole.store.listActions({ limit: 10, before: null });
    expect(actions.map(({ actor }) => actor).toSorted()).toEqual(["TURNPIKE_ADMIN_TOKEN", "ann", "ann"]);
  });

  test("must have a name and a token of its own", () => {
    expect(() => assembled({ adminTokens: [ANN, { ...EVE, name: "ann" }] })).toThrow(
      "adminTokens: the name ann is used",
    );
    const twice = [ANN, { ...EVE, token: ANN.token }];
    expect(() => assembled({ adminTokens: twice })).toThrow("the token of eve.reads is also another");
    expect(() => assembled({ adminTokens: [{ ...ANN, name: "loopback" }] })).toThrow("the name loopback is that of");
    expect(() => assembled({ adminTokens: [{ ...ANN, name: "cli" }] })).toThrow("the name cli is that of");
  });
});

test("a token with a name is that one's, also where it is the one of the command line", async () => {
  const whole = assembled({ adminToken: EVE.token });
  const headers = { ...JSON_BODY, authorization: `Bearer ${EVE.token}` };
  expect((await post(whole, "/api/actions", ORDER, headers)).status).toBe(403);
});

const EVERYTHING = {
  kind: null,
  states: ["dead" as const],
  channel: null,
  account: null,
  conversation: null,
  since: null,
  limit: 50,
  before: null,
};

describe("a sign-in", () => {
  test("over TLS sets a cookie that no script reads and no other host gets", async () => {
    const whole = assembled();
    const response = await signIn(whole, ANN.token);
    expect(response.status).toBe(200);
    const { expiresAt, ...who } = (await response.json()) as Record<string, string>;
    expect(who).toEqual({ actor: "ann", right: "operate" });
    expect(Date.parse(expiresAt ?? "") - whole.clock.now()).toBe(12 * 3_600_000);
    const [value, ...attributes] = (response.headers.get("set-cookie") ?? "").split("; ");
    expect(value).toMatch(/^__Host-turnpike=ann\.\d+\.[\w-]{43}$/);
    expect(attributes.toSorted()).toEqual(["HttpOnly", "Max-Age=43200", "Path=/", "SameSite=Strict", "Secure"]);
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect((await ask(whole, "/api/overview", { headers: { cookie: value ?? "" } })).status).toBe(200);
  });

  test.each([LOCAL, "http://127.0.0.1:8081", "http://[::1]:8081"])("on %s sets one without Secure", async (base) => {
    const whole = assembled();
    const response = await signIn(whole, ANN.token, base);
    const cookie = response.headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(/^turnpike=ann\./);
    expect(cookie).not.toMatch(/Secure/);
    expect(cookie).toMatch(/HttpOnly.*SameSite=Strict/);
    const headers = { cookie: cookie.split(";")[0] ?? "" };
    expect((await ask(whole, "/api/overview", { headers }, base)).status).toBe(200);
    // Of plain http it is worth nothing elsewhere, where another host of the domain could have set it.
    expect((await ask(whole, "/api/overview", { headers }, TLS)).status).toBe(401);
    const renamed = { cookie: `__Host-${headers.cookie}` };
    expect((await ask(whole, "/api/overview", { headers: renamed }, TLS)).status).toBe(401);
  });

  test("on plain http off loopback says that TLS is missing, and doesn't say whether the token is right", async () => {
    const whole = assembled();
    for (const token of [ANN.token, "wrong"]) {
      const response = await signIn(whole, token, "http://admin.example:8081");
      expect(response.status).toBe(403);
      expect(await detailOf(response)).toMatch(/plain http.*put TLS in front/);
      expect(response.headers.get("set-cookie")).toBeNull();
    }
  });

  test("that is malformed, or where there is no token, is refused", async () => {
    const whole = assembled();
    for (const body of [{}, { token: "" }, { token: 7 }, { token: ANN.token, next: "//evil.test" }, null, []]) {
      expect((await post(whole, "/api/sign-in", body, pageOf(TLS))).status, JSON.stringify(body)).toBe(400);
    }
    const form = { "content-type": "application/x-www-form-urlencoded", origin: TLS };
    expect((await post(whole, "/api/sign-in", { token: ANN.token }, form)).status).toBe(415);
    const loopback = assembleGateway();
    ends.push(loopback.end);
    expect((await post(loopback, "/api/sign-in", { token: "x" }, pageOf(LOCAL), LOCAL)).status).toBe(409);
  });

  test("is held up after five wrong tokens, also a right one, and a session isn't", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    for (let n = 0; n < 5; n++) expect((await signIn(whole, "wrong")).status).toBe(401);
    const sixth = await signIn(whole, ANN.token);
    expect([sixth.status, sixth.headers.get("retry-after")]).toEqual([429, "5"]);
    const bearer = { headers: { authorization: `Bearer ${ANN.token}` } };
    expect((await ask(whole, "/api/overview", bearer)).status).toBe(429);
    expect((await ask(whole, "/api/overview", { headers: { cookie } })).status).toBe(200);
    await whole.clock.advance(5_000);
    expect((await signIn(whole, ANN.token)).status).toBe(200);
    expect((await signIn(whole, "wrong")).status).toBe(401);
    expect((await signIn(whole, ANN.token)).headers.get("retry-after")).toBe("10");
    expect(whole.lines.some(({ message }) => message === "sign-in refused")).toBe(true);
    expect(JSON.stringify(whole.lines)).not.toContain("the-token-of");
  });
});

test("regression: tokens that are tried at the same time aren't all tried before the client waits", async () => {
  const whole = assembled();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => signIn(whole, `guess ${n}`)));
  expect(answers.map(({ status }) => status)).toEqual([...Array(5).fill(401), ...Array(15).fill(429)]);
});

describe("a session", () => {
  const isIn = async (whole: AssembledGateway, cookie: string) =>
    (await ask(whole, "/api/overview", { headers: { cookie } })).status === 200;

  test("ends after twelve hours, and at its sign-out", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    await whole.clock.advance(12 * 3_600_000 - 1);
    expect(await isIn(whole, cookie)).toBe(true);
    await whole.clock.advance(1);
    expect(await isIn(whole, cookie)).toBe(false);
    const response = await post(whole, "/api/sign-out", {}, { ...pageOf(TLS), ...CONSOLE, cookie });
    expect(response.status).toBe(204);
    const [secure = "", plain = ""] = response.headers.getSetCookie();
    expect(secure).toMatch(/^__Host-turnpike=;.*Max-Age=0.*Secure/);
    expect(plain).toMatch(/^turnpike=;.*Max-Age=0/);
  });

  test("ends, and with it what it still reads", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    const bearer = { authorization: `Bearer ${ANN.token}` };
    await whole.clock.advance(12 * 3_600_000 - 10_000);
    const feed = await ask(whole, "/api/event-feed", { headers: { cookie } });
    const endless = await ask(whole, "/api/event-feed", { headers: bearer });
    await whole.clock.advance(15_000);
    expect(await feed.text()).not.toContain("heartbeat");
    const reader = endless.body?.getReader();
    let text = "";
    while (!text.includes("heartbeat")) text += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
  });

  test("ends when its token is changed or removed, and takes the right that the token has now", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    expect(await isIn(assembled(), cookie)).toBe(true);
    expect(await isIn(assembled({ adminTokens: [{ ...ANN, token: "another-token-of-hers" }] }), cookie)).toBe(false);
    expect(await isIn(assembled({ adminTokens: [EVE] }), cookie)).toBe(false);
    const reading = assembled({ adminTokens: [{ ...ANN, right: "read" }] });
    expect((await post(reading, "/api/actions", ORDER, { ...pageOf(TLS), ...CONSOLE, cookie })).status).toBe(403);
  });

  test("can't be forged: not its name, its end, its signature or its prefix", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, EVE.token);
    const [, name = "", expires = "", signature = ""] = /=(.*)\.(\d+)\.([\w-]+)$/.exec(cookie) ?? [];
    const ofAnn = (await cookieOf(whole, ANN.token)).split(".").at(-1);
    const late = String(Number(expires) + 1);
    const values = [
      `ann.${expires}.${signature}`,
      `${name}.${late}.${signature}`,
      `${name}.${expires}.${ofAnn}`,
      `${name}.${expires}.${"A".repeat(43)}`,
      `${name}.${expires}.`,
      `${name}.${expires}`,
      `${expires}.${signature}`,
      `__proto__.${expires}.${signature}`,
      "",
    ];
    for (const value of values) expect(await isIn(whole, `__Host-turnpike=${value}`), value).toBe(false);
    expect(await isIn(whole, cookie.replace("__Host-", ""))).toBe(false);
    expect(await isIn(whole, cookie.replace("__Host-", "__Secure-"))).toBe(false);
    expect(await isIn(whole, cookie)).toBe(true);
  });

  test("is no help to a wrong bearer token beside it", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    const headers = { cookie, authorization: "Bearer wrong" };
    expect((await ask(whole, "/api/overview", { headers })).status).toBe(401);
  });

  test("regression: goes on behind a proxy that asks for a password and passes it on", async () => {
    const whole = assembled();
    const authorization = "Basic YW5uOnBhc3N3b3Jk";
    const cookie = await cookieOf(whole, ANN.token);
    expect((await ask(whole, "/api/overview", { headers: { cookie, authorization } })).status).toBe(200);
    expect((await ask(whole, "/api/overview", { headers: { authorization } })).status).toBe(401);
  });
});

describe("another page in the operator's browser", () => {
  /** What each sends, with the session that the browser may add, and how it is refused. */
  const ATTACKS: readonly [what: string, headers: Headers, status: number][] = [
    ["a form", { "content-type": "application/x-www-form-urlencoded", origin: "https://evil.test" }, 403],
    ["a form that hides its origin", { "content-type": "text/plain", origin: "null" }, 403],
    ["a form without an origin", { "content-type": "text/plain" }, 415],
    ["a form of files", { "content-type": "multipart/form-data; boundary=x", origin: TLS }, 415],
    ["a fetch with no-cors", { "content-type": "text/plain;application/json", origin: TLS, ...CONSOLE }, 415],
    ["a body of almost JSON", { "content-type": "application/jsonp", origin: TLS, ...CONSOLE }, 415],
    ["no origin", { ...JSON_BODY, ...CONSOLE }, 403],
    ["another origin", { ...pageOf("https://evil.test"), ...CONSOLE }, 403],
    ["an origin that ends like ours", { ...pageOf("https://evil-admin.example"), ...CONSOLE }, 403],
    ["an origin that begins like ours", { ...pageOf("https://admin.example.evil.test"), ...CONSOLE }, 403],
    ["our host on plain http", { ...pageOf("http://admin.example"), ...CONSOLE }, 403],
    ["another port of our host", { ...pageOf("https://admin.example:8443"), ...CONSOLE }, 403],
    ["our origin without the header", pageOf(TLS), 403],
    ["our origin, and the browser knows better", { ...pageOf(TLS), ...CONSOLE, "sec-fetch-site": "cross-site" }, 403],
  ];

  test.each(ATTACKS)("changes nothing with %s", async (_what, headers, status) => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    for (const [path, body] of [
      ["/api/actions", ORDER],
      ["/api/accounts/start", { actionId: "a1", channel: "line", account: "default" }],
    ] as const) {
      expect((await post(whole, path, body, { ...headers, cookie })).status, path).toBe(status);
    }
    expect((await whole.store.listActions({ limit: 10, before: null })).items).toEqual([]);
    const signOut = await post(whole, "/api/sign-out", {}, { ...headers, cookie });
    expect(signOut.status).toBe(status === 415 || headers["sec-fetch-site"] !== undefined ? status : 403);
    expect(signOut.headers.get("set-cookie")).toBeNull();
  });

  test("can't read, though the browser adds the session", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    for (const path of ["/api/overview", "/api/event-feed", "/metrics"]) {
      for (const site of ["cross-site", "same-site"]) {
        for (const more of [{}, { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" }]) {
          const headers = { cookie, "sec-fetch-site": site, ...more };
          expect((await ask(whole, path, { headers })).status, `${path} ${site}`).toBe(403);
        }
      }
    }
    for (const site of ["same-origin", "none"]) {
      expect((await ask(whole, "/api/overview", { headers: { cookie, "sec-fetch-site": site } })).status).toBe(200);
    }
  });

  test("and what ours sends is done", async () => {
    const whole = assembled();
    const cookie = await cookieOf(whole, ANN.token);
    const headers = { ...pageOf(TLS), ...CONSOLE, cookie, "sec-fetch-site": "same-origin" };
    // There is no such turn, which only one who is let in is told.
    expect((await post(whole, "/api/actions", ORDER, headers)).status).toBe(404);
    const withPort = new Request("http://admin.example/api/actions", {
      method: "POST",
      headers: { ...headers, host: "admin.example:443" },
      body: JSON.stringify(ORDER),
    });
    expect((await whole.gateway.adminFetch(withPort)).status).toBe(404);
  });
});

describe("wrong tokens", () => {
  test("of one client don't hold another up: by its address, or by what a trusted proxy says of it", async () => {
    const whole = assembled({ trustedProxies: ["10.0.0.1"] });
    const fetch = whole.gateway.adminFetch as Fetch;
    const from = async (remoteAddress: string, forwardedFor: string, token: string) => {
      const init = { method: "POST", headers: pageOf(TLS), body: JSON.stringify({ token }) };
      const headers = { "x-forwarded-for": forwardedFor };
      const incoming = { socket: { remoteAddress }, headers };
      return (await fetch(new Request("http://admin.example/api/sign-in", init), { incoming })).status;
    };
    for (const [address, forwardedFor, others] of [
      ["10.0.0.1", "203.0.113.7", ["10.0.0.1", "203.0.113.8"]],
      ["10.0.0.1", "192.168.1.7", ["10.0.0.1", "192.168.1.8"]],
      // What isn't a trusted proxy may say what it likes.
      ["10.0.0.9", "203.0.113.1", ["10.0.0.8", "203.0.113.1"]],
    ] as const) {
      for (let n = 0; n < 5; n++) expect(await from(address, forwardedFor, "wrong")).toBe(401);
      expect(await from(address, forwardedFor, ANN.token)).toBe(429);
      expect(await from(others[0], others[1], ANN.token)).toBe(200);
    }
    expect(await from("10.0.0.9", "203.0.113.2", ANN.token)).toBe(429);
  });

  test("regression: of very many clients don't fill the log", async () => {
    const whole = assembled({ trustedProxies: ["10.0.0.1"] });
    const fetch = whole.gateway.adminFetch as Fetch;
    for (let n = 0; n < 50; n++) {
      const init = { method: "POST", headers: pageOf(TLS), body: JSON.stringify({ token: "wrong" }) };
      const headers = { "x-forwarded-for": `203.0.113.${n}` };
      const incoming = { socket: { remoteAddress: "10.0.0.1" }, headers };
      expect((await fetch(new Request("http://admin.example/api/sign-in", init), { incoming })).status).toBe(401);
    }
    const refused = () => whole.lines.filter(({ message }) => message === "sign-in refused");
    expect(refused()).toHaveLength(10);
    await whole.clock.advance(10_000);
    expect(refused().at(-1)?.fields).toMatchObject({ more: 40 });
  });
});
