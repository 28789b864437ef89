import type { Locator, Page } from "playwright-core";

/** More than any page has. */
const PRESSES_MAX = 200;

export async function hasFocus(target: Locator): Promise<boolean> {
  return (await target.and(target.page().locator(":focus")).count()) === 1;
}

/** Goes there by Tab alone, as somebody without a mouse does; back by `Shift+Tab`. */
export async function tabTo(page: Page, target: Locator, key: "Tab" | "Shift+Tab" = "Tab"): Promise<void> {
  await target.waitFor();
  for (let presses = 0; presses < PRESSES_MAX; presses += 1) {
    if (await hasFocus(target)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`Tab doesn't lead to ${target}`);
}

/** Goes there by Tab, and presses a key. */
export async function pressAt(page: Page, target: Locator, key: "Enter" | "Space" = "Enter"): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press(key);
}
