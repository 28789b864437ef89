/**
 * Goal: nobody comes in without the token, whoever is refused is told what to do, and a session that ends loses nothing.
 * Method: the sign-in page in Chromium, against the shipped gateway with a token; a session ends by the loss of its cookie, or
 * because the token is another one after a restart.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { freePort } from "../support/free-ports.ts";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";
import { inPage } from "./support/in-page.ts";

const NEW_TOKEN = "the-token-after-the-one-of-the-tests";
/** The same after a restart: the page is still there. */
const ADMIN_PORT = String(await freePort());

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;

describe.skipIf(hasNoBrowser)(named("the sign-in"), () => {
  const setting = useConsole({ TURNPIKE_ADMIN_TOKEN: ADMIN_TOKEN, TURNPIKE_ADMIN_PORT: ADMIN_PORT });

  test("whoever opens a page without a session signs in and comes to that page", async () => {
    const { open, context } = await setting.visit({ isSignedIn: false, expected: [401] });
    const page = await open("/log?level=warn");
    await signIn(page, "not the token");
    await page.getByText("This token isn't known.").waitFor();
    await signIn(page, ADMIN_TOKEN);
    await page.getByRole("heading", { level: 1, name: "Live log" }).waitFor();
    expect(pathOf(page)).toBe("/log?level=warn");
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
    expect(JSON.stringify(await context.storageState())).not.toContain(ADMIN_TOKEN);
  });

  test.each(["//evil.test/", "/\\evil.test", "https://evil.test/", "javascript:alert(1)"])(
    "a sign-in that shall lead to %s leads to the overview",
    async (next) => {
      const { open } = await setting.visit();
      const page = await open(`/sign-in?${new URLSearchParams({ next })}`);
      await page.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
      expect(pathOf(page)).toBe("/overview");
    },
  );

  test("a session that ends keeps the page and asks for the token; then the page goes on", async () => {
    const { open, context } = await setting.visit({ expected: [401] });
    const page = await open("/overview?window=1h");
    await page.locator("figure svg[role=img]").waitFor();
    await context.clearCookies();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    expect(await page.locator("figure svg[role=img]").count()).toBe(1);
    await signIn(page, ADMIN_TOKEN);
    await dialog.waitFor({ state: "detached" });
    expect(pathOf(page)).toBe("/overview?window=1h");
    await page.locator("[data-feed=live]").waitFor();
  });

  test("whoever acts when the session has ended is asked for the token, and then the order goes on", async () => {
    const { world, visit } = setting;
    const [dead] = await deadTurns(world, 1);
    const { open, context } = await visit({ expected: [401] });
    const page = await open("/needs-you");
    const row = page.locator(`main li[data-row="${dead?.turnId}"]`);
    await row.waitFor();
    // What the page reads by itself would find it out, too.
    const asked = Promise.withResolvers<void>();
    await page.route("**/api/**", async (route) => {
      if (route.request().method() === "GET") await asked.promise;
      await route.continue();
    });
    await context.clearCookies();
    await row.getByRole("button", { name: "Replay" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    asked.resolve();
    expect(await row.count()).toBe(1);
    expect(dead?.person.seen()).toEqual([]);
    await signIn(page, ADMIN_TOKEN);
    await dialog.waitFor({ state: "detached" });
    await dead?.person.hasSeen(1);
    await row.waitFor({ state: "detached" });
    expect(pathOf(page)).toBe("/needs-you");
    await page.unrouteAll({ behavior: "ignoreErrors" });
  });

  test("on plain http off loopback the page says what to do, asks once, and nobody is signed in", async () => {
    const { open, context } = await setting.visit({ isSignedIn: false, isIntruder: true });
    const asked: string[] = [];
    context.on("request", (request) => {
      if (request.method() === "POST") asked.push(new URL(request.url()).pathname);
    });
    const page = await open(`http://console.test:${ADMIN_PORT}/needs-you`);
    await signIn(page, ADMIN_TOKEN);
    await page.getByRole("alert").getByText("Put TLS in front of the admin port").waitFor();
    expect(asked).toEqual(["/api/sign-in"]);
    expect(await context.cookies()).toEqual([]);
    expect(pathOf(page)).toBe("/sign-in?next=%2Fneeds-you");
  });

  test("a person who signs out is at the sign-in, and the session is gone", async () => {
    const { open, context } = await setting.visit({ expected: [401] });
    const page = await open("/overview");
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").waitFor();
    expect(await context.cookies()).toEqual([]);
  });

  test("a token that is changed ends every session: the page stays, asks for the new one, and goes on", async () => {
    const { world, visit } = setting;
    const [dead] = await deadTurns(world, 1);
    const { open } = await visit({ expected: [401, "down"] });
    const page = await open("/needs-you?kind=turn");
    const row = page.locator(`main li[data-row="${dead?.turnId}"]`);
    await row.waitFor();
    await inPage(page, "window.isTheSamePage = true");
    await world.gateway.term();
    await world.restart({ TURNPIKE_ADMIN_TOKEN: NEW_TOKEN });
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await signIn(page, ADMIN_TOKEN);
    await dialog.getByText("This token isn't known.").waitFor();
    expect(await row.count()).toBe(1);
    await signIn(page, NEW_TOKEN);
    await dialog.waitFor({ state: "detached" });
    await row.getByRole("button", { name: "Replay" }).click();
    await dead?.person.hasSeen(1);
    expect(await inPage(page, "window.isTheSamePage")).toBe(true);
    expect(pathOf(page)).toBe("/needs-you?kind=turn");
  });

  test("after five wrong tokens the sixth try is told how long to wait", async () => {
    const { open } = await setting.visit({ isSignedIn: false, expected: [401, 429] });
    const page = await open("/sign-in");
    // Some were tried above, by the same address.
    for (const number of [1, 2, 3, 4, 5, 6]) {
      const answered = page.waitForResponse((response) => response.url().endsWith("/api/sign-in"));
      await signIn(page, `wrong token ${number}`);
      if ((await answered).status() === 429) break;
    }
    await page.getByText(/Too many wrong tokens\. Try again in \d+ seconds?\./).waitFor();
    expect(await page.getByRole("button", { name: "Sign in" }).isDisabled()).toBe(true);
  });
});
