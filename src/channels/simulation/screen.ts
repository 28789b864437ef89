import type { Changes } from "./changes.ts";
import type { WebhookCopy } from "./webhooks.ts";

/**
 * What became of a person's message. `sending`: a copy of its webhook is under way, or leaves later. `lost`: no copy was
 * accepted so far; the platform may send another. `sent`: the gateway has accepted one. `read`: the bot has marked it as
 * read, as far as the platform has that.
 */
export type MessageMark = "sending" | "lost" | "sent" | "read";

/** A message on a person's screen, of either side. */
export interface ScreenEntry {
  readonly at: number;
  /** `bot`: also a colleague who answers by hand. */
  readonly from: "person" | "bot";
  /** Who of a group wrote; `null` in a chat of two, and for the bot. */
  readonly name: string | null;
  readonly messageId: string;
  readonly text: string | null;
  /** As it was sent, in the platform's own form. */
  readonly message: unknown;
  /** `null`: it is of the bot. */
  readonly mark: MessageMark | null;
  readonly isRetracted: boolean;
}

/** A chat as its people see it. */
export interface Screen {
  /** The person's, or the group's. */
  readonly peerId: string;
  /** Oldest first. */
  readonly entries: readonly ScreenEntry[];
  /** Until when (epoch ms) the bot is shown as typing; `null`: it isn't. */
  readonly typingUntil: number | null;
  readonly isBlocked: boolean;
}

type OwnMessage = Pick<ScreenEntry, "at" | "messageId" | "text" | "message"> & { readonly peerId: string };

interface Kept extends ScreenEntry {
  readonly peerId: string;
  text: string | null;
  mark: MessageMark | null;
  isRetracted: boolean;
  /** Of the webhook that brings it; `null` before its first copy. */
  webhookId: number | null;
}

/** The people's own messages, and what became of each. What the bot sent is in the bubbles. */
export class Screens {
  readonly #changes: Changes;
  readonly #kept: Kept[] = [];
  /** No copy of these was accepted so far. */
  readonly #unaccepted = new Set<Kept>();

  constructor(changes: Changes) {
    this.#changes = changes;
    changes.listen(({ kind, record }) => {
      if (kind === "webhook") this.#follow(record as WebhookCopy);
    });
  }

  /** A person's message. To be called before its webhook is posted. */
  write(message: OwnMessage, name: string | null = null): void {
    const kept: Kept = { ...message, from: "person", name, mark: "sending", isRetracted: false, webhookId: null };
    this.#kept.push(kept);
    this.#unaccepted.add(kept);
    this.changed(message.peerId);
  }

  /** An answer that isn't the bot's: a colleague's, or one that the platform makes itself. */
  answer(message: OwnMessage): void {
    this.#kept.push({ ...message, from: "bot", name: null, mark: null, isRetracted: false, webhookId: null });
    this.changed(message.peerId);
  }

  edit(messageId: string, text: string): void {
    this.#change(messageId, { text });
  }

  retract(messageId: string): void {
    this.#change(messageId, { isRetracted: true });
  }

  /** The bot marks that message as read, and so the earlier ones that it has. Without `upTo`: all that it has. */
  markRead(peerId: string, upTo: string | null = null): void {
    const sent = this.#kept.filter((kept) => kept.peerId === peerId && (kept.mark === "sent" || kept.mark === "read"));
    const last = upTo === null ? sent.length - 1 : sent.findIndex(({ messageId }) => messageId === upTo);
    for (const kept of sent.slice(0, last + 1)) kept.mark = "read";
    this.changed(peerId);
  }

  /** Something else of that screen is another than before: whether the bot is typing, whether it is blocked. */
  changed(peerId: string): void {
    this.#changes.emit("screen", { peerId });
  }

  /** Both sides' messages. `isTheirs`: a person may have several ids. */
  entries(
    isTheirs: (peerId: string) => boolean,
    bubbles: readonly Pick<OwnMessage, keyof OwnMessage>[],
  ): readonly ScreenEntry[] {
    const kept = this.#kept.filter(({ peerId }) => isTheirs(peerId));
    const own = kept.map(({ peerId: _, webhookId: __, ...entry }) => entry);
    const answers = bubbles
      .filter(({ peerId }) => isTheirs(peerId))
      .map(({ at, messageId, text, message }): ScreenEntry => {
        return { at, from: "bot", name: null, messageId, text, message, mark: null, isRetracted: false };
      });
    // Of the same millisecond the question first.
    return [...own, ...answers].toSorted((one, other) => one.at - other.at);
  }

  #change(messageId: string, fields: Partial<Pick<Kept, "text" | "isRetracted">>): void {
    const kept = this.#kept.find((one) => one.messageId === messageId);
    if (kept === undefined) return;
    Object.assign(kept, fields);
    this.changed(kept.peerId);
  }

  #follow({ webhookId, body, result }: WebhookCopy): void {
    for (const kept of this.#unaccepted) {
      // The first webhook that names a message brings it; a later one may take it back.
      if (kept.webhookId === null && body.includes(JSON.stringify(kept.messageId))) kept.webhookId = webhookId;
      if (kept.webhookId !== webhookId) continue;
      const mark = result === "under-way" ? "sending" : result === "ok" ? "sent" : "lost";
      if (mark === "sent") this.#unaccepted.delete(kept);
      if (mark === kept.mark) continue;
      kept.mark = mark;
      this.changed(kept.peerId);
    }
  }
}
