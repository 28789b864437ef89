import type { InboundMessage } from "../core/event.ts";
import type { Action, Card, ChoicesReply, LocationReply, MediaReply, Reply, UnsayableReply } from "../core/reply.ts";
import { type RenderContext, Unrenderable } from "./channel.ts";

/** One rendered reply. */
export interface Piece<Message> {
  readonly messages: readonly Message[];
  /** What was rendered differently from the reply, a sentence each, without the reply's content. */
  readonly adapted: readonly string[];
  /** Replies that can't be said on this platform. Default: none. */
  readonly unsayable?: readonly UnsayableReply[];
}

/** A platform's messages for each kind of reply. */
export interface Renderer<Message> {
  readonly channel: string;
  /** Longest value of a button, in UTF-16 units. A choice over it is a text to type. */
  readonly valueMax: number;
  /** A long text is split, never cut; a blank one is left out, because platforms refuse it. */
  text(text: string): readonly Message[];
  media(reply: MediaReply): Piece<Message>;
  location(reply: LocationReply): Piece<Message>;
  choices(reply: ChoicesReply, isLast: boolean): Piece<Message>;
  /** Side by side, where there are several. */
  cards(cards: readonly Card[]): Piece<Message>;
  /** `at` is its place, for `Unrenderable`. */
  raw(message: Readonly<Record<string, unknown>>, at: string): Message;
  /** Quotes that message of the turn. */
  quote(piece: Piece<Message>, quoted: InboundMessage): Piece<Message>;
}

/** A piece for each reply, in order. One that can't be said takes no other along. */
export function renderEach<Message>(
  renderer: Renderer<Message>,
  replies: readonly Reply[],
  context: RenderContext,
): readonly Piece<Message>[] {
  return replies.map((reply, index) => {
    try {
      const piece = renderOne(renderer, reply, `replies[${index}]`, index === replies.length - 1);
      const { messages, adapted } = quoting(renderer, reply, piece, context);
      return { messages, adapted: adapted.map((how) => `replies[${index}] (${reply.type}): ${how}`) };
    } catch (error) {
      if (!(error instanceof Unrenderable)) throw error;
      return { messages: [], adapted: [], unsayable: [{ problem: error.message, value: reply }] };
    }
  });
}

function renderOne<Message>(renderer: Renderer<Message>, reply: Reply, at: string, isLast: boolean): Piece<Message> {
  switch (reply.type) {
    case "text":
      return { messages: renderer.text(reply.text), adapted: [] };
    case "image":
    case "video":
    case "audio":
    case "file":
      return renderer.media(reply);
    case "location":
      return renderer.location(reply);
    case "choices":
      return choices(renderer, reply, isLast);
    case "card":
      return cards(renderer, [reply]);
    case "carousel":
      return cards(renderer, reply.cards);
    case "raw":
      if (reply.channel === renderer.channel) return { messages: [renderer.raw(reply.message, at)], adapted: [] };
      throw new Unrenderable(`${at}.channel: read another platform; allowed is ${JSON.stringify(renderer.channel)}`);
    default:
      return reply satisfies never;
  }
}

function choices<Message>(renderer: Renderer<Message>, reply: ChoicesReply, isLast: boolean): Piece<Message> {
  const why = whyNoButtons(renderer, reply.choices);
  if (why === null) return renderer.choices(reply, isLast);
  const list = numbered(reply.choices.map(({ label }) => label));
  const messages = renderer.text([reply.text, list].filter((text) => !isBlank(text)).join("\n\n"));
  return { messages, adapted: [`its choices are a numbered text: ${why}`] };
}

/** Why a list of choices is no row of buttons on any platform; `null`: it may be one. */
function whyNoButtons({ valueMax }: Renderer<unknown>, choices: ChoicesReply["choices"]): string | null {
  if (choices.some(({ label }) => isBlank(label))) return BLANK_LABEL;
  return choices.some(({ value }) => value.length > valueMax) ? `a value is over ${valueMax} characters` : null;
}

/** LINE and WhatsApp refuse such a button, with the whole call; on Messenger it would show nothing. */
const BLANK_LABEL = "a label has only white space";

/** A button whose value is too long is a line of its card's text. With a blank label among them all are numbered lines. */
function cards<Message>(renderer: Renderer<Message>, given: readonly Card[]): Piece<Message> {
  const shown = given.map((card) => withoutUnshowable(renderer, card));
  const { messages, adapted } = renderer.cards(shown.map(({ card }) => card));
  const how = shown.map((one) => one.how).filter((words) => words !== null);
  return { messages, adapted: [...adapted, ...new Set(how)] };
}

function withoutUnshowable({ valueMax }: Renderer<unknown>, card: Card): { card: Card; how: string | null } {
  const { text = "", actions = [] } = card;
  if (actions.some(({ label }) => isBlank(label))) {
    const lines = numbered(actions.map(({ label, url }) => [label.trim(), url].filter(Boolean).join(": ")));
    return { card: withLines(card, text, [lines], []), how: `its buttons are a numbered text: ${BLANK_LABEL}` };
  }
  const isLong = ({ value }: Action) => value !== undefined && value.length > valueMax;
  const long = actions.filter(isLong);
  if (long.length === 0) return { card, how: null };
  const labels = long.map(({ label }) => label);
  const how = `a button is a line of its text: its value is over ${valueMax} characters`;
  return {
    card: withLines(
      card,
      text,
      labels,
      actions.filter((action) => !isLong(action)),
    ),
    how,
  };
}

function withLines(card: Card, text: string, lines: readonly string[], actions: readonly Action[]): Card {
  return { ...card, text: [text, ...lines].filter((line) => line !== "").join("\n"), actions };
}

function quoting<Message>(
  { quote }: Renderer<Message>,
  reply: Reply,
  piece: Piece<Message>,
  context: RenderContext,
): Piece<Message> {
  if (reply.type === "raw" || reply.replyTo === undefined || piece.messages.length === 0) return piece;
  const quoted = context.message(reply.replyTo);
  return quoted === null ? withoutQuote(piece, "replyTo is no message of this turn") : quote(piece, quoted);
}

export function withoutQuote<Message>({ messages, adapted }: Piece<Message>, why: string): Piece<Message> {
  return { messages, adapted: [...adapted, `it quotes nothing: ${why}`] };
}

export function joinPieces<Message>(pieces: readonly Piece<Message>[]): Piece<Message> {
  const unsayable = pieces.flatMap((piece) => piece.unsayable ?? []);
  return {
    messages: pieces.flatMap(({ messages }) => messages),
    adapted: pieces.flatMap(({ adapted }) => adapted),
    ...(unsayable.length > 0 && { unsayable }),
  };
}

export function isBlank(text: string): boolean {
  return text.trim() === "";
}

/** A numbered list: the person answers by typing. */
export function numbered(labels: readonly string[]): string {
  return labels.map((label, index) => `${index + 1}. ${label}`).join("\n");
}

/** File name: the last segment of the URL's path. */
export function fileNameIn(url: string): string | null {
  const last = URL.parse(url)?.pathname.split("/").at(-1) ?? "";
  try {
    return decodeURIComponent(last) || null;
  } catch {
    // Not UTF-8.
    return last;
  }
}
