/** What people said, as the network saw it: the independent half of the evidence. */
import type { SeedPlatform, Word } from "../../../src/channels/simulation/fixtures/seeds.ts";

/** One copy of a webhook. */
export interface Copy {
  readonly at: number;
  /** How many days had gone by until then, in ms. */
  readonly agedMs: number;
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

/** By chat and number. */
export function hear(
  copies: readonly Copy[],
  dedupKeysMs: number,
  { heardIn }: Pick<SeedPlatform, "heardIn">,
): Map<string, Messages> {
  const heard = new Map<string, Messages>();
  const firsts = new Map<Message, number>();
  for (const { at, agedMs, body, status, endedAt } of copies) {
    for (const { chat, said } of heardIn(body)) {
      const messages = heard.get(chat) ?? new Map<number, Message>();
      heard.set(chat, messages);
      const one = messages.get(Number(said)) ?? {
        arrivedAt: at,
        ackedAt: null,
        ackedCopies: [],
        mayBeForgotten: false,
      };
      messages.set(Number(said), one);
      const first = firsts.get(one) ?? at + agedMs;
      firsts.set(one, first);
      if (at + agedMs - first >= dedupKeysMs) one.mayBeForgotten = true;
      if (status !== 200) continue;
      one.ackedCopies.push(at);
      one.ackedAt ??= endedAt;
    }
  }
  return heard;
}

/** What the platform said of each delivery in webhooks that were answered 200. */
export function ackedWords(
  copies: readonly Copy[],
  { wordsIn }: Pick<SeedPlatform, "wordsIn">,
): Map<string, readonly Word[]> {
  const words = new Map<string, Word[]>();
  for (const { body, status } of copies) {
    if (status !== 200) continue;
    for (const word of wordsIn(body)) words.set(word.deliveryId, [...(words.get(word.deliveryId) ?? []), word]);
  }
  return words;
}
