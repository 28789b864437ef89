/** What people said, as the network saw it: the independent half of the evidence. */

/** One copy of a webhook. */
export interface Copy {
  readonly at: number;
  /** How far the clock was set forward until then, in sum. */
  readonly forwardMs: number;
  readonly body: string;
  status: number | null;
  endedAt: number | null;
}

export interface Message {
  /** When its first copy reached anybody, and when one was first answered 200. */
  readonly arrivedAt: number;
  ackedAt: number | null;
  /** When copies of it came that were answered 200. */
  readonly ackedCopies: number[];
  /** A copy came so late that its key may have been forgotten: it is a new message then. */
  mayBeForgotten: boolean;
}

export type Messages = Map<number, Message>;

interface SaidEvent {
  readonly source?: { readonly userId?: string; readonly groupId?: string; readonly roomId?: string };
  readonly message?: { readonly text?: string };
  readonly postback?: { readonly data?: string };
}

/** By chat and number. */
export function hear(copies: readonly Copy[], dedupMs: number): Map<string, Messages> {
  const heard = new Map<string, Messages>();
  const firsts = new Map<Message, number>();
  for (const { at, forwardMs, body, status, endedAt } of copies) {
    const { events } = JSON.parse(body) as { events: SaidEvent[] };
    for (const { source, message, postback } of events) {
      const said = message?.text ?? postback?.data;
      const chat = source?.groupId ?? source?.roomId ?? source?.userId;
      if (said === undefined || chat === undefined) continue;
      const messages = heard.get(chat) ?? new Map<number, Message>();
      heard.set(chat, messages);
      const one = messages.get(Number(said)) ?? {
        arrivedAt: at,
        ackedAt: null,
        ackedCopies: [],
        mayBeForgotten: false,
      };
      messages.set(Number(said), one);
      const first = firsts.get(one) ?? at + forwardMs;
      firsts.set(one, first);
      if (at + forwardMs - first >= dedupMs) one.mayBeForgotten = true;
      if (status !== 200) continue;
      one.ackedCopies.push(at);
      one.ackedAt ??= endedAt;
    }
  }
  return heard;
}
