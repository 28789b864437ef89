/** Pictures of every view in every state, for people to look at. Taken where `TURNPIKE_TEST_PICTURES` names a folder. */
import { join } from "node:path";
import type { Page } from "playwright-core";
import { NARROW, WIDE } from "./looks.ts";

const FOLDER = process.env.TURNPIKE_TEST_PICTURES;
/** Of a page that is longer only so much is looked at. */
const HEIGHT_MAX = 2_000;

/** At both widths, light and dark; the page is as before afterwards. */
export async function picture(page: Page, name: string): Promise<void> {
  if (FOLDER === undefined) return;
  const before = page.viewportSize();
  const file = name.replaceAll(/[^\p{L}\p{N}]+/gu, "-").slice(0, 150);
  for (const viewport of [WIDE, NARROW]) {
    await page.setViewportSize({ ...viewport, height: Math.min(HEIGHT_MAX, await heightAt(page, viewport)) });
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(FOLDER, `${file}.${viewport.width}.${colorScheme}.png`) });
    }
  }
  await page.emulateMedia({ colorScheme: null });
  if (before !== null) await page.setViewportSize(before);
}

async function heightAt(page: Page, viewport: typeof WIDE): Promise<number> {
  await page.setViewportSize(viewport);
  return Math.max(viewport.height, await page.evaluate<number>("document.documentElement.scrollHeight"));
}
