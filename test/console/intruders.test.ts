/**
 * Goal: nothing but the console's own runs in it, and no page of others reads anything or acts with an operator's session.
 * Method: a page on another port of this machine, to which the browser sends the session's cookie, and names that lead to this
 * machine, in Chromium; what no browser sends, by hand with the same cookie.
 */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ADMIN_TOKEN, hasNoBrowser, named, type Setting, useConsole } from "./support/browser.ts";
import { type Dead, deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";

type Headers = Readonly<Record<string, string>>;

const CONSOLE = { "x-turnpike-console": "1" };
const JSON_BODY = { "content-type": "application/json" };

/** The address of somebody else's server, whose one page has no policy. */
function useOtherServer(): { readonly url: string } {
  let server: Server | undefined;
  let url = "";
  beforeAll(async () => {
    const started = createServer((_request, response) => {
      response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>You have won</title>");
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(started.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server?.close();
    server?.closeAllConnections();
  });
  return {
    get url() {
      return url;
    },
  };
}

interface Answered {
  readonly status: number;
  /** The browser sent the session along. */
  readonly hasSession: boolean;
}

/** What the gateway answers that page from now on, also where the page itself isn't told. */
async function answersTo(page: Page): Promise<() => readonly Answered[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Network.enable");
  const withSession = new Set<string>();
  const answered: { readonly id: string; readonly status: number }[] = [];
  session.on("Network.requestWillBeSentExtraInfo", ({ requestId, headers }) => {
    const cookie = Object.entries(headers).find(([name]) => name.toLowerCase() === "cookie")?.[1] ?? "";
    if (/(^|; )turnpike=/.test(cookie)) withSession.add(requestId);
  });
  session.on("Network.responseReceivedExtraInfo", ({ requestId, statusCode }) => {
    answered.push({ id: requestId, status: statusCode });
  });
  return () => answered.map(({ id, status }) => ({ status, hasSession: withSession.has(id) }));
}

/** A form whose one field comes out as the body, where it isn't encoded: the `=` in between is in the body, too. */
function submits(type: string) {
  return (url: string, body: string) => {
    const [name, value] = [body.slice(0, body.indexOf("=")), body.slice(body.indexOf("=") + 1)];
    return `(() => {
      const form = Object.assign(document.createElement("form"), ${JSON.stringify({ method: "post", action: url, enctype: type })});
      form.append(Object.assign(document.createElement("input"), ${JSON.stringify({ name, value })}));
      document.body.append(form);
      form.submit();
    })()`;
  };
}

function fetches(init: RequestInit) {
  return (url: string, body: string) =>
    `void fetch(${JSON.stringify(url)}, ${JSON.stringify({ ...init, method: "POST", credentials: "include", body })})
      .catch(() => undefined)`;
}

/** What a page can do to send an order of ours, as an expression that it evaluates. */
const ATTACKS: readonly [what: string, attack: (url: string, body: string) => string][] = [
  ["a form of text that is JSON", submits("text/plain")],
  ["a form of fields", submits("application/x-www-form-urlencoded")],
  ["a form of files", submits("multipart/form-data")],
  ["a fetch without CORS", fetches({ mode: "no-cors" })],
];

const adds = (element: string, url: string) =>
  `document.body.append(Object.assign(document.createElement("${element}"), { src: ${JSON.stringify(url)} }))`;

/** What it can do to read, and to have our pages inside of its own. */
const READS: readonly [what: string, path: string, read: (url: string) => string][] = [
  ["a picture", "/api/overview", (url) => `void (new Image().src = ${JSON.stringify(url)})`],
  ["a script", "/api/waiting", (url) => adds("script", url)],
  ["a frame", "/needs-you", (url) => adds("iframe", url)],
  [
    "a fetch",
    "/metrics",
    (url) => `void fetch(${JSON.stringify(url)}, { credentials: "include" }).catch(() => undefined)`,
  ],
];

async function deadTurn({ world }: Setting): Promise<Dead> {
  const [dead] = await deadTurns(world, 1);
  if (dead === undefined) throw new Error("nobody's turn is dead");
  return dead;
}

const orderOf = ({ turnId }: Dead) => JSON.stringify({ action: "discard", id: turnId, actionId: "a=b" });

function expectUntouched({ world: { gateway } }: Setting, { turnId }: Dead, where: string): void {
  expect(gateway.value("SELECT count(*) FROM operator_action WHERE item_id = ?", turnId), where).toBe(0);
  expect(gateway.rows("SELECT state, discarded_at FROM turn WHERE turn_id = ?", turnId), where).toEqual([
    { state: "dead", discarded_at: null },
  ]);
}

describe.skipIf(hasNoBrowser)(named("a request that isn't the console's"), () => {
  const setting = useConsole();
  const other = useOtherServer();

  test("orders nothing when another page makes it by a form or a fetch, though the browser sends the session along", async () => {
    const dead = await deadTurn(setting);
    const { open } = await setting.visit({ isIntruder: true });
    for (const [what, attack] of ATTACKS) {
      const page = await open(other.url);
      const answers = await answersTo(page);
      await inPage(page, attack(`${setting.world.gateway.adminUrl}/api/actions`, orderOf(dead)));
      await expect.poll(answers, { message: what }).toEqual([{ status: 403, hasSession: true }]);
      expectUntouched(setting, dead, what);
      await page.close();
    }
  });

  test("isn't made by another page where the browser asks first", async () => {
    const dead = await deadTurn(setting);
    const { open } = await setting.visit({ isIntruder: true });
    const page = await open(other.url);
    const request = {
      method: "POST",
      credentials: "include",
      headers: { ...JSON_BODY, ...CONSOLE },
      body: orderOf(dead),
    };
    const url = JSON.stringify(`${setting.world.gateway.adminUrl}/api/actions`);
    const outcome = await inPage(
      page,
      `fetch(${url}, ${JSON.stringify(request)}).then(() => "sent", ({ name }) => name)`,
    );
    expect(outcome).toBe("TypeError");
    expectUntouched(setting, dead, "CORS");
  });

  test("reads nothing with that session, and brings the console into no frame", async () => {
    const { open } = await setting.visit({ isIntruder: true });
    for (const [what, path, read] of READS) {
      const page = await open(other.url);
      const answers = await answersTo(page);
      await inPage(page, `${read(setting.world.gateway.adminUrl + path)}; undefined`);
      await expect.poll(answers, { message: what }).toEqual([{ status: 403, hasSession: true }]);
      await page.close();
    }
  });

  test("changes nothing without an Origin, with another one, or without the console's header, though its session is right", async () => {
    const { world, visit } = setting;
    const dead = await deadTurn(setting);
    const { context, open } = await visit({ expected: [403] });
    const origin = world.gateway.adminUrl;
    const text = { "content-type": "text/plain" };
    const refused: readonly [headers: Headers, status: number][] = [
      [{ ...JSON_BODY, ...CONSOLE }, 403],
      [{ ...JSON_BODY, ...CONSOLE, origin: "https://evil.test" }, 403],
      [{ ...JSON_BODY, ...CONSOLE, origin: other.url }, 403],
      [{ ...JSON_BODY, ...CONSOLE, origin: "null" }, 403],
      [{ ...JSON_BODY, origin }, 403],
      [{ ...text, ...CONSOLE, origin }, 415],
    ];
    for (const [headers, status] of refused) {
      const answer = await context.request.post("/api/actions", { headers, data: orderOf(dead) });
      expect(answer.status(), JSON.stringify(headers)).toBe(status);
      expectUntouched(setting, dead, JSON.stringify(headers));
    }
    const page = await open("/overview");
    await page.getByRole("heading", { level: 1 }).waitFor();
    const asks = (headers: object) => {
      const init = JSON.stringify({ method: "POST", headers, body: orderOf(dead) });
      return inPage<number>(page, `fetch("/api/actions", ${init}).then(({ status }) => status)`);
    };
    expect(await asks(JSON_BODY)).toBe(403);
    expectUntouched(setting, dead, "the console without its header");
    expect(await asks({ ...JSON_BODY, ...CONSOLE })).toBe(200);
    expect(world.gateway.value("SELECT count(*) FROM operator_action WHERE item_id = ?", dead.turnId)).toBe(1);
  });
});

describe.skipIf(hasNoBrowser)(named("the policy"), () => {
  const setting = useConsole();

  test("is on every kind of answer, and the page that is shipped has nothing inline", async () => {
    const { adminUrl } = setting.world.gateway;
    const authorization = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const ask = (path: string, headers: Headers = {}) => fetch(adminUrl + path, { headers });
    const html = await (await ask("/overview")).text();
    const scripts = [...html.matchAll(/<script\b([^>]*)>(.*?)<\/script>/gs)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [tag, attributes, inside] of scripts) {
      expect(attributes, tag).toMatch(/ src="\/assets\//);
      expect(inside, tag).toBe("");
    }
    expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|javascript:|data:/i);
    const files = [...html.matchAll(/ (?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? "");
    for (const end of [".js", ".css", ".svg"])
      expect(
        files.some((path) => path.endsWith(end)),
        end,
      ).toBe(true);
    const answers: readonly (readonly [status: number, path: string, headers?: Headers])[] = [
      ...["/", "/sign-in", "/c/conv_1", "/licenses.txt", ...files].map((path) => [200, path] as const),
      [200, "/api/overview", authorization],
      [200, "/metrics", authorization],
      [400, "/api/waiting?limit=0", authorization],
      [401, "/api/overview"],
      [401, "/nothing"],
      [403, "/overview", { origin: "https://evil.test" }],
      [404, "/api/nothing", authorization],
    ];
    const policies = new Set<string | null>();
    for (const [status, path, headers] of answers) {
      const answer = await ask(path, headers);
      expect(answer.status, path).toBe(status);
      policies.add(answer.headers.get("content-security-policy"));
    }
    expect([...policies]).toEqual([
      expect.stringMatching(/^default-src 'none'; script-src 'self'; .*trusted-types 'none'/),
    ]);
    expect([...policies][0]).not.toMatch(/unsafe|data:|\*/);
  });

  test("holds in Chromium: no markup, code, style or address of others comes in, whoever would put it there", async () => {
    const page = await (await setting.visit({ isIntruder: true })).open("/overview");
    await page.getByRole("heading", { level: 1 }).waitFor();
    expect(
      await inPage(
        page,
        `(async () => {
          const came = {};
          const tries = async (what, run) => {
            came[what] = await Promise.resolve().then(run).then(() => "came in", ({ name }) => name);
          };
          const script = document.createElement("script");
          const loaded = (element) => new Promise((resolve, reject) => {
            Object.assign(element, { onload: resolve, onerror: () => reject(new TypeError("refused")) });
            document.body.append(element);
          });
          await tries("markup", () => { document.body.innerHTML = "<b>bold</b>"; });
          await tries("code", () => { script.text = "window.ran = true"; });
          await tries("a script's address", () => { script.src = "/assets/other.js"; });
          await tries("a way around", () => { trustedTypes.createPolicy("mine", {}); });
          await tries("another host", () => fetch("http://evil.test/"));
          await tries("a picture of another host", () => loaded(Object.assign(new Image(), { src: "http://evil.test/a.png" })));
          await tries("a picture in an address", () => loaded(Object.assign(new Image(), { src: "data:image/gif;base64,R0lGODlhAQABAAAAACw=" })));
          const styled = document.createElement("p");
          styled.setAttribute("style", "position: fixed");
          const sheet = document.createElement("style");
          sheet.append("p { position: fixed }");
          document.body.append(sheet, styled);
          came["a style"] = getComputedStyle(styled).position === "fixed" ? "came in" : "TypeError";
          return came;
        })()`,
      ),
    ).toEqual({
      markup: "TypeError",
      code: "TypeError",
      "a script's address": "TypeError",
      "a way around": "TypeError",
      "another host": "TypeError",
      "a picture of another host": "TypeError",
      "a picture in an address": "TypeError",
      "a style": "TypeError",
    });
  });
});

describe.skipIf(hasNoBrowser)(named("a gateway without a token"), () => {
  const setting = useConsole({});

  test("is open on loopback, without a sign-in, and what is done is done by everybody there", async () => {
    const dead = await deadTurn(setting);
    const page = await (await setting.visit({ isSignedIn: false })).open("/sign-in");
    await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("dialog").waitFor();
    expect(await page.getByRole("button", { name: "Sign out" }).count()).toBe(0);
    await page.goto("/needs-you");
    await page.locator(`main li[data-row="${dead.turnId}"]`).getByRole("button", { name: "Replay" }).click();
    await dead.person.hasSeen(1);
    await page.goto("/audit");
    await page.getByRole("row", { name: "replay" }).getByText("loopback").waitFor();
  });

  test("is reached under no other name, whatever leads to this machine", async () => {
    const { world, visit } = setting;
    const dead = await deadTurn(setting);
    const { open } = await visit({ isSignedIn: false, isIntruder: true });
    const { port } = new URL(world.gateway.adminUrl);
    const page = await open("about:blank");
    for (const path of ["/", "/overview", "/api/overview", "/api/event-feed", "/metrics"]) {
      const answer = await page.goto(`http://evil.test:${port}${path}`);
      expect(answer?.status(), path).toBe(403);
      expect(await answer?.text(), path).toContain("Host: ");
    }
    const request = { method: "POST", headers: { ...JSON_BODY, ...CONSOLE }, body: orderOf(dead) };
    const outcome = `fetch("/api/actions", ${JSON.stringify(request)}).then(({ status }) => status)`;
    expect(await inPage(page, outcome)).toBe(403);
    expectUntouched(setting, dead, "another name");
  });
});
