import { existsSync } from "node:fs";

/** The first without a window of its own, whose tabs and menus would cost more than the pages: a fifth of the time. */
const BROWSERS = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
];

/** Path of the browser. `undefined`: none is here. */
export const CHROMIUM = process.env.TURNPIKE_TEST_CHROMIUM ?? BROWSERS.find(existsSync);

export const NO_CHROMIUM = "no Chromium is here, and TURNPIKE_TEST_CHROMIUM names none";
