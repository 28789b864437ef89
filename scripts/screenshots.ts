/**
 * `npm run screenshots`: pictures of the console for README and docs, taken of a running `turnpike demo` after its first
 * messages were answered. Needs a built package and Chromium. The gateway, the platforms and what befell them are real:
 * nothing is drawn.
 */
import type { Page } from "playwright-core";
import { pictureFile, withDemo } from "./pictures/running-demo.ts";

const SIZE = { width: 1280, height: 800 };

/** What is on a picture, by its file's name. */
const PICTURES: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  simulator: async (page) => {
    await page.goto("/simulator");
    await runScenario(page, "reply-accepted-500");
  },
  "console-turn": async (page) => {
    await page.goto("/simulator");
    await runScenario(page, "token-died");
    await page.getByRole("link", { name: "Open the turn" }).first().click();
    await page.getByText("paid push").first().waitFor();
  },
  "console-dead-letter": async (page) => {
    await page.goto("/simulator");
    await runScenario(page, "agent-refuses");
    await page.goto("/needs-you");
    await page.getByRole("button", { name: "Replay" }).first().waitFor();
  },
  "console-overview": async (page) => {
    await page.goto("/overview");
    await page.locator("figure svg[role=img]").waitFor();
  },
};

/** By its button, until its verdict is there and the story of its turn is drawn. */
async function runScenario(page: Page, id: string): Promise<void> {
  await page.locator(`[data-scenario=${id}]`).click();
  // While one runs, no other can be started. The verdict before that is another run's.
  await page.locator(`[data-scenario=${id}][aria-disabled=true]`).waitFor();
  await page.locator("[data-outcome]").getByText("As expected", { exact: true }).waitFor();
  await page.getByRole("link", { name: "Open the turn" }).first().waitFor();
}

await withDemo({ viewport: SIZE }, async (page) => {
  for (const [name, show] of Object.entries(PICTURES)) {
    await show(page);
    const { path, shown } = pictureFile(`${name}.png`);
    await page.screenshot({ path, fullPage: true });
    console.log(shown);
  }
});
