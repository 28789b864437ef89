/** The kinds of things that a phone shows. */
import type { Given } from "./given.ts";

/** A command of the platform's control API, without the person who gives it. */
export interface Order {
  readonly command: string;
  readonly input: Given;
}

export interface Tap {
  readonly label: string;
  /** `null`: it leads elsewhere, or does what isn't simulated. */
  readonly order: Order | null;
  /** Where a link leads. It is shown as text, and never opened. */
  readonly address: string | null;
}

export interface Card {
  readonly title: string | null;
  readonly text: string | null;
  /** Of its picture, which is never loaded. */
  readonly address: string | null;
  readonly taps: readonly Tap[];
}

export const MEDIA = ["image", "video", "audio", "file"] as const;
export type Media = (typeof MEDIA)[number];

export type Drawn =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "sticker"; readonly number: string }
  /** `address`: `null` for what the platform keeps. */
  | { readonly kind: "media"; readonly media: Media; readonly address: string | null; readonly name: string | null }
  | { readonly kind: "place"; readonly text: string }
  | { readonly kind: "buttons"; readonly taps: readonly Tap[] }
  /** They are gone with the next message. */
  | { readonly kind: "quickReplies"; readonly taps: readonly Tap[] }
  /** Side by side where there are several. */
  | { readonly kind: "cards"; readonly cards: readonly Card[] }
  | { readonly kind: "json"; readonly text: string };

export function texts(text: string | null): readonly Drawn[] {
  return text === null ? [] : [{ kind: "text", text }];
}
