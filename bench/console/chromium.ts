/** The gateway under measurement, and Chromium in front of its console. */
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { CHROMIUM, NO_CHROMIUM } from "../../test/console/support/chromium.ts";
import { type Program, startProgram } from "../support/program.ts";

const SIZE = { width: 1_440, height: 900 };

export interface Chromium extends AsyncDisposable {
  /** A tab on that path, of a browser that has kept nothing. `script` runs before the page's own. */
  open(path: string, script?: string): Promise<Page>;
}

export function startGateway(file: string): Promise<Program> {
  return startProgram(new URL("./gateway.ts", import.meta.url), [file]);
}

export const adminUrlOf = ({ adminPort }: Program) => `http://127.0.0.1:${adminPort}`;

export async function startChromium(program: Program): Promise<Chromium> {
  if (CHROMIUM === undefined) throw new Error(NO_CHROMIUM);
  const browser = await chromium.launch({ executablePath: CHROMIUM });
  return {
    async open(path, script) {
      const context = await browser.newContext({ baseURL: adminUrlOf(program), locale: "en-GB", viewport: SIZE });
      if (script !== undefined) await context.addInitScript(script);
      return await openTab(context, path);
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

export async function openTab(context: BrowserContext, path: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(path);
  return page;
}
