import type { ConversationRef } from "../core/conversation.ts";

/**
 * Erasure a person, in steps that hold up nobody (`src/commands/forget/forget.ts` takes them in order). Each is one
 * transaction of one conversation, as the other methods of `Store`. Keys of events stay, so that a late copy isn't taken
 * in again.
 */
export interface Erasure {
  /** Deletes a batch of the turns of the person's conversation with all that hangs on them, at work or not. */
  forgetTurns(batch: ForgetTurns): Promise<ForgottenTurns>;
  /**
   * Goes a step through all events, then all deliveries: deletes those of the conversation that have no turn, and takes the
   * words of the person out of groups.
   */
  forgetBeside(step: ForgetBeside): Promise<ForgottenBeside>;
  /** Deletes the names under which the conversation is found. How many there were. */
  forgetNames(conversationId: string): Promise<number>;
}

export interface ForgetTurns {
  /** By any of their names. */
  readonly person: Pick<ConversationRef, "channel" | "account" | "peerId">;
  readonly limit: number;
}

export type ForgottenTurns =
  /** There is no conversation with them. */
  | { readonly kind: "nobody" }
  /** A call to the platform is on its way: nothing was deleted, and in a moment it can be. */
  | { readonly kind: "busy" }
  | {
      readonly kind: "deleted";
      readonly conversationId: string;
      /** Every name the person is known by: as these they speak in groups. */
      readonly names: readonly string[];
      readonly turns: number;
      readonly events: number;
      readonly deliveries: number;
      /** There may be more turns. */
      readonly more: boolean;
    };

export interface ForgetBeside {
  readonly channel: string;
  readonly account: string;
  readonly conversationId: string;
  readonly names: readonly string[];
  /** Where the step before ended; `null`: at the beginning. */
  readonly from: ForgetPlace | null;
  readonly limit: number;
}

/** A place in the order of the ids. */
export interface ForgetPlace {
  readonly table: "event" | "delivery";
  readonly after: string;
}

export interface ForgottenBeside {
  readonly events: number;
  readonly deliveries: number;
  /** Events in conversations of several people that lost their words and their sender. */
  readonly inGroups: number;
  /** `null`: this was the last step. */
  readonly next: ForgetPlace | null;
}
