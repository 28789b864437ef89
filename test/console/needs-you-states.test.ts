/**
 * Goal: what needs a person says what it is about in each of its states: loading, empty, failed, stale.
 * Method: answers of the gateway that are late, refused or away, in Chromium.
 */
import { describe, expect, test } from "vitest";
import { hasNoBrowser, named, useConsole } from "./support/browser.ts";
import { deadTurns } from "./support/dead-turns.ts";

const LIST = "**/api/waiting?*";

describe.skipIf(hasNoBrowser)(named("what needs a person"), () => {
  const setting = useConsole();

  test("says that it loads while the gateway takes its time, then that nothing waits", async () => {
    const { context, open } = await setting.visit();
    const answer = Promise.withResolvers<void>();
    await context.route(LIST, async (route) => {
      await answer.promise;
      await route.continue();
    });
    const page = await open("/needs-you");
    await page.getByText("Loading").waitFor({ state: "attached" });
    answer.resolve();
    await page.getByText("Nothing is in these states: dead, unknown.").waitFor();
  });

  test("says why it can't be shown and tries again by itself, and stays readable when that comes later", async () => {
    const { world, visit } = setting;
    await deadTurns(world, 1);
    const { context, open } = await visit({ expected: [503] });
    const away = () =>
      context.route(LIST, (route) =>
        route.fulfill({ status: 503, headers: { "retry-after": "1" }, json: { detail: "the store is unavailable" } }),
      );
    await away();
    const page = await open("/needs-you");
    await page.getByText("It is tried again by itself.").waitFor();
    await page.getByText("the store is unavailable").waitFor();
    await context.unroute(LIST);
    const rows = page.locator("main li[data-row]");
    await rows.first().waitFor();
    await away();
    await rows.first().getByRole("button", { name: "Replay" }).click();
    await page
      .getByText(/Last update .* ago\./)
      .first()
      .waitFor();
    expect(await rows.first().getByRole("button", { name: "Replay" }).isVisible()).toBe(true);
  });
});
