/**
 * `npm run screenshots`: pictures of the console for README and docs, taken of a running `turnpike demo` after its first
 * messages were answered. Needs a built package and Chromium (`CHROMIUM`, default /usr/bin/chromium). The gateway, the
 * platforms and what befell them are real: nothing is drawn.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { chromium, type Page } from "playwright-core";

const ROOT = new URL("../", import.meta.url);
const SIZE = { width: 1280, height: 800 };
const CLI = fileURLToPath(new URL("dist/cli.js", ROOT));

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

/** Starts the demo. Resolves to the console's address when each platform has shown its first answer. */
async function startDemo() {
  const env = { ...process.env, TURNPIKE_PORT: "0", TURNPIKE_ADMIN_PORT: "0" };
  const child = spawn(process.execPath, [CLI, "demo", "--no-open"], { env, stdio: ["pipe", "pipe", "inherit"] });
  let url = "";
  for await (const line of createInterface({ input: child.stdout })) {
    url = /console +(http:\S+)/.exec(stripVTControlCharacters(line))?.[1] ?? url;
    if (line.startsWith("Type a message")) return { url, child };
  }
  throw new Error("the demo ended before its first answers");
}

const { url, child } = await startDemo();
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
});
try {
  const page = await browser.newPage({ viewport: SIZE, baseURL: url, colorScheme: "light", locale: "en" });
  for (const [name, show] of Object.entries(PICTURES)) {
    await show(page);
    await page.screenshot({ path: fileURLToPath(new URL(`docs/pictures/${name}.png`, ROOT)), fullPage: true });
    console.log(`docs/pictures/${name}.png`);
  }
} finally {
  await browser.close();
  child.kill();
  await once(child, "exit");
}
