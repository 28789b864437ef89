/**
 * The agent's reply, in our portable form. A bare string on the wire is a text.
 *
 * What a platform can't show as it is, its channel adapts (a card without a picture, choices as a numbered text, a file
 * as a link) and logs; no content is dropped.
 */
export type Reply = TextReply | MediaReply | LocationReply | ChoicesReply | CardReply | CarouselReply | RawReply;

export interface Quoting {
  /** `events[].message.id` of a message of this turn that this reply quotes. Default: none is quoted. */
  readonly replyTo?: string | undefined;
}

export interface TextReply extends Quoting {
  readonly type: "text";
  /** Any length: it is split where the platform's limit asks for it, never cut. */
  readonly text: string;
}

/** A media message. The platform fetches it from `url`. */
export interface MediaReply extends Quoting {
  readonly type: "image" | "video" | "audio" | "file";
  /** `https://…`, reachable from the internet. */
  readonly url: string;
  /** A small picture to show before it is opened. Default: `url` for an image, none for the rest. */
  readonly previewUrl?: string | undefined;
  /** Length of an audio or video, in ms. Default: unknown; a platform that requires it gets one minute. */
  readonly durationMs?: number | undefined;
  /** The file's name, as the person sees it. Default: the last part of `url`. */
  readonly name?: string | undefined;
  /** A line under it. Default: none. */
  readonly caption?: string | undefined;
}

export interface LocationReply extends Quoting {
  readonly type: "location";
  readonly title: string;
  readonly address: string;
  /** Degrees, -90 to 90. */
  readonly latitude: number;
  /** Degrees, -180 to 180. */
  readonly longitude: number;
}

/** A button. `value` comes back as `postback.data` when it is tapped; `url` opens a page. */
export type Action =
  | { readonly label: string; readonly value: string; readonly url?: undefined }
  | { readonly label: string; readonly url: string; readonly value?: undefined };

/** A question with answers to tap. */
export interface ChoicesReply extends Quoting {
  readonly type: "choices";
  readonly text: string;
  /** At least one. More than the platform has room for become a numbered list in the text. */
  readonly choices: readonly { readonly label: string; readonly value: string }[];
}

export interface Card {
  readonly title: string;
  readonly text?: string | undefined;
  readonly imageUrl?: string | undefined;
  readonly actions?: readonly Action[] | undefined;
}

export interface CardReply extends Card, Quoting {
  readonly type: "card";
}

/** Cards side by side. */
export interface CarouselReply extends Quoting {
  readonly type: "carousel";
  readonly cards: readonly Card[];
}

/** A message in the platform's own format, for what the portable form can't express. Sent as given. */
export interface RawReply {
  readonly type: "raw";
  /** The platform it is for. A reply for another platform than the turn's is refused. */
  readonly channel: string;
  readonly message: Readonly<Record<string, unknown>>;
}

/** What an agent gave as a reply and can't be said: it becomes a dead letter, and the replies beside it are sent. */
export interface UnsayableReply {
  /** Which field, what was read and what is allowed. Quotes nothing. */
  readonly problem: string;
  readonly value: unknown;
}

/** An answer as far as it could be read. */
export interface ReadReplies {
  readonly replies: readonly Reply[];
  /** Default: nothing. */
  readonly unsayable?: readonly UnsayableReply[];
}
