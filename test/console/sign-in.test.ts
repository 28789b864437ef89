/**
 * Goal: nobody comes in without the token, whoever is refused is told what to do, and a session that ends loses nothing.
 * Method: the sign-in page in Chromium, against the shipped gateway with a token; a session ends by the loss of its cookie.
 */
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { ADMIN_TOKEN, hasNoBrowser, named, useConsole } from "./support/browser.ts";

async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel("Admin token").fill(token);
  await page.getByRole("button", { name: "Sign in" }).click();
}

const pathOf = (page: Page) => new URL(page.url()).pathname + new URL(page.url()).search;

describe.skipIf(hasNoBrowser)(named("the sign-in"), () => {
  const setting = useConsole();

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

  test("a person who signs out is at the sign-in, and the session is gone", async () => {
    const { open, context } = await setting.visit({ expected: [401] });
    const page = await open("/overview");
    await page.getByRole("button", { name: "Preferences" }).click();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByLabel("Admin token").waitFor();
    expect(await context.cookies()).toEqual([]);
  });

  test("after five wrong tokens the sixth try is told how long to wait", async () => {
    const { open } = await setting.visit({ isSignedIn: false, expected: [401, 429] });
    const page = await open("/sign-in");
    // One was tried above, by the same address.
    for (const number of [1, 2, 3, 4, 5]) {
      const answered = page.waitForResponse((response) => response.url().endsWith("/api/sign-in"));
      await signIn(page, `wrong token ${number}`);
      if ((await answered).status() === 429) break;
    }
    await page.getByText(/Too many wrong tokens\. Try again in \d+ seconds?\./).waitFor();
    expect(await page.getByRole("button", { name: "Sign in" }).isDisabled()).toBe(true);
  });
});
