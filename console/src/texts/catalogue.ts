import type { messages } from "./catalogues/en.ts";

export type TextKey = keyof typeof messages;

/** What a language has: each text of the English one. */
export type Catalogue = Readonly<Record<TextKey, string>>;
