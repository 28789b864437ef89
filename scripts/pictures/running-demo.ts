/** A running `turnpike demo` in front of a browser, for pictures. Needs a built package and Chromium. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { CHROMIUM, NO_CHROMIUM } from "../../test/console/support/chromium.ts";

const ROOT = new URL("../../", import.meta.url);
const CLI = fileURLToPath(new URL("dist/cli.js", ROOT));

/** `shown`: its path within the project. */
export function pictureFile(name: string): { readonly path: string; readonly shown: string } {
  const shown = `docs/pictures/${name}`;
  return { path: fileURLToPath(new URL(shown, ROOT)), shown };
}

/** `use` begins when each platform has shown its first answer. The demo ends after it, however that ends. */
export async function withDemo(options: BrowserContextOptions, use: (page: Page) => Promise<void>): Promise<void> {
  if (CHROMIUM === undefined) throw new Error(NO_CHROMIUM);
  const { url, child } = await startDemo();
  const browser = await chromium.launch({ executablePath: CHROMIUM });
  try {
    await use(await browser.newPage({ baseURL: url, colorScheme: "light", locale: "en", ...options }));
  } finally {
    await browser.close();
    child.kill();
    await once(child, "exit");
  }
}

/** Resolves to the console's address when each platform has shown its first answer. */
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
