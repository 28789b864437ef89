/** How pages are looked at by axe, which takes a second each time: by default at each width and in each theme once. */
export const IS_WHOLE = process.env.TURNPIKE_TEST_AXE === "all";

export const WIDE = { width: 1440, height: 900 };
export const NARROW = { width: 390, height: 844 };

export const LOOKS = [
  { viewport: WIDE, themes: IS_WHOLE ? (["light", "dark"] as const) : (["light"] as const) },
  { viewport: NARROW, themes: IS_WHOLE ? (["light", "dark"] as const) : (["dark"] as const) },
];

export const OTHER_LANGUAGES = ["ja", "zh-TW"];
export const AXE_LANGUAGES = IS_WHOLE ? ["en", ...OTHER_LANGUAGES] : ["en"];
