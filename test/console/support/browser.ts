/** Chromium in front of the shipped gateway, under the security policy that is shipped. */
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { Environment } from "../../e2e/support/command.ts";
import type { Gateway } from "../../e2e/support/gateway.ts";
import { startWorld, type World } from "../../e2e/support/world.ts";
import { CHROMIUM, NO_CHROMIUM } from "./chromium.ts";
import { picture } from "./picture.ts";

export const ADMIN_TOKEN = "an-admin-token-for-the-tests-of-the-console";

/** The name of a group of tests, with the reason where they can't run. */
export function named(name: string): string {
  return CHROMIUM === undefined ? `${name} (skipped: ${NO_CHROMIUM})` : name;
}

export const hasNoBrowser = CHROMIUM === undefined;

/** Every `.test` name leads to this machine, as a name does by DNS rebinding. */
const NAMES_LEAD_HERE = "--host-resolver-rules=MAP *.test 127.0.0.1";

/** Before any script of the page: what the policy refuses is said aloud. */
const TELL_VIOLATIONS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("the policy refused", event.effectiveDirective, event.blockedURI, event.sample));`;

export interface VisitOptions extends BrowserContextOptions {
  readonly isSignedIn?: boolean;
  /** Stored as if the person had chosen them before. */
  readonly preferences?: Readonly<Record<string, string | boolean>>;
  /** Answers that the test wants, streams that it cuts, a gateway that it ends: the browser reports them as errors. */
  readonly expected?: readonly (number | keyof typeof LOST)[];
  /** Pages of others, or ours where they try what isn't allowed: what they ask for and say is what the test is about. */
  readonly isIntruder?: boolean;
}

const LOST = {
  cut: /net::ERR_INCOMPLETE_CHUNKED_ENCODING/,
  down: /net::ERR_(INCOMPLETE_CHUNKED_ENCODING|CONNECTION_REFUSED|CONNECTION_RESET|EMPTY_RESPONSE)/,
};

/** A person with a browser of their own, which may have several tabs. */
export interface Visit {
  readonly context: BrowserContext;
  /** A new tab on that path. */
  open(path: string): Promise<Page>;
}

export interface Visits {
  visit(options?: VisitOptions): Promise<Visit>;
}

export interface Setting<OfPlatform extends WithGateway = World> extends Visits {
  readonly world: OfPlatform;
}

/** A gateway with what is around it. */
export interface WithGateway extends AsyncDisposable {
  readonly gateway: Gateway;
}

/** A gateway and a browser for the tests of one file. `env` may name what an earlier `beforeAll` has started. */
export function useConsole(env: Environment | (() => Environment) = { TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN }): Setting {
  return useWorld(() => startWorld({ env: typeof env === "function" ? env() : env }));
}

/** The same in front of any platform. */
export function useWorld<OfPlatform extends WithGateway>(start: () => Promise<OfPlatform>): Setting<OfPlatform> {
  let world: OfPlatform | undefined;
  beforeAll(async () => {
    world = await start();
  });
  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });
  const setting = {
    get world() {
      if (world === undefined) throw new Error("the gateway is not up yet");
      return world;
    },
  };
  return Object.assign(
    setting,
    useBrowser(() => setting.world.gateway.adminUrl),
  );
}

/**
 * A browser for the tests of one file. A test fails when the page says an error or the policy refuses something, and when any
 * other host is asked for anything.
 */
export function useBrowser(adminUrlOf: () => string): Visits {
  let browser: Browser | undefined;
  const contexts: BrowserContext[] = [];
  const problems: string[] = [];
  beforeAll(async () => {
    const path = CHROMIUM === undefined ? {} : { executablePath: CHROMIUM };
    browser = await chromium.launch({ ...path, args: [NAMES_LEAD_HERE] });
  });
  afterEach(async () => {
    for (const context of contexts.splice(0)) {
      for (const [at, page] of context.pages().entries()) await picture(page, `${testName()} ${at}`);
      await context.close();
    }
    expect(problems.splice(0)).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
  });
  return {
    async visit({ isSignedIn = true, isIntruder = false, preferences, expected = [], ...options } = {}) {
      if (browser === undefined) throw new Error("the browser is not up yet");
      const adminUrl = adminUrlOf();
      const context = await browser.newContext({ locale: "en-GB", baseURL: adminUrl, ...options });
      contexts.push(context);
      await context.addInitScript(TELL_VIOLATIONS);
      if (preferences !== undefined) await context.addInitScript(storing(preferences));
      if (isSignedIn) await context.addCookies([{ ...(await sessionOf(adminUrl)), url: adminUrl }]);
      if (!isIntruder) watch(context, adminUrl, expected, problems);
      const open = async (path: string) => {
        const page = await context.newPage();
        await page.goto(path);
        return page;
      };
      return { context, open };
    },
  };
}

const testName = () => (expect.getState().currentTestName ?? "").replaceAll(/ \(skipped: [^)]*\)/g, "");

function storing(preferences: Readonly<Record<string, string | boolean>>): string {
  const stored = JSON.stringify(JSON.stringify(preferences));
  // An empty page has no storage, and what is chosen later stays.
  return `if (origin !== "null") localStorage.getItem("turnpike") ?? localStorage.setItem("turnpike", ${stored});`;
}

async function sessionOf(adminUrl: string): Promise<{ name: string; value: string }> {
  const answer = await fetch(`${adminUrl}/api/sign-in`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: ADMIN_TOKEN }),
  });
  const [, name, value] = /^([^=]+)=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "") ?? [];
  if (name === undefined || value === undefined) throw new Error(`the sign-in answered ${answer.status}`);
  return { name, value };
}

type Expected = NonNullable<VisitOptions["expected"]>;

function watch(context: BrowserContext, adminUrl: string, expected: Expected, problems: string[]): void {
  const isExpected = (text: string) =>
    expected.some((one) =>
      typeof one === "number" ? text.includes(`responded with a status of ${one}`) : LOST[one].test(text),
    );
  context.on("request", (request) => {
    const url = new URL(request.url());
    if (url.origin !== adminUrl) problems.push(`a request to ${url.href}`);
  });
  context.on("console", (message) => {
    if (message.type() === "error" && !isExpected(message.text())) problems.push(`the page says ${message.text()}`);
  });
  context.on("weberror", (error) => problems.push(`the page threw ${error.error().message}`));
}
